package store

import (
	"context"
	"time"
)

// Closing is an answer that closes the gate.
type Closing struct {
	Generation int64 // of the request that was answered
	Reason     string
	Detail     string
	Told       bool // the API itself said how long to wait
	// Wait is how long to wait the step-th time in a row.
	Wait func(step int) time.Duration
}

// CloseGate applies an answer to the gate and returns the gate as it then is,
// and whether it changed.
func (t *Tx) CloseGate(ctx context.Context, account int64, c Closing) (Gate, bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil {
		return g, false, err
	}
	next, changed := g.closed(c)
	if !changed {
		return g, false, nil
	}
	return next, true, t.writeGate(ctx, g, next)
}

// closed is the gate after an answer. What a person closed, no answer changes.
// An answer to the present generation closes it, or keeps it closed for longer
// when it is a probe's; a probe that met a limit says nothing of the cause,
// which stays. An answer to an older generation can only make a closed gate's
// cause stronger or its end later, and an open gate shut only when the API
// itself named a time to wait. No answer makes the end earlier: the time named
// with a 429 holds though a 402 came after it. Our own count of the day is no
// answer: its end is that of no other cause, and is found again when that is
// gone. The step grows while the same cause closes it again; an open gate that
// has one was closed by a limit.
func (g Gate) closed(c Closing) (Gate, bool) {
	if g.ByPerson {
		return g, false
	}
	next := g
	next.Reason, next.Detail = c.Reason, c.Detail
	switch {
	case c.Generation == g.Generation:
		next.Step = 1
		if c.Reason == g.Reason || g.Open() && timed(c.Reason) {
			next.Step = g.Step + 1
		}
		if !g.Open() && timed(c.Reason) && (!timed(g.Reason) || strength[c.Reason] < strength[g.Reason]) {
			next.Reason, next.Detail, next.Step = g.Reason, g.Detail, g.Step
		}
		if g.Open() {
			next.ClosedAt = g.Now
		}
		next.Generation++
		next.ProbeBy, next.ProbeUntil = "", time.Time{}
		next.Until = later(g.Until, g.Now.Add(c.Wait(next.Step)))
		return next, true
	case g.Open():
		if !c.Told || c.Reason != GateRateLimited {
			return g, false
		}
		next.Generation++
		next.ClosedAt = g.Now
		next.Until = g.Now.Add(c.Wait(next.Step))
		return next, true
	case strength[c.Reason] > strength[g.Reason] && c.Generation == g.Generation-1:
		next.Step = 1
		next.Until = g.Now.Add(c.Wait(next.Step))
		if g.Reason != GateDailyLimit {
			next.Until = later(g.Until, next.Until)
		}
		return next, true
	case c.Told && (c.Reason != GateDailyLimit || g.Reason == GateDailyLimit):
		next.Reason, next.Detail = g.Reason, g.Detail
		next.Until = g.Now.Add(c.Wait(next.Step))
		return next, next.Until.After(g.Until)
	}
	return g, false
}

// CloseGateByPerson closes the gate until a person opens it.
func (t *Tx) CloseGateByPerson(ctx context.Context, account int64, detail string) error {
	g, err := t.lockGate(ctx, account)
	if err != nil {
		return err
	}
	return t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1, Reason: GateByPerson, Detail: detail,
		ByPerson: true, ClosedAt: g.Now})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
