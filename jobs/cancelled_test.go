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

// TestReportOfACancelledBatchIsWrittenAgain: who was on the way when a batch was given
// up is settled afterwards, and only then is its report what became of everybody.
func TestReportOfACancelledBatchIsWrittenAgain(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1, Latency: 2 * time.Second}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		batch := f.batchWith(t, 4, t.TempDir()+"/report.csv")
		var written atomic.Int32
		f.start(t, "w1", func(c *jobs.Config) {
			c.Finished = func(ctx context.Context, b store.Batch) error {
				if open, err := f.st.HasOpen(ctx, b.ID); err != nil || open {
					t.Errorf("written while somebody is on the way: %v", err)
				}
				written.Add(1)
				return nil
			}
		})
		f.until(t, func() bool {
			c, err := f.st.Counts(ctx, batch)
			return err == nil && c[store.Sending] > 0
		})
		if _, err := f.control.Cancel(ctx, ann, batch); err != nil {
			t.Fatal(err)
		}
		f.until(t, func() bool { return written.Load() > 0 })
		f.until(t, func() bool {
			done, err := f.st.Reported(ctx, batch, 1)
			return err == nil && done
		})
	})
}
