package jobs_test

import (
	"context"
	"testing"
	"time"

	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// canaryBatch is a batch of n people of whom five go first.
func (f *fleet) canaryBatch(t *testing.T, n int) int64 {
	t.Helper()
	id := f.batch(t, n)
	ctx := context.Background()
	err := f.st.InTx(ctx, func(tx *store.Tx) error {
		return tx.BeginBreakers(ctx, id, store.Breakers{Canary: 5, SameRefusal: 10, Tolerate: 10})
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestCanaryPasses: everybody is invited, the others after the first.
func TestCanaryPasses(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	batch := f.canaryBatch(t, 100)
	f.start(t, "canary-1", nil)
	if counts := f.finished(t, batch); counts[store.Invited] != 100 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 100 {
		t.Errorf("%d sessions, want 100", n)
	}
	f.canaryFirst(t, batch, 100)
}

// canaryFirst fails the test when somebody of a batch of n people was sent to before the
// last of the first five was.
func (f *fleet) canaryFirst(t *testing.T, batch int64, n int) {
	t.Helper()
	var last, first time.Time
	for row := 2; row < n+2; row++ {
		all, err := f.st.Attempts(context.Background(), store.Key{Batch: batch, Row: row})
		if err != nil || len(all) == 0 {
			t.Fatalf("row %d: %v, %v", row, all, err)
		}
		switch at := all[len(all)-1].EndedAt; {
		case row < 7 && at.After(last):
			last = at
		case row >= 7 && (first.IsZero() || all[0].StartedAt.Before(first)):
			first = all[0].StartedAt
		}
	}
	if first.Before(last) {
		t.Errorf("the others began at %s, before the first people had ended at %s", first, last)
	}
}

// TestCanaryWaitsForTokens: without tokens the first people are only late, and a closed
// gate is probed with one of them.
func TestCanaryWaitsForTokens(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: 2})
	batch := f.canaryBatch(t, 40)
	f.start(t, "canary-1", nil)
	f.until(t, func() bool {
		g, err := f.st.Gate(context.Background(), f.account)
		return err == nil && g.Reason == store.GatePaymentRequired
	})
	f.api.TopUp(1000)
	if counts := f.finished(t, batch); counts[store.Invited] != 40 {
		t.Errorf("counts = %v", counts)
	}
	f.canaryFirst(t, batch, 40)
}

// TestCanaryRefused: a list of which every row is wrong costs the first five people
// alone, with three workers on one database, and resumed it stops at the tenth alike in a
// row and those who were on their way.
func TestCanaryRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := openFleet(t, storetest.PostgresMigrated(t, migrateAt), sandbox.Options{Balance: -1})
	batch := f.canaryBatch(t, 2000)
	if _, err := f.st.Pgx().Exec(ctx, `UPDATE applicants SET phone = first_name, first_name = phone`); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"canary-1", "canary-2", "canary-3"} {
		f.start(t, name, nil)
	}
	paused := func(reason string) store.Counts {
		t.Helper()
		f.until(t, func() bool {
			b, err := f.st.Batch(ctx, batch)
			if err != nil {
				t.Fatal(err)
			}
			return b.PauseReason == reason
		})
		f.until(t, func() bool { // those on their way have ended
			counts, err := f.st.Counts(ctx, batch)
			return err == nil && counts[store.Sending] == 0
		})
		counts, err := f.st.Counts(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		return counts
	}
	if counts := paused(store.PausedCanary); counts[store.Failed] != 5 || counts[store.Queued] != 1995 {
		t.Errorf("the canary: %v", counts)
	}
	if ok, err := f.st.ResumeBatch(ctx, batch); err != nil || !ok {
		t.Fatal(ok, err)
	}
	counts := paused(store.PausedSameRefusal)
	const most = 5 + 9 + 3*32 // the canary, those before the tenth, and all that may be in flight
	if n := counts[store.Failed]; n < 15 || n > most {
		t.Errorf("%d were refused, want 15 and those on their way, at most %d", n, most)
	}
	t.Logf("resumed: %v", counts)
}
