package store

import (
	"context"
	"math"
	"time"

	"usher/store/rate"
)

// Refusal is a 429 that is applied to the pace.
type Refusal struct {
	Wave int64         // of the slot in which it was sent
	Ago  time.Duration // how long ago that slot was
	Answers
	// Wait is how long nobody sends, the n-th time in a row that nothing was let through.
	Wait  func(inARow int) time.Duration
	Short time.Duration // a longer wait is for the gate to keep
	Told  bool          // the API itself said how long to wait
}

// Refused is the pace after a refusal.
type Refused struct {
	Wave  int64
	Wait  time.Duration // how long nobody sends from now on
	Rate  float64       // in force after that, 0 for no limit
	Gated bool          // the wait is for the gate to keep; the pace itself does not wait
	Taken bool          // this refusal changed the rate; others came before it
	// DayOver tells that the API's requests of the day are used up: it let DayAllowed
	// through, and DayEnds is how long the day lasts from now on. It is for the gate to keep.
	DayOver    bool
	DayAllowed int
	DayEnds    time.Duration
}

// RefusePace applies a 429 to the pace of the fleet: nobody sends until its wait is over,
// and the limit is sought below what met it. Others that were in flight meanwhile can
// only make the wait longer. [ErrClockSetBack] as for [Store.ReserveSlots].
func (t *Tx) RefusePace(ctx context.Context, account int64, pace Pace, r Refusal) (out Refused, err error) {
	p, err := t.paceState(ctx, account, t.d.forUpdate)
	if err != nil {
		return out, err
	}
	if p.setBack() {
		return out, ErrClockSetBack
	}
	asked := time.Now()
	if err := t.queryOne(ctx, `SELECT `+t.d.nowMicros, nil, &p.now); err != nil {
		return out, wrap("read pace", err)
	}
	now := p.time()
	p.hear(pace, r.Answers)
	until, was := p.Until, p.Learned
	wait := r.Wait(p.Learned.InARow())
	if r.Told { // it began to pass when the database's clock was read, to which it is added
		wait += time.Since(asked)
	}
	out.Taken = p.Refuse(now, pace.limits(), rate.Refusal{Wave: r.Wave, Ago: r.Ago, Wait: wait, Told: r.Told})
	if out.Gated = wait > r.Short && (out.Taken || r.Told); out.Gated {
		p.Until = until
	}
	ends := pace.Calendar().End(now).Sub(now)
	if out.Taken && p.kept.Refuse(rate.DayRefusal{Now: now, Calendar: pace.Calendar(), Was: was, Row: p.Learned.Row,
		WithDay: r.Told && out.Gated && withDay(wait, ends)}) {
		p.Until, p.Learned = until, p.kept.Before(now, p.Learned)
		out.DayOver, out.DayAllowed, out.DayEnds = true, p.kept.Allowed, ends
	}
	if err := t.notePace(ctx, account, pace, &p); err != nil {
		return out, err
	}
	out.Wave, out.Wait, out.Rate = p.Wave, max(0, p.Until.Sub(now)), p.Learned.Rate(pace.Rate)
	if out.Gated || out.DayOver {
		out.Wait = wait
	}
	return out, t.writePace(ctx, account, p)
}

// withDay reports whether a wait, which chance may have made a tenth longer, ends when the
// day does: who says so counts by the day.
func withDay(wait, ends time.Duration) bool {
	const slack = 2 * time.Second
	return wait >= ends-slack && wait <= ends+ends/10+slack
}

// notedChange is how much the rate in force changes before people are told.
const notedChange = 0.1

// notePace notes the rate in force where it is another one than people were told of.
func (t *Tx) notePace(ctx context.Context, account int64, pace Pace, p *paceState) error {
	inForce := p.Learned.Rate(pace.Rate)
	if p.Learned.Source == "" || p.noted > 0 && math.Abs(inForce-p.noted) <= notedChange*p.noted {
		return nil
	}
	p.noted = inForce
	return t.noteEvent(ctx, account, GateEvent{Kind: GateEventPace, Rate: inForce})
}

// The sources of a rate: it is as configured, learned of refusals, or named by the API.
const (
	PaceConfigured = rate.Configured
	PaceLearned    = rate.Found
	PaceNamed      = rate.Named
)

// PaceSources are all of them.
var PaceSources = []rate.Source{PaceConfigured, PaceLearned, PaceNamed}

// PaceNow is the pace as people are told of it.
type PaceNow struct {
	Rate   float64 // in force, requests a second, 0 for no limit
	Source rate.Source
	Today  int64         // requests that the day has seen
	Wait   time.Duration // how long the API has asked nobody to send, from now on
	Wave   int64
	// DayEnds is when the day is over, and DayLimit how many requests the API let through
	// when a day was used up, 0 if that is not known.
	DayEnds  time.Time
	DayLimit int
}

// PaceNow reads the pace. It waits for nobody.
func (q queries) PaceNow(ctx context.Context, account int64, pace Pace) (now PaceNow, err error) {
	p, err := q.paceState(ctx, account, "")
	if err != nil {
		return now, err
	}
	p.turn(pace)
	now = PaceNow{Rate: p.Learned.Rate(pace.Rate), Source: p.Learned.SourceOf(pace.Rate), Wave: p.Wave,
		Wait: max(0, p.Until.Sub(p.time())), Today: p.dayCount, DayEnds: pace.Calendar().End(p.time()), DayLimit: p.kept.Limit}
	return now, nil
}

// PaceStatus is the rate in force, and how many requests the day has seen.
func (q queries) PaceStatus(ctx context.Context, account int64, pace Pace) (rate float64, today int64, err error) {
	now, err := q.PaceNow(ctx, account, pace)
	return now.Rate, now.Today, err
}
