package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// upload adds an upload that somebody agreed to, with its job.
func (f *fleet) upload(t testing.TB, id string) {
	t.Helper()
	ctx := context.Background()
	err := f.st.InsertUpload(ctx, store.Upload{ID: id, Account: f.account, Owner: "ann", State: store.UploadImporting}, time.Hour)
	if err == nil {
		err = f.st.InTx(ctx, func(tx *store.Tx) error { return f.control.EnqueueUpload(ctx, tx, f.account, id) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// imports notes what was imported.
type imports struct {
	mu    sync.Mutex
	calls map[string]int
	f     *fleet
}

func (i *imports) done(ctx context.Context, id string) error {
	i.mu.Lock()
	if i.calls == nil {
		i.calls = map[string]int{}
	}
	i.calls[id]++
	i.mu.Unlock()
	err := i.f.st.InTx(ctx, func(tx *store.Tx) error { return tx.UploadImported(ctx, id, 1, false, time.Hour) })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (f *fleet) untilImported(t testing.TB, id string) {
	t.Helper()
	f.until(t, func() bool {
		u, err := f.st.Upload(context.Background(), id)
		return err == nil && u.State == store.UploadImported
	})
}

// An import is put off while it cannot be done, however often.
func TestImportLater(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.upload(t, "a")
		all, calls := &imports{f: f}, 0
		f.start(t, "w1", func(c *jobs.Config) {
			c.ImportUpload = func(ctx context.Context, id string) error {
				if calls++; calls <= 3 { // one at a time, so it needs no lock
					return map[int]error{1: jobs.ErrLater, 2: jobs.ErrLater, 3: context.DeadlineExceeded}[calls]
				}
				return all.done(ctx, id)
			}
		})
		f.untilImported(t, "a")
	})
}

// Who works for one batch alone leaves uploads to others.
func TestImportNotByTheWay(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	f.upload(t, "a")
	batch := f.batch(t, 5)
	f.start(t, "w1", func(c *jobs.Config) {
		c.OnlyBatch = batch
		c.ImportUpload = func(context.Context, string) error {
			t.Error("it was imported")
			return nil
		}
	})
	f.finished(t, batch)
	all := &imports{f: f}
	f.start(t, "w2", func(c *jobs.Config) { c.ImportUpload = all.done })
	f.untilImported(t, "a")
}

// A process that stops breaks an import off, and another one does it at once.
func TestImportStopped(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.upload(t, "a")
		begun := make(chan struct{})
		s := f.begin(t, "w1", func(c *jobs.Config) {
			c.ImportUpload = func(ctx context.Context, id string) error {
				close(begun)
				<-ctx.Done()
				return context.Cause(ctx)
			}
		})
		<-begun
		if err := s.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		all := &imports{f: f}
		f.start(t, "w2", func(c *jobs.Config) { c.ImportUpload = all.done })
		f.untilImported(t, "a")
	})
}

// The job of a process that died is taken over, and one that is gone is made again.
func TestImportTakenOver(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.upload(t, "dead")
		f.upload(t, "gone")
		for _, query := range []string{
			`UPDATE river_job SET state = 'running', attempted_at = CURRENT_TIMESTAMP, attempted_by = ` + map[bool]string{true: `'{w0}'`, false: `'["w0"]'`}[f.st.Pgx() != nil] + ` WHERE id = 1`,
			`DELETE FROM river_job WHERE id = 2`,
		} {
			var err error
			if pool := f.st.Pgx(); pool != nil {
				_, err = pool.Exec(t.Context(), query)
			} else {
				_, err = f.st.SQL().ExecContext(t.Context(), query)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		all := &imports{f: f}
		f.start(t, "w1", func(c *jobs.Config) { c.ImportUpload, c.Sweep = all.done, 200*time.Millisecond })
		f.untilImported(t, "dead")
		f.untilImported(t, "gone")
		all.mu.Lock()
		defer all.mu.Unlock()
		if all.calls["dead"] != 1 || all.calls["gone"] != 1 {
			t.Errorf("imported so often: %v", all.calls)
		}
	})
}
