package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"usher/store"
	"usher/upstream"
)

// At an everyday pace most of what a person costs is the transactions, of which each was
// for one alone. So the slots of a moment are given out together, and their people
// claimed in one transaction, each before the time of his slot; see [Service.holds] for
// what keeps that from being less than a claim at its time. Who is claimed and not sent to
// is in doubt when the process dies, so it is a moment only, and few.
const (
	aheadMoment = 400 * time.Millisecond
	aheadPeople = 8 // people
	// aheadOf is which part of a request's time may pass before its slot comes.
	aheadOf = 20
	// aheadFrom is the least distance of slots at which it is of use: closer ones share
	// transactions by themselves.
	aheadFrom = 5 * time.Millisecond
)

// turn is a slot of the pace that was given to somebody.
type turn struct {
	wave  int64
	at    time.Time     // when to send
	ahead bool          // given out with others, some before their time
	day   string        // the day that it counts against, empty for none
	given time.Time     // when it was given out
	block *lateness     // of which it is one, nil for a slot that has no time
	slack time.Duration // how much less late than others of its block it may be
	lead  time.Duration // how long before its time it was given out
	late  time.Duration // how late it may be used, 0 for at any time
	fresh time.Duration // for how long its claim is taken to hold
	alone bool          // all others wait for the answer
}

// aheadFor is how long before their time slots at such a distance are given out; 0 is not
// at all.
func (p *pacer) aheadFor(every time.Duration) time.Duration {
	if every < aheadFrom {
		return 0
	}
	return min(aheadMoment, aheadPeople*every, p.s.cfg.Timeout/aheadOf)
}

// tryNext takes a place among the requests in flight and the waiter whose turn it is, if
// both are at hand and half of the places stay free for those whose time has come.
func (p *pacer) tryNext(changed <-chan struct{}, whom func(batch int64) bool) *waiter {
	select {
	case <-changed:
		return nil
	default:
	}
	if len(p.inFlight) >= cap(p.inFlight)/2 {
		return nil
	}
	p.inFlight <- struct{}{} // only the pacer takes places
	w := p.nextOf(whom)
	if w == nil {
		p.release()
	}
	return w
}

// untilTurn waits for the time of a turn, and reports whether it came before the leave was
// over and the process stopped.
func (s *Service) untilTurn(t turn, allowed func() bool) bool {
	for {
		_, _, changed := s.gate.view()
		if !allowed() || s.isStopping() {
			return false
		}
		d := time.Until(t.at)
		if d < time.Millisecond {
			return true
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-changed:
		case <-s.stopping:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// holdFresh is how long a claim is taken to hold after it was committed. It is
// holdFreshMost where this process is told of whatever others do to the gate, the pace and
// the batches: to ask anew before each request costs as much as all else of it, and where
// slots are close it holds them up. On SQLite nobody tells of a batch that another
// program pauses, nor of the gate, so there it is holdFreshClose, and for close slots only.
const (
	holdFresh      = 25 * time.Millisecond
	holdFreshClose = 250 * time.Millisecond
	holdFreshMost  = 500 * time.Millisecond
	closeSlots     = 20 * time.Millisecond
)

func (s *Service) freshFor(every time.Duration) time.Duration {
	switch {
	case s.isTold():
		return holdFreshMost
	case s.hears.Load() && every < closeSlots:
		return holdFreshClose
	}
	return holdFresh
}

// fresh reports whether a claim is taken to hold as it was made just now.
func (s *Service) fresh(c claimed, t turn) bool {
	most := t.fresh
	if !s.hears.Load() {
		most = min(most, holdFresh)
	}
	now := time.Now()
	past := max(now.Sub(c.at), now.Round(0).Sub(c.at.Round(0))) // the first stands still while the machine sleeps
	return past < most && !s.stops.since(c.applicant.Batch, c.at)
}

// holds waits for the time of a turn whose applicant is claimed, and reports whether the
// claim could still be made then: gate, wave, batch and lease may have changed. It is asked
// just before sending, unless the claim is fresh and nothing was heard of its batch.
func (s *Service) holds(c claimed, l leave, t turn) bool {
	if !s.untilTurn(t, func() bool { return s.gate.allows(l) }) {
		return false
	}
	if !t.ahead || s.fresh(c, t) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	ok, err := s.st.ClaimHolds(ctx, s.commits.rights(&claim{leave: l}), c.applicant.Key, c.applicant.Attempt)
	if err != nil {
		s.outages.tell("whether somebody may still be sent to could not be read", err, zap.Int64("batch", c.applicant.Batch))
	}
	if err == nil && !ok {
		_, _ = s.readGate(ctx) // another process may have closed it
	}
	return ok && err == nil
}

// patience is for how long a settlement may wait for others, as the next jobs wait for
// their slots anyway: as many as there are slots in that time, so that no job is missed that
// waits. One that may stop a batch, or the last ones of a batch, wait for nobody.
func (s *Service) patience(o outcome) time.Duration {
	wait := time.Duration(s.pacer.ahead.Load()) * 3 / 2 // until the claims of the next moment at the latest
	every := time.Duration(s.pacer.every.Load())
	if o.attempt != store.OutcomeCreated || every > wait || s.pacer.length() <= int(wait/max(every, 1)) {
		return 0
	}
	return wait
}

// putBack is what becomes of a request that was not made.
func putBack() (upstream.Session, error) {
	return upstream.Session{}, &upstream.TransportError{Kind: "cancelled"}
}

// rights are those of a claim.
func (c *committer) rights(r *claim) store.ClaimParams {
	p := c.params
	p.Generation, p.Wave, p.Probe = r.leave.generation, r.leave.wave, r.probe
	if r.turn.ahead {
		p.Ahead = holdFreshMost // an older one is asked for anew
	}
	return p
}
