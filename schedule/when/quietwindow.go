package when

import (
	"cmp"
	"slices"
	"time"
)

// At reports whether a moment is quiet, and until when. What is not quiet any more
// at the moment until, is not quiet at all for a while: windows that touch are one.
func (q Quiet) At(t time.Time) (quiet bool, until time.Time) {
	from, until := q.Next(t)
	if until.IsZero() || from.After(t) {
		return false, time.Time{}
	}
	return true, until
}

// Next is the quiet window that a moment lies in, or else the first one after it. It
// begins with from and ends before until, both by the clocks of the rule's zone. They
// are zero if there is none any more.
//
// A window whose first or last minute the clock leaps over begins or ends where it
// leaps. If the clock goes back in a window, it lasts until its end is shown for the
// last time.
func (q Quiet) Next(t time.Time) (from, until time.Time) {
	if q.zone == nil {
		return from, until
	}
	for days := 16; ; days *= 4 {
		w, found := first(q.windows(dateOf(t.In(q.zone)), days), t)
		// What ends near the last day that was looked at may go on after it.
		sure := len(q.hours) == 0 && !slices.Contains(q.days[:], true) ||
			w.until.Before(t.AddDate(0, 0, days-3))
		if !found || sure || days > 1<<14 {
			return w.from, w.until
		}
	}
}

// window is a span of time.
type window struct{ from, until time.Time }

// first is the first window that is not over at a moment.
func first(all []window, t time.Time) (window, bool) {
	for _, w := range all {
		if w.until.After(t) {
			return w, true
		}
	}
	return window{}, false
}

// windows are those of some days around a date, and of all holidays, in order and
// without any that touch.
func (q Quiet) windows(around date, days int) (all []window) {
	for n := -2; n <= days; n++ {
		d := around.plus(n)
		if q.days[d.weekday()] {
			all = append(all, q.day(d))
		}
		for _, h := range q.hours {
			all = append(all, q.of(d, h))
		}
	}
	for _, d := range q.holidays {
		all = append(all, q.day(d))
	}
	return merged(all)
}

func merged(all []window) (some []window) {
	slices.SortFunc(all, func(a, b window) int { return a.from.Compare(b.from) })
	for _, w := range all {
		last := len(some) - 1
		switch {
		case !w.from.Before(w.until): // the clock leaps over all of it
		case last < 0 || w.from.After(some[last].until):
			some = append(some, w)
		case w.until.After(some[last].until):
			some[last].until = w.until
		}
	}
	return some
}

// day is a whole day.
func (q Quiet) day(d date) window {
	return window{begin(d, 0, q.zone), begin(d.plus(1), 0, q.zone)}
}

// of are these hours of a day.
func (q Quiet) of(d date, h hours) window {
	end := d
	if h.to <= h.from {
		end = d.plus(1)
	}
	return window{begin(d, h.from, q.zone), end.end(h.to, q.zone)}
}

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

// begin is the first moment at which the clock of a zone shows a minute of a day, or
// the one at which it leaps over it.
func begin(d date, minute int, zone *time.Location) time.Time {
	return d.shown(minute, zone)[0]
}

// end is the last moment at which it does so as it moves on, and not as it is put
// back to it.
func (d date) end(minute int, zone *time.Location) time.Time {
	all := d.shown(minute, zone)
	for i := len(all) - 1; i > 0; i-- {
		if onWall(all[i].Add(-time.Second)).Equal(d.utc(minute).Add(-time.Second)) {
			return all[i]
		}
	}
	return all[0]
}

// shown are the moments at which the clock shows a minute of a day, the first first.
// If it leaps over it, that is the moment.
func (d date) shown(minute int, zone *time.Location) (all []time.Time) {
	wall := d.utc(minute)
	// Two changes of a clock lie further apart than this.
	for _, near := range []time.Time{wall.Add(-30 * time.Hour), wall.Add(30 * time.Hour)} {
		_, offset := near.In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if onWall(t).Equal(wall) && (len(all) == 0 || !all[0].Equal(t)) {
			all = append(all, t)
		}
	}
	if len(all) > 0 {
		slices.SortFunc(all, time.Time.Compare)
		return all
	}
	t := time.Date(d.year, d.month, d.day, 0, minute, 0, 0, zone)
	before, after := t.ZoneBounds()
	if onWall(t).After(wall) {
		return []time.Time{before}
	}
	return []time.Time{after}
}

// onWall is what the clock shows, as if it were UTC.
func onWall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
