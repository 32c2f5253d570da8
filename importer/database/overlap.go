package database

import (
	"strings"
	"time"
)

// defaultOverlap is how far behind its mark a source is read again whose watermark
// column holds times. A transaction takes its time when it begins or writes, and
// is seen when it commits: by then the mark may be beyond it.
const defaultOverlap = 5 * time.Minute

// margin is how much longer rows are remembered than they are read again: a query
// may compare with >=, and what is written as text may be rounded.
const margin = time.Minute

// overlap is how a reading goes back behind the mark where the last one ended.
type overlap struct {
	wish *time.Duration // of the settings, nil for the default
	from time.Time      // every row that was taken from here on is known; zero for none
	zone *time.Location // of times that name none, where the reading begins; nil if nobody knows

	by   time.Duration // 0 for not at all; it follows from the column's kind
	days bool          // the column holds days
	form timeForm      // of a column of text
	kept *mark         // where the last reading ended
	last *mark         // of the present row
	low  *mark         // of all rows
}

// timeForm is a way in which times are written.
type timeForm struct {
	layout string
	offset int // seconds east of UTC
}

// timeOfText understands a time that is text, if it is one.
func timeOfText(text string, zone *time.Location) (t time.Time, form timeForm, ok bool) {
	for _, layout := range markTimes {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			_, offset := t.Zone()
			return t.UTC(), timeForm{layout, offset}, true
		}
	}
	return time.Time{}, timeForm{}, false
}

// write writes a time with as many digits of a second as another text has, so that
// the two are in the same order as text; with more, if it takes more.
func (f timeForm) write(t time.Time, like string) string {
	layout := f.layout
	if at, rest, _ := strings.Cut(layout, anyFraction); at != layout {
		_, fraction, _ := strings.Cut(like, ".")
		n := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
		if exact := at + strings.TrimRight("."+strings.Repeat("0", n), ".") + rest; n < 9 {
			if back, err := time.Parse(exact, t.Format(exact)); err == nil && back.Equal(t) {
				layout = exact
			}
		}
	}
	return t.In(time.FixedZone("", f.offset)).Format(layout)
}

// anyFraction stands for as many digits of a second as there are.
const anyFraction = ".999999999"

const overlapRemedy = "take overlap out of sources.%s in usher.yaml, or write 0s; or name a watermark column that holds times"

// length is how far a column of some kind is read again.
func (o *overlap) length(kind string) (time.Duration, error) {
	switch {
	case o.wish == nil && kind == markTime:
		return defaultOverlap, nil
	case o.wish == nil || *o.wish == 0:
		return 0, nil
	case kind == markNumber:
		return 0, &markError{"holds numbers, and an overlap is a length of time", overlapRemedy}
	}
	return *o.wish, nil
}

// after tells where the last reading ended.
func (o *overlap) after(kept *mark) error {
	o.kept = kept
	return o.understand(kept)
}

// see takes the mark of a row.
func (o *overlap) see(m *mark, dbType string) error {
	if o.by == 0 {
		return nil
	}
	if err := o.understand(m); err != nil {
		return err
	}
	o.days = dbType == "DATE" || o.form.layout == time.DateOnly
	if o.last = m; o.low == nil || m.compare(o.low) < 0 {
		o.low = m
	}
	return nil
}

// understand gives a mark that is text its time. All must be written in one way, as
// they are compared as text.
func (o *overlap) understand(m *mark) error {
	if o.by == 0 || m.kind != markText {
		return nil
	}
	t, form, ok := timeOfText(m.text, time.UTC)
	switch {
	case !ok:
		return &markError{"has text in it that is no time such as 2020-01-01 08:00:00, and an overlap is a length of time", overlapRemedy}
	case o.form == timeForm{}:
		o.form = form
	case o.form != form:
		return &markError{"has times in it that are written in different ways, and cannot be read with an overlap",
			"write them in one way in the query of source %s, or set overlap to 0s"}
	}
	m.time = t
	return nil
}

// goBack finds where the reading begins: behind the mark, but not before what is
// known of the rows that were taken. Those would all seem to be new.
func (w *watermark) goBack() {
	w.base = w.from
	by, err := w.again.length(w.from.Kind)
	if err != nil || by == 0 || w.again.from.IsZero() {
		return // what is wrong is said once there is a row
	}
	kept, form, ok := timeOfText(w.from.Value, time.UTC)
	if !ok {
		return // as above
	}
	at := kept.Add(-by)
	if at.Before(w.again.from) {
		at = w.again.from
	}
	if at.Before(kept) {
		w.base.Value = form.write(at, w.from.Value)
	}
}

// goForth begins at the mark itself, and reports whether the reading had begun behind
// it. A query with a LIMIT may return so many rows that were taken that it never
// comes to the others.
func (w *watermark) goForth() bool {
	behind := w.base != w.from
	w.base = w.from
	return behind
}

// cut is the time of the oldest rows that may be read again after this reading.
func (w *watermark) cut() time.Time {
	at := w.high.time.Add(-w.again.by)
	if w.again.days {
		return at.Truncate(24 * time.Hour) // a database reads a time of a day as the day
	}
	return at.Add(-margin)
}

// knownFrom is the time from which on every row is known that was taken by this
// reading and those before. What was never read, as it lies before the first
// reading, must not be read by the next one.
func (w *watermark) knownFrom() time.Time {
	at, floor := w.cut(), w.again.from
	switch {
	case w.from.Kind != "" && floor.IsZero():
		floor = w.again.kept.time
	case w.from.Kind == "" && w.start != "":
		floor = w.again.low.time
		if w.again.zone == nil {
			break
		}
		if start, _, ok := timeOfText(w.start, w.again.zone); ok {
			floor = start
		}
	}
	if at.Before(floor) {
		return floor
	}
	return at
}

// startZone is where a time lies that a person wrote without a zone, and the query
// compares.
func (d *Source) startZone(uses int) *time.Location {
	if uses == 0 || d.types[d.mark.at] != "TIMESTAMPTZ" {
		return time.UTC
	}
	if d.zone == "" {
		return nil
	}
	zone, err := time.LoadLocation(d.zone)
	if err != nil {
		return nil // PostgreSQL knows zones that have no name
	}
	return zone
}
