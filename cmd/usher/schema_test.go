package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/store/storetest"
)

// scriptNewer makes a database one of a newer usher: newer FILE.
func scriptNewer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`INSERT INTO schema_version (version) VALUES (999)`)
	ts.Check(err)
}

// TestCommandsStartedTogether starts commands on a new database: none fails, and
// one of them made the schema, or on PostgreSQL one 'usher migrate'.
func TestCommandsStartedTogether(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dsn(t)
			var wait sync.WaitGroup
			var mu sync.Mutex
			brought := 0
			for _, command := range []string{"migrate", "migrate", "migrate", "migrate", "batches", "status"} {
				wait.Go(func() {
					var out, err strings.Builder
					code := inTime(t.Context(), t, []string{command, "--database", database}, nil, &out, &err)
					if code != exitDone {
						t.Errorf("%s: exit status %d, stderr %q", command, code, err.String())
					}
					mu.Lock()
					defer mu.Unlock()
					if strings.Contains(out.String(), "it was brought from version 0 to version ") {
						brought++
					} else if command == "migrate" && !strings.Contains(out.String(), "was up to date already (version ") {
						t.Errorf("migrate says %q", out.String())
					}
				})
			}
			wait.Wait()
			if brought > 1 || brought == 0 && name == "postgres" {
				t.Errorf("%d processes say that they made the schema", brought)
			}
		})
	}
}
