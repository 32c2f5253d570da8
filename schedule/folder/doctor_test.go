package folder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule/folder"
	"usher/store"
)

// examined is what the doctor finds of folders.
func (h *folderHouse) examined() []batch.Finding {
	h.Helper()
	cfg, err := config.Load(config.Options{Flags: h.settings})
	h.must(err)
	s, err := batch.Open(h.Context(), cfg, batch.Options{Command: "doctor", Look: true})
	h.must(err)
	defer s.Close()
	return folder.Examine(h.Context(), s)
}

// Files that wait in a folder that nobody serves are found; one that is served, and one
// in which nothing waits, are fine.
func TestDoctorOfFolders(t *testing.T) {
	onBoth(t, func(h *folderHouse) {
		s := h.process()
		if found := h.examined(); len(found) > 0 {
			h.Errorf("without folders: %+v", found)
		}
		base := s.Base()
		_, err := base.Store.InsertFolderFile(h.Context(), store.FolderFile{Account: base.Account, Folder: "/srv/in", Name: "ann.csv"})
		h.must(err)
		lease := store.FolderLease(base.Account, "/srv/in-the-house") // another folder
		_, err = base.Store.HoldLease(h.Context(), lease, "a", "", time.Minute)
		h.must(err)
		found := h.examined()
		if len(found) != 1 || found[0].What != "folder /srv/in" || found[0].Err == nil || !strings.HasPrefix(found[0].Err.Error(), "1 file waits since 20") ||
			!strings.Contains(found[0].Hint, "'usher watch /srv/in'") || strings.Contains(found[0].Err.Error(), "ann") {
			h.Errorf("nobody serves it: %+v", found)
		}
		_, err = base.Store.HoldLease(h.Context(), store.FolderLease(base.Account, "/srv/in"), "b", "", time.Minute)
		h.must(err)
		if found = h.examined(); len(found) != 1 || found[0].Err != nil || found[0].Note != "is served; 1 file waits" {
			h.Errorf("it is served: %+v", found)
		}
	})
}

// Without a database there is nothing to find, and none is made.
func TestDoctorOfFoldersWithoutADatabase(t *testing.T) {
	h := sqliteHouse(t)
	if found := h.examined(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if all, err := os.ReadDir(filepath.Dir(strings.TrimPrefix(h.database, "sqlite:"))); err != nil || len(all) > 0 {
		t.Errorf("there is %v now, %v", all, err)
	}
}
