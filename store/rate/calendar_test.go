package rate

import (
	"testing"
	"time"
)

func calendarOf(t *testing.T, zone string, length time.Duration) Calendar {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return Calendar{Zone: loc, Length: length}
}

// TestCalendarDays: days begin at midnight in the zone, also where clocks are changed, at
// whatever hour that is.
func TestCalendarDays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, at, begin, end, label string
		length                      time.Duration
	}{
		"UTC":               {"UTC", "2026-11-23T12:15:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-23", 0},
		"at midnight":       {"UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-23", 0},
		"east":              {"Pacific/Auckland", "2026-06-10T13:00:00Z", "2026-06-10T12:00:00Z", "2026-06-11T12:00:00Z", "2026-06-11", 0},
		"a day of 23 hours": {"Europe/Berlin", "2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29", 0},
		"a day of 25 hours": {"Europe/Berlin", "2026-10-25T10:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25", 0},
		"no midnight":       {"Africa/Cairo", "2026-04-24T10:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z", "2026-04-24", 0},
		"the day before it": {"Africa/Cairo", "2026-04-23T10:00:00Z", "2026-04-22T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-23", 0},
		"midnight twice":    {"Atlantic/Azores", "2026-10-25T10:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z", "2026-10-25", 0},
		"a date left out":   {"Pacific/Apia", "2011-12-30T05:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-29", 0},
		"by the hour":       {"Asia/Kolkata", "2026-11-23T12:15:00Z", "2026-11-23T11:30:00Z", "2026-11-23T12:30:00Z", "2026-11-23T11:30:00Z", time.Hour},
		"ends at midnight":  {"UTC", "2026-11-23T23:30:00Z", "2026-11-23T21:00:00Z", "2026-11-24T00:00:00Z", "2026-11-23T21:00:00Z", 7 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got := calendarOf(t, c.zone, c.length)
			begin, end := got.Begin(at).UTC().Format(time.RFC3339), got.End(at).UTC().Format(time.RFC3339)
			if begin != c.begin || end != c.end || got.Label(at) != c.label {
				t.Errorf("the day of %s is %s to %s, called %s; want %s to %s, %s", c.at, begin, end, got.Label(at), c.begin, c.end, c.label)
			}
		})
	}
}

// TestCalendarEveryHour: through two years of every hour, days follow each other without
// a gap, and no moment is in a day that does not hold it.
func TestCalendarEveryHour(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Africa/Cairo", "Atlantic/Azores", "Australia/Lord_Howe"} {
		for _, length := range []time.Duration{0, 5 * time.Hour} {
			c := calendarOf(t, zone, length)
			label := ""
			for at := time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(time.Hour) {
				begin, end := c.Begin(at), c.End(at)
				if begin.After(at) || !end.After(at) || !c.Begin(end).Equal(end) || c.Label(at) < label || c.Label(end) <= c.Label(at) {
					t.Fatalf("%s by %v: the day of %s is %s to %s, called %s after %s", zone, length, at, begin, end, c.Label(at), label)
				}
				label = c.Label(at)
			}
		}
	}
}
