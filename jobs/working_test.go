package jobs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// exec runs a statement of the test's own; sqlite is how SQLite writes it, if
// otherwise.
func (f *fleet) exec(t testing.TB, query, sqlite string, args ...any) {
	t.Helper()
	var err error
	if pool := f.st.Pgx(); pool != nil {
		_, err = pool.Exec(context.Background(), query, args...)
	} else {
		if sqlite == "" {
			sqlite = query
		}
		_, err = f.st.SQL().Exec(sqlite, args...)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	var err error
	if pool := f.st.Pgx(); pool != nil {
		err = pool.QueryRow(context.Background(), query, args...).Scan(&n)
	} else {
		err = f.st.SQL().QueryRow(query, args...).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ghosts makes up to n jobs that are in a state running under a worker's name,
// as they are when the answer to its fetch was lost.
func (f *fleet) ghosts(t testing.TB, worker, kind, state string, n int) {
	t.Helper()
	const which = ` WHERE state = $2 AND id IN (SELECT id FROM river_job WHERE kind = $3 AND state = $2 ORDER BY id LIMIT $4)`
	f.exec(t, `
UPDATE river_job
SET state = 'running', attempt = attempt + 1, attempted_at = now(), finalized_at = NULL,
    attempted_by = array_append(attempted_by, $1::text)`+which, `
UPDATE river_job
SET state = 'running', attempt = attempt + 1, attempted_at = datetime('now', 'subsec'), finalized_at = NULL,
    attempted_by = jsonb_insert(coalesce(attempted_by, '[]'), '$[#]', $1)`+which, worker, state, kind, n)
}

func (f *fleet) running(t testing.TB) int {
	t.Helper()
	return f.count(t, `SELECT count(*) FROM river_job WHERE state = 'running'`)
}

// onBoth runs a test with a fleet on each database, beside other tests.
func onBoth(t *testing.T, o sandbox.Options, test func(t *testing.T, f *fleet)) {
	t.Parallel()
	onDatabases(t, o, test)
}

// TestJobRunningInNameOnly: jobs that River calls running under a living worker
// which does not have them are taken up again by it: at a closed gate, of a
// batch that was paused, while others are worked, and the one that writes the
// report.
func TestJobRunningInNameOnly(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		batch := f.batch(t, 60)
		must(f.control.CloseGate(ctx, ann, f.account, "test"))
		f.ghosts(t, "w1", "invite", "available", 5)
		var reports atomic.Int32
		f.start(t, "w1", func(c *jobs.Config) {
			c.Sweep = 200 * time.Millisecond
			c.Pace.Rate, c.Pace.Burst = 50, 1
			c.Finished = func(context.Context, store.Batch) error { reports.Add(1); return nil }
		})
		f.until(t, func() bool { return f.running(t) == 0 })
		must(f.control.Pause(ctx, ann, batch))
		must2(t)(f.control.OpenGate(ctx, ann, f.account))
		f.ghosts(t, "w1", "invite", "available", 5)
		f.until(t, func() bool { return f.running(t) == 0 })
		if n := f.once(t); n != 0 {
			t.Errorf("%d people of a paused batch were invited", n)
		}
		f.ghosts(t, "w1", "invite", "available", 5)
		must(f.control.Resume(ctx, ann, batch))
		f.until(t, func() bool { return f.once(t) > 5 })
		f.ghosts(t, "w1", "invite", "available", 5)
		if counts := f.finished(t, batch); counts[store.Invited] != 60 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 60 {
			t.Errorf("%d sessions, want 60", n)
		}
		f.until(t, func() bool {
			return f.count(t, `SELECT count(*) FROM river_job WHERE kind = 'finish' AND state = 'completed'`) == 1
		})
		f.exec(t, `UPDATE runs SET reported_at = NULL`, "")
		f.ghosts(t, "w1", "finish", "completed", 1)
		f.until(t, func() bool { return reports.Load() == 2 })
	})
}

// must2 fails the test when an act was not done.
func must2(t testing.TB) func(done bool, err error) {
	return func(done bool, err error) {
		t.Helper()
		if err != nil || !done {
			t.Fatalf("done %t, %v", done, err)
		}
	}
}

// TestLivingWorkersJobsAreItsOwn: the jobs of another process that lives are
// not taken from it, whatever this one looks through.
func TestLivingWorkersJobsAreItsOwn(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		held, err := f.st.HoldLease(ctx, store.WorkerLease("w2"), "w2", "", time.Hour)
		if err != nil || !held {
			t.Fatal(held, err)
		}
		f.batch(t, 10)
		f.ghosts(t, "w2", "invite", "available", 1)
		f.start(t, "w1", func(c *jobs.Config) { c.Sweep = 50 * time.Millisecond })
		f.until(t, func() bool { return f.once(t) == 9 })
		f.ghosts(t, "w1", "invite", "completed", 1) // it sees this one, and the other as well
		f.until(t, func() bool {
			return f.count(t, `SELECT count(*) FROM river_job WHERE state = 'completed'`) == 9
		})
		if n := f.running(t); n != 1 {
			t.Errorf("%d jobs are running, want the other process's one", n)
		}
	})
}

// TestJobsDeletedAmongOthers: who has no job any more, as it was deleted,
// cancelled or set aside in River's pages, gets a new one while the others' are
// still waiting.
func TestJobsDeletedAmongOthers(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		batch := f.batch(t, 40)
		if err := f.control.CloseGate(ctx, ann, f.account, "test"); err != nil {
			t.Fatal(err)
		}
		const some = ` WHERE id IN (SELECT id FROM river_job WHERE state = 'available' ORDER BY id LIMIT 3)`
		f.exec(t, `DELETE FROM river_job`+some, "")
		f.exec(t, `UPDATE river_job SET state = 'cancelled', finalized_at = now()`+some,
			`UPDATE river_job SET state = 'cancelled', finalized_at = datetime('now', 'subsec')`+some)
		f.exec(t, `UPDATE river_job SET state = 'pending'`+some, "")
		waiting := func() int { return f.count(t, `SELECT count(*) FROM river_job WHERE state = 'available'`) }
		if n := waiting(); n != 31 {
			t.Fatalf("%d jobs wait, want 31", n)
		}
		f.start(t, "w1", func(c *jobs.Config) { c.Sweep = 100 * time.Millisecond })
		f.until(t, func() bool { return waiting() == 40 })
		must2(t)(f.control.OpenGate(ctx, ann, f.account))
		if counts := f.finished(t, batch); counts[store.Invited] != 40 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 40 {
			t.Errorf("%d sessions, want 40", n)
		}
		if n := f.count(t, `SELECT count(*) FROM river_job WHERE kind = 'invite'`); n != 46 {
			t.Errorf("%d jobs in all, want those of 37 people that were there and 9 made again", n)
		}
	})
}
