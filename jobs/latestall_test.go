package jobs_test

import (
	"context"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// TestLateRequestsAreHeldUp: those who were given slots while the database stood still are
// put back, unsent and uncounted, and are sent to at another time.
func TestLateRequestsAreHeldUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	batch := f.batch(t, 150)
	f.start(t, "w1", func(c *jobs.Config) { c.Pace.Rate, c.Pace.Burst = 100, 1 })
	f.until(t, func() bool { return f.count(t, "SELECT count(*) FROM attempts WHERE outcome = 'created'") >= 20 })
	err := f.st.InTx(context.Background(), func(tx *store.Tx) error {
		_, err := tx.BatchesIn(context.Background(), f.account, store.BatchRunning)
		time.Sleep(1500 * time.Millisecond) // nobody else writes meanwhile
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f.finished(t, batch)
	if f.count(t, "SELECT count(*) FROM attempts WHERE outcome = 'not_sent'") == 0 {
		t.Error("all were sent at once")
	}
	f.once(t)
}
