package importer

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/importer/table"
	"usher/store"
	"usher/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// eachDatabase runs a test on SQLite, and on PostgreSQL if there is one.
func eachDatabase(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openStore(t, storetest.PostgresMigrated(t, migrate)))
	})
}

func openSQLite(tb testing.TB) *store.Store {
	tb.Helper()
	return openStore(tb, storetest.SQLiteMigrated(tb, migrate))
}

func openStore(tb testing.TB, dsn string) *store.Store {
	tb.Helper()
	st, err := store.Open(tb.Context(), dsn, store.Options{MaxConns: 8})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(st.Close)
	return st
}

func migrate(dsn string) error {
	ctx := context.Background() // not of the one test that comes first
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	_, err = st.Migrate(ctx)
	return err
}

// fakeJobs notes the jobs of each batch.
type fakeJobs struct {
	mu   sync.Mutex
	rows map[int64][]int
	hook func(tx *store.Tx, call int) error // asked before each enqueuing, from 1
	call int
}

func (f *fakeJobs) EnqueueImport(_ context.Context, tx *store.Tx, batch int64, rows []int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.call++
	if f.hook != nil {
		if err := f.hook(tx, f.call); err != nil {
			return err
		}
	}
	if f.rows == nil {
		f.rows = map[int64][]int{}
	}
	f.rows[batch] = append(f.rows[batch], rows...)
	return nil
}

func (f *fakeJobs) DeleteImportJobs(_ context.Context, _ *store.Tx, batch int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.rows, batch)
	return nil
}

// world is a database with an account, and an importer into it.
type world struct {
	*testing.T
	st      *store.Store
	jobs    *fakeJobs
	im      *Importer
	account int64
}

func newWorld(t *testing.T, st *store.Store) *world {
	t.Helper()
	account, err := st.Account(t.Context(), "https://api.example.com key 1", "")
	if err != nil {
		t.Fatal(err)
	}
	jobs := &fakeJobs{}
	return &world{t, st, jobs, New(st, jobs, "process-1", "host one, process 1"), account}
}

var ann = store.Actor{Name: "ann", Role: "system user", Way: store.WayCommandLine}

func (w *world) options() Options {
	return Options{Account: w.account, By: ann, Defaults: Defaults{SendEmailInvite: true, SendPhoneInvite: true}}
}

// stage imports text and fails the test if that fails.
func (w *world) stage(text string, o Options) *Staged {
	w.Helper()
	s, err := w.im.Stage(w.Context(), open(w.T, text), o)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = s.Close() })
	return s
}

// run imports text and sets its batch running.
func (w *world) run(text string, o Options) *Staged {
	w.Helper()
	s := w.stage(text, o)
	if err := s.Activate(w.Context()); err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) applicants(batch int64) []store.Applicant {
	w.Helper()
	all, err := w.st.Applicants(w.Context(), batch, 0, 1_000_000)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// outcomes is what became of each row: its state, and the code and holder.
func (w *world) outcomes(batch int64) []string {
	w.Helper()
	var all []string
	for _, a := range w.applicants(batch) {
		text := fmt.Sprintf("%d %s", a.Row, a.State)
		if a.ErrorCode != "" {
			text += " " + a.ErrorCode
		}
		if a.State == store.Duplicate {
			text += fmt.Sprintf(" %d/%d", a.Holder.Batch, a.Holder.Row)
		}
		all = append(all, text)
	}
	return all
}

// empty fails the test unless nothing but the given batches is stored.
func (w *world) empty(but ...int64) {
	w.Helper()
	batches, err := w.st.Batches(w.Context(), store.BatchFilter{})
	if err != nil {
		w.Fatal(err)
	}
	for _, b := range batches {
		if !slices.Contains(but, b.ID) {
			w.Errorf("batch %d is %s", b.ID, b.State)
		}
	}
	w.jobs.mu.Lock()
	defer w.jobs.mu.Unlock()
	for b := range maps.Keys(w.jobs.rows) {
		if !slices.Contains(but, b) {
			w.Errorf("batch %d has jobs", b)
		}
	}
	if n := w.number("SELECT count(*) FROM people WHERE batch_id NOT IN (SELECT id FROM batches)"); n != 0 {
		w.Errorf("%d persons are held by nobody", n)
	}
	if n := w.number("SELECT count(*) FROM applicants WHERE batch_id NOT IN (SELECT id FROM batches)"); n != 0 {
		w.Errorf("%d rows belong to no batch", n)
	}
}

func (w *world) number(query string) (n int) {
	w.Helper()
	var err error
	if pool := w.st.Pgx(); pool != nil {
		err = pool.QueryRow(w.Context(), query).Scan(&n)
	} else {
		err = w.st.SQL().QueryRowContext(w.Context(), query).Scan(&n)
	}
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) exec(query string) {
	w.Helper()
	var err error
	if pool := w.st.Pgx(); pool != nil {
		_, err = pool.Exec(w.Context(), query)
	} else {
		_, err = w.st.SQL().ExecContext(w.Context(), query)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// open writes text into a file and opens it as a source.
func open(tb testing.TB, text string) *table.Source {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	src, err := table.OpenFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = src.Close() })
	return src
}

const head = "first_name,last_name,email,phone"

// people is a file of persons by number. The same number is the same person.
func people(numbers ...int) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	for _, n := range numbers {
		fmt.Fprintf(&b, "Ann,Lee,ann.%d@example.com,+4477009%05d\n", n, n)
	}
	return b.String()
}

// upTo is the numbers from 1 to n.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}
