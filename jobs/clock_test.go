package jobs_test

import (
	"context"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// setBack makes a database look as it does when its clock has just been set
// back: what was written before lies in the future.
func (f *fleet) setBack(t testing.TB, d time.Duration) {
	t.Helper()
	ctx := context.Background()
	if _, err := f.st.SeeClock(ctx); err != nil { // that there is a time seen
		t.Fatal(err)
	}
	// At once, as a clock is set: a running service must not see a part of it.
	// PostgreSQL may give way to a transaction of the service's.
	f.until(t, func() bool {
		return f.st.InTx(ctx, func(tx *store.Tx) error { return storetest.SetClockBack(ctx, tx, d) }) == nil
	})
}

// setBacks runs a test with a clock that is set back by an hour and by a day,
// on each database.
func setBacks(t *testing.T, o sandbox.Options, test func(t *testing.T, f *fleet, d time.Duration)) {
	t.Parallel()
	for name, d := range map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, o, func(t *testing.T, f *fleet) { test(t, f, d) })
		})
	}
}

// TestClockSetBackBetweenTwoRuns: a worker that starts after the clock was set
// back goes on at once with what a dead one left: its leases, somebody in
// doubt, jobs, River's leader, and a gate that was to open soon.
func TestClockSetBackBetweenTwoRuns(t *testing.T) {
	setBacks(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet, d time.Duration) {
		batch := f.batch(t, 30)
		f.leftByTheDead(t, batch)
		g := f.closeGate(t, store.GateRateLimited, time.Second)
		f.setBack(t, d)
		f.start(t, "w1", func(c *jobs.Config) {
			c.Sweep = 200 * time.Millisecond
			c.Pace.Rate, c.Pace.Burst, c.Pace.Daily = 100, 1, 1000
		})
		if counts := f.finished(t, batch); counts[store.Invited] != 30 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 30 {
			t.Errorf("%d sessions, want 30", n)
		}
		if after := f.gate(t); after.Generation <= g.Generation {
			t.Errorf("the gate did not open: %+v", after)
		}
	})
}

// leftByTheDead is what a worker process leaves that died at work: its leases,
// jobs it was running, one to be tried again, row 30 in doubt, and it was
// River's leader.
func (f *fleet) leftByTheDead(t testing.TB, batch int64) {
	t.Helper()
	for _, lease := range []string{store.WorkerLease("dead"), store.SweepLease(f.account)} {
		must2(t)(f.st.HoldLease(context.Background(), lease, "dead", "", 3*time.Second))
	}
	f.ghosts(t, "dead", "invite", "available", 5)
	f.exec(t, `UPDATE river_job SET state = 'retryable' WHERE id = (SELECT min(id) FROM river_job WHERE state = 'available')`, "")
	f.exec(t, `INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (now(), now(), 'dead')`,
		`INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (datetime('now', 'subsec'), datetime('now', 'subsec'), 'dead')`)
	now, err := f.st.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var at any = now
	if f.st.Pgx() == nil {
		at = now.Format("2006-01-02T15:04:05.000Z")
	}
	f.exec(t, `UPDATE applicants SET state = 'sending', attempt = 1, lookup_at = $1, sent_at = $1 WHERE batch_id = $2 AND row_no = 30`, "", at, batch)
	f.exec(t, `
INSERT INTO attempts (batch_id, row_no, n, generation, worker, started_at, deadline_at, outcome, status, session_id)
VALUES ($2, 30, 1, 1, 'dead', $1, $1, '', 0, '')`, "", at, batch)
}

// TestClockSetBackAtWork: a worker goes on at its pace when the clock is set
// back under it, and then obeys what the API says: the sandbox allows less than
// is asked for, and says for how long to wait.
func TestClockSetBackAtWork(t *testing.T) {
	setBacks(t, sandbox.Options{Balance: -1, Rate: 60, Burst: 10}, func(t *testing.T, f *fleet, d time.Duration) {
		batch := f.batch(t, 90)
		f.start(t, "w1", func(c *jobs.Config) {
			c.Lease, c.Sweep = 2*time.Second, 200*time.Millisecond
			c.Pace.Rate, c.Pace.Burst, c.Pace.Daily = 100, 1, 1000
		})
		f.until(t, func() bool { return f.once(t) > 20 })
		f.setBack(t, d)
		f.until(t, func() bool { return f.once(t) > 50 })
		f.setBack(t, d)
		if counts := f.finished(t, batch); counts[store.Invited] != 90 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 90 {
			t.Errorf("%d sessions, want 90", n)
		}
		if _, today, err := f.st.PaceStatus(context.Background(), f.account, store.Pace{}); err != nil || today < 90 {
			t.Errorf("%d requests counted today, %v", today, err)
		}
	})
}

// TestClockSetBackClosedByAPerson: what a person closed stays closed.
func TestClockSetBackClosedByAPerson(t *testing.T) {
	setBacks(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet, d time.Duration) {
		ctx := context.Background()
		batch := f.batch(t, 5)
		if err := f.control.CloseGate(ctx, ann, f.account, "test"); err != nil {
			t.Fatal(err)
		}
		f.start(t, "w1", func(c *jobs.Config) { c.Lease = time.Second })
		f.setBack(t, d)
		f.until(t, func() bool {
			now, err := f.st.Now(ctx)
			return err == nil && f.gate(t).ClosedAt.Before(now) // it was brought back
		})
		if g := f.gate(t); !g.ByPerson || f.once(t) != 0 {
			t.Errorf("sent to %d people through a gate that a person closed: %+v", f.once(t), g)
		}
		must2(t)(f.control.OpenGate(ctx, ann, f.account))
		if counts := f.finished(t, batch); counts[store.Invited] != 5 {
			t.Errorf("counts = %v", counts)
		}
	})
}

// closeGate closes the gate as an answer of the API does.
func (f *fleet) closeGate(t testing.TB, reason string, d time.Duration) (g store.Gate) {
	t.Helper()
	ctx := context.Background()
	before := f.gate(t)
	err := f.st.InTx(ctx, func(tx *store.Tx) (err error) {
		g, _, err = tx.CloseGate(ctx, f.account, store.Closing{Generation: before.Generation, Reason: reason, Told: true,
			Wait: func(int) time.Duration { return d }})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (f *fleet) gate(t testing.TB) store.Gate {
	t.Helper()
	g, err := f.st.Gate(context.Background(), f.account)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestMachineWithAnotherClock: on a machine whose clock is an hour wrong the work is done as
// on any other, and whoever's answer was lost is found.
func TestMachineWithAnotherClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"behind": time.Hour, "before": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.PostgresMigrated(t, migrateAt)
			storetest.PostgresAhead(t, dsn, ahead)
			f := openFleet(t, dsn, sandbox.Options{Balance: -1, Faults: sandbox.Faults{After5xx: 0.2, Seed: 5},
				Now: func() time.Time { return time.Now().Add(ahead) }})
			batch := f.batch(t, 30)
			for _, name := range []string{"w1", "w2"} {
				f.start(t, name, func(c *jobs.Config) { c.Pace = store.Pace{Rate: 100, Burst: 1, Daily: 1000} })
			}
			if counts := f.finished(t, batch); counts[store.Invited] != 30 {
				t.Errorf("counts = %v", counts)
			}
			if n := f.once(t); n != 30 {
				t.Errorf("%d sessions, want 30", n)
			}
		})
	}
}
