package jobs

import (
	"context"
	"fmt"
	"time"

	"usher/store"
)

// spentFor is how long the day has nothing left, not even for look-ups. A minute at the
// most is believed, as the limit may be raised.
func (p *pacer) spentFor() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.spent)
}

// onlyLookups hands out slots while the day is used up for everybody else, until the view
// of the gate changes.
func (p *pacer) onlyLookups(ctx context.Context, changed <-chan struct{}) {
	p.sendAway(func(batch int64) bool { return batch != lookups })
	want := p.waitingFor(lookups)
	if want == 0 {
		select {
		case <-ctx.Done():
		case <-changed:
		case <-p.wake:
		}
		return
	}
	slots, err := p.s.reserveSlots(ctx, store.SlotRequest{Want: min(want, p.blockSize()), Lookups: true, Worker: p.s.cfg.Worker})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		p.s.outages.tell("no slots could be reserved", err)
		pause(ctx, time.Second)
	case slots.N == 0:
		p.mu.Lock()
		p.spent = time.Now().Add(min(slots.DayEnds, spentMost))
		p.mu.Unlock()
		p.sendAway(func(int64) bool { return true })
	default:
		p.use(ctx, slots, changed, func(batch int64) bool { return batch == lookups })
	}
}

// spentMost is how long it is believed that a day has nothing left.
const spentMost = time.Minute

// waitingFor is how many of a batch wait for a slot.
func (p *pacer) waitingFor(batch int64) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting[batch])
}

// lookupPutOff reports whether a look-up cannot be made as the day has nothing left for
// it, and puts it off. A job of it is made again then.
func (s *Service) lookupPutOff(ctx context.Context, d store.InDoubt) (bool, error) {
	left := s.pacer.spentFor()
	if left <= 0 {
		return false, nil
	}
	return true, s.st.PostponeLookup(ctx, d.Key, d.Attempt, max(left, time.Second))
}

// The tries of a day that the API has used up come seldom: after a 288th of the day, which
// is five minutes, then after three times as long, and so on. That makes six a day.
const (
	dayTries  = 288
	tryFactor = 3
)

// dayWait is how long it is until the step-th try of a day that the API says is used up,
// with so long left of it. It is over when it ends.
func (s *Service) dayWait(step int, ends time.Duration) time.Duration {
	wait := s.cfg.Pace.Calendar().Span() / dayTries
	for range min(step, 30) - 1 {
		if wait *= tryFactor; wait > ends {
			break
		}
	}
	return jitter(max(min(wait, ends), 0))
}

// dayClosing is a refusal that means that the API's requests of the day are used up.
func (s *Service) dayClosing(c closing, r store.Refused) closing {
	c.reason, c.told = store.GateDayUsedUp, false
	c.detail = fmt.Sprintf("the API goes on refusing (HTTP 429), as it does when the requests of a day are used up; it let %d through in this one",
		r.DayAllowed)
	return c
}

// keepTrying is for the refusal of a try that came when a new day had begun by our count:
// the gate stays closed for the same reason, and is tried again soon.
func (s *Service) keepTrying(ctx context.Context, tx *store.Tx, c closing) (store.Gate, bool, error) {
	g, err := tx.HoldGate(ctx, s.account)
	if err != nil || g.Reason != store.GateDayUsedUp || g.Generation != c.leave.generation {
		return g, false, err
	}
	c.told = false
	return s.closeIn(ctx, tx, c, func(int) time.Duration { return s.dayWait(1, longestWait) })
}
