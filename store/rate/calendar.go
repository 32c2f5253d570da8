package rate

import "time"

// Calendar says when a day of requests begins and ends: at midnight in a time zone. A
// shorter Length begins anew after each such span as well, counted from midnight.
type Calendar struct {
	Zone   *time.Location // nil is UTC
	Length time.Duration  // 0 is the whole day, whatever number of hours it has
}

// Begin is when the day began that t is in.
func (c Calendar) Begin(t time.Time) time.Time {
	midnight := c.midnight(t, 0)
	if c.Length <= 0 {
		return midnight
	}
	return midnight.Add(t.Sub(midnight).Truncate(c.Length))
}

// End is when the day is over that t is in. It is later than t.
func (c Calendar) End(t time.Time) time.Time {
	next := c.midnight(t, 1)
	if c.Length <= 0 {
		return next
	}
	if end := c.Begin(t).Add(c.Length); end.Before(next) {
		return end
	}
	return next
}

// Label names the day that t is in. Of two labels of a calendar the later day's is the
// greater.
func (c Calendar) Label(t time.Time) string {
	if c.Length <= 0 {
		return t.In(c.zone()).Format(time.DateOnly)
	}
	return c.Begin(t).UTC().Format(time.RFC3339)
}

// Span is how long a day is, give or take an hour.
func (c Calendar) Span() time.Duration {
	if c.Length <= 0 {
		return 24 * time.Hour
	}
	return c.Length
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// midnight is the first moment of a date: that of t, or so many days later. Where clocks
// go over midnight twice it is the first time, and where they leave it out it is the
// moment of the change.
func (c Calendar) midnight(t time.Time, later int) time.Time {
	zone := c.zone()
	year, month, day := t.In(zone).Date()
	shown := time.Date(year, month, day+later, 0, 0, 0, 0, time.UTC)
	before, after := offset(shown.Add(-24*time.Hour), zone), offset(shown.Add(24*time.Hour), zone)
	for _, off := range []time.Duration{max(before, after), min(before, after)} { // the earlier moment first
		if at := shown.Add(-off); offset(at, zone) == off {
			return at.In(zone)
		}
	}
	_, change := shown.Add(-24 * time.Hour).In(zone).ZoneBounds()
	return change
}

// offset is how far a zone is ahead of UTC.
func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
