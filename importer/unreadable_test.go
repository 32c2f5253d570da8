package importer

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFileThatThisUserMayNotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(people(1)), 0o200); err != nil {
		t.Fatal(err)
	}
	src, err := OpenFile(path)
	if err == nil {
		_ = src.Close()
		t.Skip("this user may read everything")
	}
	var refused *FileError
	if !errors.As(err, &refused) || refused.Remedy == "" || err.Error() != path+": this user may not read it" {
		t.Errorf("got %v", err)
	}
}
