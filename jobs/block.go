package jobs

import (
	"context"
	"time"

	"usher/store"
)

// blockSize is how many slots to take: this process's share of what is due in blockTime,
// and not many more than there are jobs for.
func (p *pacer) blockSize() int {
	n := min(p.length(), blockMost)
	if p.rate > 0 {
		if n >= fewJobs {
			n *= 2 // others come while these are sent
		}
		sharers := max(p.sharers, 1)
		if p.sharers == 0 {
			sharers = sharersAtFirst
		}
		n = min(n, max(1, int(p.rate*blockTime.Seconds()/float64(sharers))))
	}
	return max(n, 1)
}

const (
	blockMost = 1000
	fewJobs   = 4
	// sharersAtFirst are as many processes as may share the pace before that is known.
	sharersAtFirst = 10
)

// slowLeast is how long after its time a slot may be used at the least that had to wait for
// an answer of the API. One that is later is lost: all that had to wait would else be used
// at once.
const slowLeast = 100 * time.Millisecond

// orHalfBurst is half of a burst in time, or the least that there is.
func (p *pacer) orHalfBurst(least, every time.Duration) time.Duration {
	return max(least, every*time.Duration(p.s.cfg.Pace.Burst)/2)
}

// linger is how long a slot waits for a job, so that a block lasts though jobs come one
// by one.
const linger = 50 * time.Millisecond

// handOut gives slots to those who wait, each at its time, and returns how many it gave
// and how many had to be let go as they were too late. It stops when nobody waits or the
// gate changes.
func (p *pacer) handOut(ctx context.Context, slots store.Slots, changed <-chan struct{}, whom func(batch int64) bool) (used, late int) {
	at := slots.Given.Add(slots.First)
	lateMost, slowMost := p.orHalfBurst(lateLeast, slots.Every), p.orHalfBurst(slowLeast, slots.Every)
	ahead := p.aheadFor(slots.Every)
	p.ahead.Store(int64(ahead))
	p.every.Store(int64(slots.Every))
	t := turn{wave: slots.Wave, day: slots.Day, ahead: slots.Lead+ahead > 0, fresh: p.s.freshFor(slots.Every), alone: slots.Alone}
	if slots.Every > 0 {
		t.block, t.lead = new(lateness), slots.Lead
		if slots.Lead > 0 {
			t.slack = slots.Every * time.Duration(max(p.s.cfg.Pace.Burst, 1)-1) / 2 // the other half went at once
		}
		if p.asked > 0 && p.asked < p.leadMost() { // else it cannot be asked for any sooner
			t.late = lateMost
		}
	}
	var moment time.Time // slots before it are given out together
	for used+late < slots.N {
		var w *waiter
		var held bool // until an answer of the API came
		if at.Before(moment) {
			w = p.tryNext(changed, whom)
		}
		if w == nil {
			if !waitUntil(ctx, at.Add(-slots.Lead), changed) {
				return used, late
			}
			if w, held = p.await(ctx, changed, whom); w == nil {
				return used, late
			}
			moment = time.Now().Add(slots.Lead + ahead)
		}
		most := lateMost
		if held {
			most = slowMost
		}
		if behind := time.Since(later(at, slots.Given)) - most; behind > 0 && slots.Every > 0 && used+late > 0 {
			n := min(int(behind/slots.Every)+1, slots.N-used-late-1) // the last one is used: somebody waits for it
			late, at = late+n, at.Add(time.Duration(n)*slots.Every)
		}
		t.at, t.given = later(at, slots.Given), time.Now()
		if held { // it is used all the same, and not late by that
			t.at = later(t.at, t.given)
			p.leads.waited(t.given)
		}
		w.granted <- t
		used++
		at = at.Add(slots.Every)
	}
	return used, late
}

// await takes a place among the requests in flight and the waiter whose turn it is, and
// reports whether an answer had to come before there was a place. The waiter is nil when
// nobody comes in a while, or the gate changes; then no place is taken.
func (p *pacer) await(ctx context.Context, changed <-chan struct{}, whom func(batch int64) bool) (w *waiter, held bool) {
	select {
	case p.inFlight <- struct{}{}:
	default:
		held = true
		select {
		case p.inFlight <- struct{}{}:
		case <-changed:
			return nil, held
		case <-ctx.Done():
			return nil, held
		}
	}
	patience := time.NewTimer(linger)
	defer patience.Stop()
	for {
		if w := p.nextOf(whom); w != nil {
			return w, held
		}
		select {
		case <-p.wake:
			continue
		case <-patience.C:
		case <-changed:
		case <-ctx.Done():
		}
		p.release()
		return nil, held
	}
}

// giveBack gives back the last slots of a block, which nobody needed, and those that were
// too late, whose times are over.
func (p *pacer) giveBack(ctx context.Context, slots store.Slots, unused, late int) {
	if unused+late == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	left := slots
	if left.N = unused + late; late > 0 { // of which those at the end are free
		left.Every = slots.Every * time.Duration(unused) / time.Duration(left.N)
	}
	if err := p.s.st.ReturnSlots(ctx, p.s.account, p.s.cfg.Worker, left); err != nil {
		p.s.outages.tell("unused slots could not be given back", err)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
