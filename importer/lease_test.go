package importer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/store"
)

func TestOneImportAtATime(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		s := w.stage(people(1), w.options())
		for name, im := range map[string]*Importer{"the same process": w.im, "another": New(st, w.jobs, "process-2", "host two")} {
			_, err := im.Stage(t.Context(), open(t, people(2)), w.options())
			var busy *BusyError
			if !errors.As(err, &busy) || !strings.Contains(err.Error(), "host one, process 1") || busy.Hint() == "" {
				t.Errorf("%s: got %v", name, err)
			}
			// The same file is not known to be done until it is.
			if _, err := im.Stage(t.Context(), open(t, people(1)), w.options()); !errors.As(err, &busy) {
				t.Errorf("%s, the same file: got %v", name, err)
			}
			if n, err := im.SweepDead(t.Context(), w.account); n != 0 || err != nil {
				t.Errorf("%s swept %d, %v", name, n, err)
			}
		}
		if err := s.Activate(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.run(people(2), w.options())

		other, err := st.Account(t.Context(), "https://api.example.com key 2", "")
		if err != nil {
			t.Fatal(err)
		}
		w.stage(people(3), w.options())
		o := w.options()
		o.Account = other
		if s := w.stage(people(3), o); s.Counts[store.Queued] != 1 {
			t.Errorf("in another account: %v", s.Counts)
		}
	})
}

func TestDeadImport(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for name, sweep := range map[string]func(w *world, im *Importer){
			"swept by a worker": func(w *world, im *Importer) {
				if n, err := im.SweepDead(t.Context(), w.account); n != 1 || err != nil {
					w.Errorf("swept %d, %v", n, err)
				}
				w.empty()
			},
			"swept by the next import": func(w *world, im *Importer) {
				s, err := im.Stage(t.Context(), open(t, people(1, 2)), w.options())
				if err != nil {
					w.Fatal(err)
				}
				w.empty(s.Batch.ID)
				if s.Existing || s.Counts[store.Queued] != 2 {
					w.Errorf("got %+v, %v", s.Batch, s.Counts)
				}
				if err := s.Close(); err != nil {
					w.Error(err)
				}
			},
		} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, st)
				s := w.stage(people(1, 2), w.options())
				if err := st.EndLeases(t.Context(), "import:"); err != nil { // as if it had died
					t.Fatal(err)
				}
				sweep(w, New(st, w.jobs, "process-2", ""))
				// It was not dead after all.
				if err := s.Activate(t.Context()); !errors.Is(err, ErrLeaseLost) {
					t.Errorf("activate: got %v", err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				w.empty()
			})
		}
	})
}

func TestLeaseIsProlonged(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.im.every = time.Millisecond
		s := w.stage(people(1), w.options())
		end := func() time.Time {
			all, err := st.Leases(t.Context(), "import:")
			if err != nil || len(all) != 1 {
				t.Fatalf("leases %v, %v", all, err)
			}
			return all[0].ExpiresAt
		}
		for first := end(); !end().After(first); {
			if t.Context().Err() != nil {
				t.Fatal("it is not prolonged")
			}
		}
		if err := st.EndLeases(t.Context(), "import:"); err != nil {
			t.Fatal(err)
		}
		<-s.tenure.lost.Done()
	})
}

// TestDeadImportOfMany: what a removal reads grows as the list does, and not as its
// square, also on a database whose statistics are older than the import. PostgreSQL
// counts what was read.
func TestDeadImportOfMany(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		if st.Pgx() == nil {
			return // SQLite plans without statistics
		}
		const rows, each = 3000, 100
		w := newWorld(t, st)
		w.stage(people(upTo(rows)...), w.options())
		if err := st.EndLeases(t.Context(), "import:"); err != nil {
			t.Fatal(err)
		}
		if n, err := w.im.SweepDead(t.Context(), w.account); n != 1 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
		w.empty()
		reader, err := pgx.ConnectConfig(t.Context(), st.Pgx().Config().ConnConfig)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = reader.Close(context.Background()) }()
		st.Close() // whoever goes tells what they have read
		var read, removed int
		for removed < rows {
			err := reader.QueryRow(t.Context(), `
SELECT sum(seq_tup_read + COALESCE(idx_tup_fetch, 0)), sum(n_tup_del) FILTER (WHERE relname = 'people')
FROM pg_stat_user_tables
WHERE relname IN ('people', 'applicants')`).Scan(&read, &removed)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if read > each*rows {
			t.Errorf("%d rows were read to remove %d", read, rows)
		}
	})
}
