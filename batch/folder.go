package batch

import (
	"context"
	"errors"
	"strings"
	"time"

	"usher/store"
)

// Folder is a folder that is watched for lists, or was.
type Folder struct {
	ID     int64
	Path   string
	Served bool   // a process serves it now
	By     string // which one does, or did last; empty if that is not known
	// Since is when it began to; nil if that is not known.
	Since *time.Time
	// Trouble is what stands in its way now, and Fix what to do about it; empty if nothing
	// does, or nobody serves it.
	Trouble, Fix string
	// Files are how many there are by what became of them.
	Files map[FolderGroup]int
}

// FolderGroup is what became of a file that was put into a watched folder, as far as it
// matters to people.
type FolderGroup string

// What became of a file.
const (
	FolderOpen     FolderGroup = "open"     // something is still to be done with it
	FolderImported FolderGroup = "imported" // there is a batch of it
	FolderKnown    FolderGroup = "known"    // nobody in it was new
	FolderRefused  FolderGroup = "refused"
	FolderGone     FolderGroup = "gone" // it was taken away before it was read
)

// FolderGroups are all of them, in the order in which people are told of them.
var FolderGroups = []FolderGroup{FolderOpen, FolderImported, FolderKnown, FolderRefused, FolderGone}

// groupStates are the states of each group.
var groupStates = map[FolderGroup][]store.FolderState{
	FolderOpen:     {store.FolderSeen, store.FolderTaking, store.FolderTaken, store.FolderAsks, store.FolderImporting},
	FolderImported: {store.FolderDone},
	FolderKnown:    {store.FolderKnown},
	FolderRefused:  {store.FolderRefused},
	FolderGone:     {store.FolderVanished},
}

var groupOf = func() map[store.FolderState]FolderGroup {
	of := map[store.FolderState]FolderGroup{}
	for group, states := range groupStates {
		for _, s := range states {
			of[s] = group
		}
	}
	return of
}()

// Folders are those that are or were watched, by path.
func (s *Service) Folders(ctx context.Context) ([]Folder, error) {
	stored, err := s.st.Folders(ctx, s.account)
	if err != nil {
		return nil, err
	}
	return s.foldersOf(ctx, stored, "")
}

// Folder is the one with this id, or an [ErrNotFound].
func (s *Service) Folder(ctx context.Context, id int64) (Folder, error) {
	stored, err := s.st.Folder(ctx, s.account, id)
	if errors.Is(err, store.ErrNotFound) {
		return Folder{}, missing("there is no folder %d", id)
	}
	if err != nil {
		return Folder{}, err
	}
	all, err := s.foldersOf(ctx, []store.Folder{stored}, stored.Path)
	if err != nil {
		return Folder{}, err
	}
	return all[0], nil
}

// foldersOf are folders with who serves them, and how many files they have; path is that
// of the only one, or empty.
func (s *Service) foldersOf(ctx context.Context, stored []store.Folder, path string) ([]Folder, error) {
	leases, err := s.st.Leases(ctx, store.FolderLease(s.account, path))
	if err != nil {
		return nil, err
	}
	counts, err := s.st.FolderCounts(ctx, s.account, path)
	if err != nil {
		return nil, err
	}
	all := make([]Folder, len(stored))
	for i, f := range stored {
		all[i] = Folder{ID: f.ID, Path: f.Path, By: f.ServedBy, Since: timeOrNull(f.ServedAt), Files: map[FolderGroup]int{}}
		for _, l := range leases {
			if l.Name == store.FolderLease(s.account, f.Path) {
				all[i].Served, all[i].By, all[i].Trouble, all[i].Fix = true, l.Detail, f.Trouble, f.Fix
			}
		}
		for _, c := range counts {
			if c.Path == f.Path {
				all[i].Files[groupOf[c.State]] += c.Files
			}
		}
	}
	return all, nil
}

// FolderFilter says which files of a folder are wanted; what is empty leaves none out.
type FolderFilter struct {
	Folder int64 // its id; it is always asked
	Name   string
	Group  FolderGroup
	Before int64 // older than the file with this id
	Limit  int
}

// FolderFiles are files of a folder, the newest first.
type FolderFiles struct {
	Files []FolderFile
	// Next is the id before which there are more, or may be; 0 if there are not.
	Next int64
}

// folderLook is how many names are looked at for one that somebody looks for.
const folderLook = 20_000

// FolderFiles lists files of a folder by a part of their name, or all of them.
func (s *Service) FolderFiles(ctx context.Context, f FolderFilter) (FolderFiles, error) {
	folder, err := s.st.Folder(ctx, s.account, f.Folder)
	if errors.Is(err, store.ErrNotFound) {
		return FolderFiles{}, missing("there is no folder %d", f.Folder)
	}
	if err != nil {
		return FolderFiles{}, err
	}
	q := store.FolderFilter{Account: s.account, Path: folder.Path, States: groupStates[f.Group], Before: f.Before, Limit: f.Limit}
	var page FolderFiles
	var stored []store.FolderEntry
	if name := strings.TrimSpace(cleanText(f.Name)); name != "" {
		found, wrong := s.st.FindFolderFiles(ctx, q, name, folderLook)
		stored, page.Next, err = found.Files, found.Next, wrong
	} else {
		q.Limit++
		if stored, err = s.st.FolderPage(ctx, q); len(stored) > f.Limit {
			stored = stored[:f.Limit]
			page.Next = stored[f.Limit-1].ID
		}
	}
	page.Files = make([]FolderFile, len(stored))
	for i, e := range stored {
		page.Files[i] = folderFileOf(e)
	}
	return page, err
}
