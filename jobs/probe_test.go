package jobs_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// TestProbeIsToldToWait: a probe that the API asks to wait for a moment is followed by
// another one then, and not when its request could have ended at the latest.
func TestProbeIsToldToWait(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	var asked atomic.Int32
	f.behind(t, func(api http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				switch asked.Add(1) {
				case 1:
					w.WriteHeader(http.StatusPaymentRequired)
					return
				case 2:
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
			}
			api.ServeHTTP(w, r)
		})
	})
	batch := f.batch(t, 3)
	f.start(t, "w1", func(c *jobs.Config) {
		c.Concurrency, c.Timeout, c.ShortWait = 1, time.Hour, 10*time.Second
	})
	if counts := f.finished(t, batch); counts[store.Invited] != 3 {
		t.Errorf("counts = %v", counts)
	}
	f.once(t)
}
