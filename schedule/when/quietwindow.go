package when

import (
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

// Within are the quiet windows of the days after a moment, in order. The first may have
// begun before it. It is quicker than asking for one after the other.
func (q Quiet) Within(t time.Time, days int) func(yield func(from, until time.Time) bool) {
	return func(yield func(from, until time.Time) bool) {
		if q.zone == nil {
			return
		}
		for _, w := range q.windows(dateOf(t.In(q.zone)), days) {
			if w.until.After(t) && !yield(w.from, w.until) {
				return
			}
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
	c := &wallClock{zone: q.zone}
	for n := -2; n <= days; n++ {
		d := around.plus(n)
		if q.days[d.weekday()] {
			all = append(all, c.day(d))
		}
		for _, h := range q.hours {
			all = append(all, c.of(d, h))
		}
	}
	for _, d := range q.holidays {
		all = append(all, c.day(d))
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
func (c *wallClock) day(d date) window {
	return window{c.begin(d, 0), c.begin(d.plus(1), 0)}
}

// of are these hours of a day.
func (c *wallClock) of(d date, h hours) window {
	end := d
	if h.to <= h.from {
		end = d.plus(1)
	}
	return window{c.begin(d, h.from), c.end(end, h.to)}
}
