package jobs_test

import (
	"context"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// TestShortWaitIsPace: an API that allows less than is asked for, and says to wait for a
// second, slows the pace. The gate stays open, and everybody is invited once.
func TestShortWaitIsPace(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1, Rate: 20, Burst: 5}, func(t *testing.T, f *fleet) {
		before := f.gate(t)
		batch := f.batch(t, 60)
		f.start(t, "w1", func(c *jobs.Config) {
			c.ShortWait = 10 * time.Second
			c.Pace.Rate, c.Pace.Burst = 100, 10
		})
		if counts := f.finished(t, batch); counts[store.Invited] != 60 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 60 {
			t.Errorf("%d sessions, want 60", n)
		}
		if after := f.gate(t); after.Generation != before.Generation {
			t.Errorf("the gate moved for a short wait: %+v", after)
		}
		now, err := f.st.PaceNow(context.Background(), f.account, store.Pace{Rate: 100, Burst: 10})
		if err != nil || now.Source != "learned" || now.Rate >= 100 || now.Wave == 0 {
			t.Errorf("the pace is told as %+v, %v", now, err)
		}
	})
}
