package when

import (
	"cmp"
	"slices"
	"time"
)

// date is a day of the calendar.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

func (d date) utc(minute int) time.Time {
	return time.Date(d.year, d.month, d.day, 0, minute, 0, 0, time.UTC)
}

func (d date) plus(days int) date { return dateOf(d.utc(0).AddDate(0, 0, days)) }

func (d date) weekday() time.Weekday { return d.utc(0).Weekday() }

func (d date) compare(o date) int {
	return cmp.Or(cmp.Compare(d.year, o.year), cmp.Compare(d.month, o.month), cmp.Compare(d.day, o.day))
}

// wallClock is the clock on the wall in a time zone. It keeps in mind for how long its
// offset from UTC lasts, which is slow to look up.
type wallClock struct {
	zone     *time.Location
	from, to time.Time // of the offset; zero if it has always been so, or stays so
	offset   time.Duration
	known    bool
}

// offsetAt is how far ahead of UTC the clock is at a moment.
func (c *wallClock) offsetAt(t time.Time) time.Duration {
	if !c.known || t.Before(c.from) || !c.to.IsZero() && !t.Before(c.to) {
		t = t.In(c.zone)
		_, seconds := t.Zone()
		c.offset, c.known = time.Duration(seconds)*time.Second, true
		c.from, c.to = t.ZoneBounds()
	}
	return c.offset
}

// onWall is what the clock shows, as if it were UTC.
func (c *wallClock) onWall(t time.Time) time.Time { return t.UTC().Add(c.offsetAt(t)) }

// begin is the first moment at which the clock shows a minute of a day, or the one at
// which it leaps over it.
func (c *wallClock) begin(d date, minute int) time.Time { return c.shown(d, minute)[0] }

// end is the last moment at which it does so as it moves on, and not as it is put
// back to it.
func (c *wallClock) end(d date, minute int) time.Time {
	all := c.shown(d, minute)
	for i := len(all) - 1; i > 0; i-- {
		if c.onWall(all[i].Add(-time.Second)).Equal(d.utc(minute).Add(-time.Second)) {
			return all[i]
		}
	}
	return all[0]
}

// shown are the moments at which the clock shows a minute of a day, the first first.
// If it leaps over it, that is the moment.
func (c *wallClock) shown(d date, minute int) (all []time.Time) {
	wall := d.utc(minute)
	// Two changes of a clock lie further apart than this.
	for _, near := range []time.Time{wall.Add(-30 * time.Hour), wall.Add(30 * time.Hour)} {
		t := wall.Add(-c.offsetAt(near))
		if c.onWall(t).Equal(wall) && (len(all) == 0 || !all[0].Equal(t)) {
			all = append(all, t.In(c.zone))
		}
	}
	if len(all) > 0 {
		slices.SortFunc(all, time.Time.Compare)
		return all
	}
	t := time.Date(d.year, d.month, d.day, 0, minute, 0, 0, c.zone)
	before, after := t.ZoneBounds()
	if c.onWall(t).After(wall) {
		return []time.Time{before}
	}
	return []time.Time{after}
}
