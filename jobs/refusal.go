package jobs

import (
	"context"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// newer reports whether a leave is of a later generation or wave than another.
func (l leave) newer(than leave) bool {
	if l.generation != than.generation {
		return l.generation > than.generation
	}
	return l.wave > than.wave
}

// isPace reports whether an answer is a 429 with so short a wait that the gate stays
// open: only the pace waits.
func (s *Service) isPace(c closing) bool {
	return c.reason == store.GateRateLimited && s.cfg.ShortWait > 0 && (!c.told || time.Until(c.until) <= s.cfg.ShortWait)
}

// writeRefusal applies a 429 to the pace of the fleet. The gate is closed as well if the
// wait is a long one, and then it is the gate that people and queues wait for.
func (s *Service) writeRefusal(ctx context.Context, c closing) error {
	var r store.Refused
	var g store.Gate
	var changed bool
	told := s.answers()
	var ago time.Duration
	if !c.leave.at.IsZero() {
		ago = time.Since(c.leave.at)
	}
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.RefusePace(ctx, s.account, s.cfg.Pace, store.Refusal{Wave: c.leave.wave, Ago: ago, Answers: told,
			Short: s.cfg.ShortWait, Told: c.told, Wait: func(inARow int) time.Duration { return s.refusedFor(c, inARow) }})
		switch {
		case err != nil:
			return err
		case r.DayOver:
			r.Gated = true
			g, changed, err = s.closeIn(ctx, tx, s.dayClosing(c, r), func(step int) time.Duration { return max(s.dayWait(step, r.DayEnds), r.Wait) })
			return err
		case !r.Gated:
			g, changed, err = s.keepTrying(ctx, tx, c)
			return err
		}
		g, changed, err = s.closeIn(ctx, tx, c, func(int) time.Duration { return r.Wait })
		return err
	})
	if err != nil {
		s.accepted.add(told)
		return err
	}
	if r.Gated || changed {
		s.closed(g, changed)
	} else {
		s.gate.unshut()
	}
	wait := r.Wait
	if r.Gated { // it is the gate's
		wait = s.gate.heldFor()
	}
	s.gate.moveTo(r.Wave, wait)
	s.gate.goOn(c.leave.wave)
	if r.Taken && !r.Gated {
		s.log.Info("the API asked for slower requests", zap.Duration("wait", r.Wait.Round(time.Millisecond)),
			zap.Float64("rate", r.Rate), zap.Duration("written_after", time.Since(c.heard).Round(time.Millisecond)))
	}
	return nil
}

// refusedFor is how long nobody sends after a 429, after so many in a row that met no
// success between them. A short wait is not made longer by chance: who waits for the pace
// goes one by one after it.
func (s *Service) refusedFor(c closing, inARow int) time.Duration {
	if c.told {
		wait := max(time.Until(c.until), 0)
		if wait <= s.cfg.ShortWait {
			return wait
		}
		return jitter(wait)
	}
	first := throttleFirst
	if s.cfg.Pace.Rate > 0 {
		first = max(time.Duration(2/s.cfg.Pace.Rate*float64(time.Second)), throttleLeast)
	}
	return stepOf(backoff(first, s.cfg.RetryAfterCap), inARow)
}

// A 429 that does not say how long to wait is answered with twice the time of
// one request at the configured rate, doubled each time in a row.
const (
	throttleFirst = time.Second
	throttleLeast = 50 * time.Millisecond
)
