package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"
)

// openFile opens a database file and runs a statement in it.
func openFile(dsn, statement string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
	if err != nil {
		return nil, err
	}
	if _, err = db.Exec(statement); err != nil {
		_ = db.Close()
	}
	return db, err
}

func TestSQLiteMigratedOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	migrate := func(dsn string) error {
		calls.Add(1)
		db, err := openFile(dsn, "PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER PRIMARY KEY)")
		if err != nil {
			return err
		}
		return db.Close()
	}
	t.Run("tests", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				db, err := openFile(SQLiteMigrated(t, migrate), "INSERT INTO t VALUES (1)")
				if err != nil {
					t.Fatal(err)
				}
				_ = db.Close()
			})
		}
	})
	if got := calls.Load(); got > 1 {
		t.Errorf("migrated %d times", got)
	}
}

// What is still in the log of an open database would not be in the copies.
func TestSQLiteMigratedIsClosed(t *testing.T) {
	t.Parallel()
	_, err := migratedFile(func(dsn string) error {
		db, err := openFile(dsn, "PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER PRIMARY KEY)")
		if err == nil {
			t.Cleanup(func() { _ = db.Close() })
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "left it open") {
		t.Errorf("got %v", err)
	}
}
