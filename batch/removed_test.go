package batch

import (
	"os"
	"path/filepath"
	"testing"
)

// TestADatabaseRemovedDuringARunIsTold: its file lives on for those who have it
// open, so the run ends well, and the next one would invite everybody again.
func TestADatabaseRemovedDuringARunIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher.db")
	write := func(path string) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := remembered(before, path); err != nil {
		t.Errorf("untouched: %v", err)
	}
	if err := remembered(nil, ""); err != nil {
		t.Errorf("a server: %v", err)
	}
	write(path + ".new")
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if remembered(before, path) == nil {
		t.Error("another file in its place is not told")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if remembered(before, path) == nil {
		t.Error("a removed file is not told")
	}
}
