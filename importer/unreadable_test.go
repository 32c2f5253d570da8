package importer

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher/importer/table"
	"usher/store/storetest"
)

func TestFileThatThisUserMayNotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(people(1)), 0o200); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	storetest.AsOther(t, func() {
		var src *table.Source
		if src, err = table.OpenFile(path); err == nil {
			_ = src.Close()
		}
	})
	var refused *table.FileError
	if !errors.As(err, &refused) || refused.Remedy == "" || err.Error() != path+": this user may not read it" {
		t.Errorf("got %v", err)
	}
}
