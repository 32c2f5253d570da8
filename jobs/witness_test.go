package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// witnessFleet has a worker that looks nobody up twice within the test, and a short
// deadline, as a list must show what was made after it.
func witnessFleet(t *testing.T, f *fleet) {
	f.start(t, "w1", func(c *jobs.Config) {
		c.Timeout, c.LookupAfter, c.LookupAgain = 2*time.Second, 7*time.Second, 10*time.Hour
		c.Pace.Rate, c.Pace.Burst = 10, 1
	})
}

// TestNotFoundSooner: who is not in a list that shows a later session of ours was not
// invited, and is sent to again at once.
func TestNotFoundSooner(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{CutBefore: 0.1, Cut: 0.1, Seed: 3}})
	f.batch(t, 1000) // enough that some are made after each who is in doubt, as long as this may take
	witnessFleet(t, f)
	f.until(t, func() bool {
		return f.count(t, "SELECT count(*) FROM applicants WHERE state = 'invited' AND attempt > 1") >= 2
	})
	f.once(t)
}

// TestNotFoundNotBefore: a list that shows none of what was made later proves nothing.
func TestNotFoundNotBefore(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, ListLag: time.Hour, Faults: sandbox.Faults{CutBefore: 0.1, Cut: 0.1, Seed: 3}})
	batch := f.batch(t, 130)
	witnessFleet(t, f)
	var asked []store.Applicant
	f.until(t, func() bool {
		asked = asked[:0]
		for row := 2; row < 132; row++ {
			n, err2 := f.st.Lookups(context.Background(), store.Key{Batch: batch, Row: row}) // first, as the other may change with it
			a, err := f.st.Applicant(context.Background(), store.Key{Batch: batch, Row: row})
			if err == nil && err2 == nil && n > 0 {
				asked = append(asked, a)
			}
		}
		return len(asked) >= 10
	})
	for _, a := range asked {
		if a.State != store.Sending || a.Counted > 1 || !strings.Contains(a.Error, "none of ours that was made later") {
			t.Errorf("row %d is %s after %d attempts: %s", a.Row, a.State, a.Attempt, a.Error)
		}
	}
	f.once(t)
}
