package store

import (
	"context"
	"math"
	"time"

	"usher/store/rate"
)

// Refusal is a 429 that is applied to the pace.
type Refusal struct {
	Wave     int64 // of the slot in which it was sent
	Accepted int   // requests that the API let through since this process last told
	// Wait is how long nobody sends, the n-th time in a row that nothing was let through.
	Wait  func(inARow int) time.Duration
	Short time.Duration // a longer wait is for the gate to keep
}

// Refused is the pace after a refusal.
type Refused struct {
	Wave  int64
	Wait  time.Duration // how long nobody sends from now on
	Rate  float64       // in force after that, 0 for no limit
	Gated bool          // the wait is for the gate to keep; the pace itself does not wait
	Taken bool          // this refusal changed the rate; others came before it
}

// RefusePace applies a 429 to the pace of the fleet: nobody sends until its wait is over,
// and the limit is sought below what met it. Others that were in flight meanwhile can
// only make the wait longer.
func (t *Tx) RefusePace(ctx context.Context, account int64, pace Pace, r Refusal) (out Refused, err error) {
	p, err := t.paceState(ctx, account, t.d.forUpdate)
	if err != nil {
		return out, err
	}
	now := p.time()
	p.Learned.Accept(now, pace.Rate, r.Accepted)
	until := p.Until
	wait := r.Wait(p.Learned.InARow())
	out.Taken = p.Refuse(now, pace.limits(), rate.Refusal{Wave: r.Wave, Wait: wait})
	if out.Gated = wait > r.Short; out.Gated {
		p.Until = until
	}
	if err := t.notePace(ctx, account, pace, &p); err != nil {
		return out, err
	}
	out.Wave, out.Wait, out.Rate = p.Wave, max(0, p.Until.Sub(now)), p.Learned.Rate(pace.Rate)
	if out.Gated {
		out.Wait = wait
	}
	return out, t.writePace(ctx, account, p)
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

// PaceNow is the pace as people are told of it.
type PaceNow struct {
	Rate   float64 // in force, requests a second, 0 for no limit
	Source rate.Source
	Today  int64         // requests that the day has seen
	Wait   time.Duration // how long the API has asked nobody to send, from now on
	Wave   int64
}

// PaceNow reads the pace. It waits for nobody.
func (q queries) PaceNow(ctx context.Context, account int64, pace Pace) (now PaceNow, err error) {
	p, err := q.paceState(ctx, account, "")
	if err != nil {
		return now, err
	}
	now = PaceNow{Rate: p.Learned.Rate(pace.Rate), Source: p.Learned.SourceOf(pace.Rate), Wave: p.Wave,
		Wait: max(0, p.Until.Sub(p.time()))}
	if p.day >= p.time().Format(time.DateOnly) {
		now.Today = p.dayCount
	}
	return now, nil
}

// PaceStatus is the rate in force, and how many requests the day has seen.
func (q queries) PaceStatus(ctx context.Context, account int64, pace Pace) (rate float64, today int64, err error) {
	now, err := q.PaceNow(ctx, account, pace)
	return now.Rate, now.Today, err
}
