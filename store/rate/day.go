package rate

import "time"

// Day is what refusals have taught of a limit that counts by the day. A limiter that
// counts by the second lets something through again soon; who goes on refusing has been
// used up for longer. The zero value knows nothing.
type Day struct {
	Allowed int       `json:"allowed,omitempty"` // that the API let through in this day
	Limit   int       `json:"limit,omitempty"`   // it let so many through when a day was used up; 0 is not known
	Used    time.Time `json:"used,omitzero"`     // since when this day is used up

	// A run of refusals between which nothing is let through.
	Since time.Time `json:"since,omitzero"`
	Times int       `json:"times,omitempty"`
	Kept  *Learned  `json:"kept,omitempty"` // what was known of the rate before it
}

// A run means that the day is used up when it has so many refusals, so long apart. A
// minute is what rate limiters count by at the most. Who lets one through now and then has a
// low limit, and is no day: ten a minute are as few.
const (
	runTimes  = 3
	runMost   = time.Minute
	runLeast  = 5 * time.Second
	dayLeast  = 20 // fewer let through in a day say nothing of its limit
	dayNearly = 50 // a refusal within a 50th of the limit that is known needs no second one
)

// Begin begins a day. A limit that the last one went well beyond holds no more.
func (d *Day) Begin() {
	limit := d.Limit
	if d.Used.IsZero() && d.Allowed > limit+limit/dayNearly {
		limit = 0
	}
	*d = Day{Limit: limit}
}

// Accept counts n requests that the API let through.
func (d *Day) Accept(n int) { d.Allowed += n }

// DayRefusal is a refusal as the day learns of it.
type DayRefusal struct {
	Now      time.Time
	Calendar Calendar
	Was      Learned // what was known of the rate before it
	Row      int     // the how-manieth in a row it is, as in [Learned]
	WithDay  bool    // the API itself said to wait until the day ends
}

// Refuse learns of a refusal, and reports whether the day is used up.
func (d *Day) Refuse(r DayRefusal) bool {
	now := r.Now
	if !d.Used.IsZero() {
		return true
	}
	switch {
	case r.Row <= 1, d.Since.IsZero(), d.Since.After(now):
		d.Since, d.Times, d.Kept = now, 1, &r.Was
	default:
		d.Times++
	}
	if !r.WithDay && !d.nearly() && !d.lasts(now, r.Calendar) {
		return false
	}
	d.Used = now
	if d.Allowed >= dayLeast {
		d.Limit = d.Allowed
	}
	return true
}

// nearly reports whether as many were let through as on the day that was used up.
func (d *Day) nearly() bool {
	slack := max(2, d.Limit/dayNearly)
	return d.Limit > 0 && d.Allowed >= d.Limit-slack && d.Allowed <= d.Limit+slack
}

// lasts reports whether the run is too long for a limit by the second or the minute.
func (d *Day) lasts(now time.Time, c Calendar) bool {
	lasted := now.Sub(d.Since)
	least := min(max(c.Span()/1440, runLeast), runMost)
	return d.Times >= runTimes && lasted >= least
}

// Before is what was known of the rate before the run, where l is what is known now:
// refusals of a day that is used up say nothing of it, and are in a row all the same.
func (d *Day) Before(now time.Time, l Learned) Learned {
	var was Learned
	if d.Kept != nil {
		was = *d.Kept
		was.rest(now)
	}
	was.Row, was.RowIn, was.Alone = l.Row, l.RowIn, l.Alone
	return was
}

// GoOn takes back that the day is used up. Where the API itself let something through
// again, it does not count by this day.
func (d *Day) GoOn(answered bool) {
	limit := d.Limit
	if answered && !d.Used.IsZero() {
		limit = 0
	}
	*d = Day{Allowed: d.Allowed, Limit: limit}
}
