//go:build unix

package table

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher/importer/table/tabletest"
)

// TestFileByLinks reads a file as Kubernetes mounts one: by a link into a folder
// that is a link itself.
func TestFileByLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "..1"), 0o700), os.WriteFile(filepath.Join(dir, "..1", "people.csv"), []byte(tabletest.Renee), 0o600),
		os.Symlink("..1", filepath.Join(dir, "..data")), os.Symlink("..data/people.csv", filepath.Join(dir, "people.csv"))); err != nil {
		t.Fatal(err)
	}
	src, err := OpenFile(filepath.Join(dir, "people.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := readSource(t, src, ""); err != nil || len(got) != 1 || src.Name() != "people.csv" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
}
