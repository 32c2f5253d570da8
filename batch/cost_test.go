package batch

import (
	"testing"
	"time"

	"usher/store"
)

func TestCost(t *testing.T) {
	t.Parallel()
	pace := store.Pace{Rate: 25, Burst: 10, Daily: 10_000}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	late := time.Date(2026, 3, 1, 23, 59, 58, 0, time.UTC)
	for name, c := range map[string]struct {
		now           time.Time
		tokens, today int
		pace          store.Pace
		seconds       float64
		days          int
		finish        string
	}{
		"nothing":                       {noon, 0, 0, pace, 0, 0, "2026-03-01 12:00:00"},
		"a few go at once":              {noon, 10, 0, pace, 0, 1, "2026-03-01 12:00:00"},
		"at the pace":                   {noon, 2510, 0, pace, 100, 1, "2026-03-01 12:01:40"},
		"just the day's":                {noon, 10_000, 0, pace, 399.6, 1, "2026-03-01 12:06:39"},
		"one more than the day's":       {noon, 10_001, 0, pace, 399.64, 2, "2026-03-02 00:00:00"},
		"a million":                     {noon, 1_000_000, 0, pace, 39_999.6, 100, "2026-06-08 00:06:40"},
		"today is used up in part":      {noon, 10_000, 4_000, pace, 399.6, 2, "2026-03-02 00:02:40"},
		"today is used up":              {noon, 10_010, 10_000, pace, 400, 2, "2026-03-03 00:00:00"},
		"a day ends before it is done":  {late, 2510, 0, pace, 100, 2, "2026-03-02 00:01:38"},
		"no limit a day":                {noon, 1_000_010, 0, store.Pace{Rate: 10, Burst: 10}, 100_000, 2, "2026-03-02 15:46:40"},
		"no limit a second":             {noon, 25_000, 0, store.Pace{Daily: 10_000}, 0, 3, "2026-03-03 00:00:00"},
		"no limit":                      {noon, 25_000, 0, store.Pace{}, 0, 1, "2026-03-01 12:00:00"},
		"more than a day's at the pace": {noon, 300_000, 0, store.Pace{Rate: 1}, 300_000, 4, "2026-03-04 23:20:00"},
	} {
		got := costOf(c.now, c.tokens, c.today, c.pace)
		if got.Seconds != c.seconds || got.Days != c.days || got.Finish.Format(time.DateTime) != c.finish {
			t.Errorf("%s: %g s, %d days, %s", name, got.Seconds, got.Days, got.Finish.Format(time.DateTime))
		}
	}
}
