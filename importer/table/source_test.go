package table

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/importer/table/tabletest"
)

func TestOpenFile(t *testing.T) {
	t.Parallel()
	src, err := open(t, []byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	if src.SHA256() != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" || src.Size() != 3 || src.Name() != "people.csv" {
		t.Errorf("got %s, %d, %s", src.SHA256(), src.Size(), src.Name())
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none.csv"), t.TempDir()} {
		_, err := OpenFile(path)
		var refused *FileError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), path+": ") || refused.Hint() == "" {
			t.Errorf("got %v", err)
		}
	}
}

func TestOpenReader(t *testing.T) {
	t.Parallel()
	src, err := OpenReader("stdin", strings.NewReader(tabletest.Renee))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(src.file.Name()); !os.IsNotExist(err) {
		t.Errorf("the copy has a name: %v", err)
	}
	got, _, err := readSource(t, src, "")
	if err != nil || len(got) != 1 || src.Name() != "stdin" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := src.Close(); err != nil {
		t.Error(err)
	}
}
