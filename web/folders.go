package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"usher/batch"
)

// filesShown is how many files of a folder a page lists.
const filesShown = 50

// folderView is a watched folder as pages show it.
type folderView struct{ batch.Folder }

// Advice is what to do about a folder; empty if nothing is.
func (v folderView) Advice() gateAdvice {
	switch {
	case !v.Served:
		return gateAdvice{"Nobody serves this folder", "What is put there stays where it is.",
			"Have whoever runs usher start 'usher watch' with it, on a machine that has this folder. If it is to be watched no more, nothing has to be done."}
	case v.Trouble != "":
		return gateAdvice{"Something is in the way", sentence(v.Trouble), sentence(v.Fix)}
	}
	return gateAdvice{}
}

// Shown is its path as it can be shown.
func (v folderView) Shown() string { return batch.ShownName(v.Path) }

// Total is how many files it has.
func (v folderView) Total() (n int) {
	for _, files := range v.Files {
		n += files
	}
	return n
}

// Count is how many files of a group it has.
func (v folderView) Count(g batch.FolderGroup) int { return v.Files[g] }

// Groups are those that any file is in.
func (v folderView) Groups() (all []batch.FolderGroup) {
	for _, g := range batch.FolderGroups {
		if v.Files[g] > 0 {
			all = append(all, g)
		}
	}
	return all
}

// groupWords are what became of files, as a choice among them is called.
var groupWords = map[batch.FolderGroup]string{
	batch.FolderOpen: "waiting", batch.FolderImported: "imported", batch.FolderKnown: "imported before",
	batch.FolderRefused: "refused", batch.FolderGone: "taken away",
}

// folders lists the folders that are or were watched.
func (h *Handler) folders(w http.ResponseWriter, r *http.Request) error {
	views, err := h.folderViews(r.Context())
	if err != nil {
		return err
	}
	h.show(w, r, "folders", page{Title: "Folders", Section: "folders", Refresh: 15, Data: views})
	return nil
}

func (h *Handler) folderViews(ctx context.Context) ([]folderView, error) {
	all, err := h.svc.Folders(ctx)
	views := make([]folderView, len(all))
	for i, f := range all {
		views[i] = folderView{f}
	}
	return views, err
}

// folderPage is a page of the files of a folder.
type folderPage struct {
	folderView
	Group  batch.FolderGroup // of those that are listed; empty for all
	Search string
	Listed []batch.FolderFile
	Later  bool  // it is not the first page
	Next   int64 // the page after this one is of older ones; 0 if there is none
}

// Whole reports whether it is the first page of all files, which is watched.
func (p folderPage) Whole() bool { return p.Group == "" && p.Search == "" && !p.Later }

// folder lists the files of a folder. What is searched for may be somebody's name, so
// it comes in the body of a post and never in an address.
func (h *Handler) folder(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "id")
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	f := batch.FolderFilter{Folder: id, Name: searched(r), Group: batch.FolderGroup(r.FormValue("group")), Before: max(before, 0), Limit: filesShown}
	if !slices.Contains(batch.FolderGroups, f.Group) {
		f.Group = ""
	}
	p, err := h.folderPageOf(r.Context(), f)
	if err != nil {
		return err
	}
	h.show(w, r, "folder", page{Title: "A watched folder", Section: "folders", Data: p})
	return nil
}

func (h *Handler) folderPageOf(ctx context.Context, f batch.FolderFilter) (folderPage, error) {
	folder, err := h.svc.Folder(ctx, f.Folder)
	if err != nil {
		return folderPage{}, err
	}
	files, err := h.svc.FolderFiles(ctx, f)
	return folderPage{folderView{folder}, f.Group, f.Name, files.Files, f.Before > 0, files.Next}, err
}

func (h *Handler) foldersLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{page: "folders", operator: true})
}

// folderLive tells of a folder that there is: one that there is not would be looked for
// again and again.
func (h *Handler) folderLive(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "id")
	if err == nil {
		_, err = h.svc.Folder(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return h.live.serve(w, r, liveKey{page: "folder", folder: id, operator: true})
}
