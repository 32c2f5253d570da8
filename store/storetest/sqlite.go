package storetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// file is the SQLite database that the tests of this test binary begin with.
var file struct {
	migrated sync.Once
	content  []byte
	err      error
}

// SQLiteMigrated returns the sqlite: address of a database of t's own that has been
// migrated. As with [PostgresMigrated] the first call in a test binary runs migrate,
// whichever caller's it is, and each test gets a copy.
func SQLiteMigrated(t testing.TB, migrate func(dsn string) error) string {
	t.Helper()
	file.migrated.Do(func() { file.content, file.err = migratedFile(migrate) })
	if file.err != nil {
		t.Fatalf("make the database file that tests copy: %v", file.err)
	}
	path := filepath.Join(t.TempDir(), "usher.db")
	if err := os.WriteFile(path, file.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// migratedFile is the content of a database that is migrated and closed: all of it
// is in one file then.
func migratedFile(migrate func(dsn string) error) (content []byte, err error) {
	dir, err := os.MkdirTemp("", "usher")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "usher.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("migrate has left it open: its log is still there")
	}
	return os.ReadFile(path)
}
