package web

import (
	"net/http"
	"strings"

	"usher/batch"
)

// newPage is what the page to bring a list on shows.
type newPage struct {
	Limit   string // of an upload, in words
	Most    int64  // the same in bytes
	Sources []string
	Uploads []batch.Upload // of the visitor, that were brought and not invited yet
	Wrong   failure
}

func (h *Handler) newList(w http.ResponseWriter, r *http.Request) error {
	return h.showNew(w, r, nil)
}

// showNew shows the page to bring a list on, and why the last one was not taken.
func (h *Handler) showNew(w http.ResponseWriter, r *http.Request, wrong error) error {
	p := newPage{Limit: batch.SizeWords(h.o.UploadLimit), Most: h.o.UploadLimit, Sources: h.svc.Sources()}
	status := http.StatusOK
	if wrong != nil {
		if p.Wrong, _ = failureOf(wrong); p.Wrong.Status >= 500 {
			return wrong
		}
		status = p.Wrong.Status
	}
	var err error
	if p.Uploads, err = h.svc.Uploads(r.Context(), visitorOf(r).Name); err != nil {
		return err
	}
	h.show(w, r, "new", page{Status: status, Title: "Invite people", Section: "new", Data: p})
	return nil
}

// brought leads to the page of a list that was brought, or shows why it was not
// taken.
func (h *Handler) brought(w http.ResponseWriter, r *http.Request, u batch.Upload, err error) error {
	if err != nil {
		return h.showNew(w, r, err)
	}
	http.Redirect(w, r, "/uploads/"+u.ID, http.StatusSeeOther)
	return nil
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) error {
	file, err := h.file(w, r)
	var u batch.Upload
	if err == nil {
		u, err = h.svc.ReceiveUpload(r.Context(), visitorOf(r).actor(), file.FileName(), file, h.o.UploadLimit)
	}
	if err != nil {
		r = h.unread(w, r, err)
	}
	return h.brought(w, r, u, err)
}

func (h *Handler) paste(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return h.showNew(w, r, &batch.RequestError{Wrong: "That was too much to paste, so nothing was kept", Fix: "Save the cells as a CSV file, and send the file."})
	}
	text := r.PostFormValue("cells")
	if strings.TrimSpace(text) == "" {
		return h.showNew(w, r, &batch.RequestError{Wrong: "Nothing was pasted", Fix: "Copy the cells in your spreadsheet, with the headings, and paste them into the box."})
	}
	u, err := h.svc.PasteUpload(r.Context(), visitorOf(r).actor(), text)
	return h.brought(w, r, u, err)
}

func (h *Handler) fromSource(w http.ResponseWriter, r *http.Request) error {
	u, err := h.svc.NewSourceUpload(r.Context(), visitorOf(r).actor(), r.PostFormValue("source"))
	return h.brought(w, r, u, err)
}

// template hands out an empty list to fill in.
func (h *Handler) template(w http.ResponseWriter, r *http.Request) error {
	ending := "csv"
	if strings.HasSuffix(r.URL.Path, ".xlsx") {
		ending = "xlsx"
	}
	out := h.download(w, r, "people."+ending)
	return out.end(batch.WriteTemplate(out, ending == "xlsx"))
}
