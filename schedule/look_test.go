package schedule_test

import (
	"testing"
	"time"

	"usher/config"
)

// What is due is done at its time, though the schedules are read seldom.
func TestLooksWhenDue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["noon"] = config.Schedule{"cron": "0 12 * * *", "zone": "UTC", "source": "hr"}
		_, s := h.process()
		h.apply(s)
		h.setClock(s, at(h, "2026-03-20 11:59:58", "UTC"))
		h.lookedAt(s, "noon", at(h, "2026-03-20 11:00:00", "UTC"))
		wait, err := s.NextLook(h.Context())
		if h.must(err); wait <= 0 || wait > 2*time.Second {
			h.Errorf("it is looked again in %v, 2 s before it is due", wait)
		}
		h.setClock(s, at(h, "2026-03-20 12:00:00", "UTC"))
		h.must(s.Tick(h.Context()))
		if got := h.occurrences(s, "noon"); len(got) != 1 {
			h.Errorf("%d occurrences when it is due, want 1", len(got))
		}
	})
}
