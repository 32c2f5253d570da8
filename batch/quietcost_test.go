package batch

import (
	"testing"
	"time"

	"usher/schedule/when"
	"usher/store"
)

func TestCostInQuiet(t *testing.T) {
	t.Parallel()
	slow := store.Pace{Rate: 1, Burst: 0}
	day := store.Pace{Rate: 10, Burst: 10, Daily: 100}
	nights := when.Rule{Hours: "20:00-07:00", Zone: "UTC"}
	office := when.Rule{Hours: "18:00-09:00", Days: "sat,sun", Zone: "Europe/Berlin"}
	wednesday := time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now           time.Time
		tokens, today int
		pace          store.Pace
		rule          when.Rule
		ended         time.Time
		quiet         bool
		days          int
		finish        string
	}{
		"nothing":                     {wednesday, 0, 0, slow, nights, time.Time{}, false, 0, "2026-11-25 19:00:00"},
		"before it begins":            {wednesday, 3600, 0, slow, nights, time.Time{}, false, 1, "2026-11-25 20:00:00"},
		"one more":                    {wednesday, 3601, 0, slow, nights, time.Time{}, true, 2, "2026-11-26 07:00:01"},
		"begun in it":                 {midnight, 60, 0, slow, nights, time.Time{}, true, 1, "2026-11-26 07:01:00"},
		"ended by a person":           {midnight, 60, 0, slow, nights, midnight.Add(20 * time.Hour), false, 1, "2026-11-26 00:01:00"},
		"ended, and the next one too": {midnight, 72_060, 0, slow, nights, midnight.Add(20 * time.Hour), true, 2, "2026-11-27 07:01:00"},
		"over a weekend":              {wednesday, 2*9*3600 + 60, 0, slow, office, time.Time{}, true, 3, "2026-11-30 08:01:00"},
		"the day's limit and nights":  {wednesday, 250, 0, day, nights, time.Time{}, true, 3, "2026-11-27 07:00:05"},
		"the day is used up":          {wednesday, 50, 100, day, nights, time.Time{}, true, 1, "2026-11-26 07:00:05"},
		"a minute a day":              {wednesday, 120, 0, slow, when.Rule{Hours: "12:01-12:00", Zone: "UTC"}, time.Time{}, true, 2, "2026-11-27 12:01:00"},
		"the last of them is over":    {midnight, 86_400, 0, slow, when.Rule{Hours: "", Holidays: "2026-11-27", Zone: "Europe/Berlin"}, time.Time{}, true, 2, "2026-11-28 00:00:00"},
		"no limit":                    {midnight, 1000, 0, store.Pace{}, nights, time.Time{}, true, 1, "2026-11-26 07:00:00"},
		"without quiet times":         {wednesday, 3601, 0, slow, when.Rule{}, time.Time{}, false, 1, "2026-11-25 20:00:01"},
		"longer than is looked ahead": {midnight, 46_800 * 500, 0, slow, nights, time.Time{}, true, 455, "2028-02-23 22:00:00"},
	} {
		q, err := when.ParseQuiet(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		got := costInQuiet(c.now, c.tokens, c.today, c.pace, q, c.ended)
		if got.Quiet != c.quiet || got.Days != c.days || got.Finish.Format(time.DateTime) != c.finish {
			t.Errorf("%s: quiet %v, %d days, %s", name, got.Quiet, got.Days, got.Finish.Format(time.DateTime))
		}
	}
}
