package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
)

// onEmpty runs a test on an empty database of each kind.
func onEmpty(t *testing.T, test func(t *testing.T, dsn string)) {
	onEach(t, map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	}, test)
}

// onUpgraded runs a test on a database of each kind that has every table.
func onUpgraded(t *testing.T, test func(t *testing.T, dsn string)) { onEach(t, databases(t), test) }

func onEach(t *testing.T, kinds map[string]func(t *testing.T) string, test func(t *testing.T, dsn string)) {
	for name, dsn := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, dsn(t))
		})
	}
}

// openOne opens a database with one connection.
func openOne(t *testing.T, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

func upgrade(t *testing.T, st *store.Store) store.Upgraded {
	t.Helper()
	u, err := jobs.Upgrade(t.Context(), st, func() {})
	if err == nil {
		err = errors.Join(jobs.CheckSchema(t.Context(), st), jobs.TryWrite(t.Context(), st))
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// change runs statements of the test's own.
func change(t *testing.T, st *store.Store, statements ...string) {
	t.Helper()
	for _, s := range statements {
		err := st.InTx(t.Context(), func(tx *store.Tx) (err error) {
			if native := tx.Pgx(); native != nil {
				_, err = native.Exec(t.Context(), s)
				return err
			}
			_, err = tx.SQL().ExecContext(t.Context(), s)
			return err
		})
		if err != nil {
			t.Fatal(s, err)
		}
	}
}

func TestUpgradedByManyAtOnce(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, dsn string) {
		var wait sync.WaitGroup
		done := make([]store.Upgraded, 6)
		errs := make([]error, len(done))
		for i := range done {
			wait.Go(func() {
				st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 1})
				if err != nil {
					errs[i] = err
					return
				}
				defer st.Close()
				done[i], err = jobs.Upgrade(t.Context(), st, func() {})
				errs[i] = errors.Join(err, jobs.CheckSchema(t.Context(), st))
			})
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		changed := slices.DeleteFunc(done, func(u store.Upgraded) bool { return !u.Changed() })
		if len(changed) != 1 || changed[0].From != 0 || !changed[0].Beside {
			t.Errorf("brought up to date by %+v, want one from version 0", changed)
		}
	})
}

// TestUpgradeWaits holds what an upgrade locks: it says that it waits, and ends
// when it is told to.
func TestUpgradeWaits(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, dsn string) {
		holder, st := openOne(t, dsn), openOne(t, dsn)
		err := holder.InTx(t.Context(), func(tx *store.Tx) error {
			if native := tx.Pgx(); native != nil {
				if _, err := native.Exec(t.Context(), "SELECT pg_advisory_xact_lock(7305804402386563107)"); err != nil {
					return err
				}
				if busy, err := st.Upgrading(t.Context()); err != nil || !busy {
					t.Errorf("an upgrade is seen: %t, %v", busy, err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			_, err := jobs.Upgrade(ctx, st, cancel) // Ctrl-C as soon as it says that it waits
			if !errors.Is(err, context.Canceled) {
				t.Errorf("waiting ended with %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if busy, err := st.Upgrading(t.Context()); err != nil || busy {
			t.Errorf("an upgrade is seen when there is none: %t, %v", busy, err)
		}
		if u := upgrade(t, st); u.From != 0 || !u.Changed() {
			t.Errorf("afterwards %+v was done", u)
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	for what, newer := range map[string]string{
		"usher's": "INSERT INTO schema_version (version) VALUES (999)",
		"River's": "INSERT INTO river_migration (line, version) VALUES ('main', 999)",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			onUpgraded(t, func(t *testing.T, dsn string) {
				st := openOne(t, dsn)
				change(t, st, newer, "DROP TABLE river_queue") // which an upgrade would make anew
				var schema *store.SchemaError
				_, err := jobs.Upgrade(t.Context(), st, func() {})
				if !errors.As(err, &schema) || schema.Have != 999 || !strings.Contains(err.Error(), "newer usher") {
					t.Errorf("upgrading: %v", err)
				}
				if err := jobs.CheckSchema(t.Context(), st); !errors.As(err, &schema) || schema.Have != 999 {
					t.Errorf("checking: %v", err)
				}
				change(t, st, "CREATE TABLE river_queue (n INTEGER)") // fails if something made it
			})
		})
	}
}

// TestQueueTablesRepaired takes away parts of what River made.
func TestQueueTablesRepaired(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		"all of it": {"DROP TABLE river_notification", "DROP TABLE river_queue", "DROP TABLE river_leader", "DROP TABLE river_job", "DROP TABLE river_migration"},
		"the jobs":  {"DROP TABLE river_job"}, "the queues": {"DROP TABLE river_queue"},
		"the versions": {"DROP TABLE river_migration"},
	}
	for _, from := range []int{2, 3, 5, 8} { // where their lines and their states come in, and the last
		cases[fmt.Sprintf("the versions from %d", from)] = []string{fmt.Sprintf("DELETE FROM river_migration WHERE version >= %d", from)}
	}
	for what, remove := range cases {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			onUpgraded(t, func(t *testing.T, dsn string) {
				st := openOne(t, dsn)
				change(t, st, remove...)
				if err := jobs.CheckSchema(t.Context(), st); err == nil {
					t.Fatal("what is gone is not missed")
				}
				if u := upgrade(t, st); u.From != u.To || !u.Beside {
					t.Errorf("%+v was done", u)
				}
				if u := upgrade(t, st); u.Changed() {
					t.Errorf("the second time %+v was done", u)
				}
			})
		})
	}
}

// TestUnusedIndexesAreDropped also has a database on which an older usher left
// them.
func TestUnusedIndexesAreDropped(t *testing.T) {
	t.Parallel()
	st := openOne(t, databases(t)["postgres"](t))
	left := func() (n int) {
		t.Helper()
		if err := st.Pgx().QueryRow(t.Context(), "SELECT count(*) FROM pg_indexes WHERE tablename = 'river_job' AND indexdef LIKE '% gin %'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := left(); n != 0 {
		t.Errorf("%d are there", n)
	}
	change(t, st, "CREATE INDEX river_job_args_index ON river_job USING gin (args)")
	if u := upgrade(t, st); !u.Beside || left() != 0 {
		t.Errorf("%+v was done, and %d are there", u, left())
	}
	if u := upgrade(t, st); u.Changed() {
		t.Errorf("the second time %+v was done", u)
	}
}

func TestQueueTablesWithJobsAreKept(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, dsn string) {
		st := openOne(t, dsn)
		upgrade(t, st)
		change(t, st, "INSERT INTO river_job (kind, args, max_attempts) VALUES ('theirs', '{}', 3)", "DROP TABLE river_queue")
		_, err := jobs.Upgrade(t.Context(), st, func() {})
		var db *store.DatabaseError
		if !errors.As(err, &db) || db.Hint() == "" || !strings.Contains(err.Error(), "jobs in them") {
			t.Errorf("upgrading: %v", err)
		}
		change(t, st, "UPDATE river_job SET kind = 'kept' WHERE kind = 'theirs'", "CREATE TABLE found AS SELECT 1 / count(*) AS n FROM river_job WHERE kind = 'kept'")
		if st.SQL() != nil { // where a division by zero is NULL
			change(t, st, "CREATE TABLE kept (n INTEGER NOT NULL)", "INSERT INTO kept SELECT n FROM found")
		}
	})
}

func TestUshersTableGone(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, dsn string) {
		st := openOne(t, dsn)
		upgrade(t, st)
		change(t, st, "DROP TABLE source_marks")
		for what, err := range map[string]error{
			"checking":  jobs.CheckSchema(t.Context(), st),
			"upgrading": func() error { _, err := jobs.Upgrade(t.Context(), st, func() {}); return err }(),
		} {
			var db *store.DatabaseError
			if !errors.As(err, &db) || !strings.Contains(db.Message, "a table or column") || db.Hint() == "" {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
