package jobs

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// probeIdle is how soon a closed gate is looked at again when there was nobody
// to probe with, or the probe told nothing of its cause.
const probeIdle = 2 * time.Second

// startProbe sends one request through a closed gate whose time has come, in
// the background, unless this process is at it already.
func (s *Service) startProbe(ctx context.Context, g store.Gate) {
	if s.isStopping() || !s.probing.CompareAndSwap(false, true) {
		return
	}
	s.loops.Go(func() {
		defer s.probing.Store(false)
		if err := s.probe(ctx, g); err != nil && ctx.Err() == nil {
			s.outages.tell("the probe failed", err)
		}
	})
}

// probe takes the probe lease and invites one real applicant: an ordinary
// invitation, whose success opens the gate and whose refusal keeps it closed
// for longer. When nobody is queued an applicant in doubt is looked up, which
// creates nothing.
func (s *Service) probe(ctx context.Context, g store.Gate) error {
	hold := s.cfg.Timeout + slotPatience + commitTimeout
	var took bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		took, err = tx.TakeProbe(ctx, s.account, g.Generation, s.cfg.Worker, hold)
		return err
	})
	if err != nil || !took {
		return err
	}
	heard, err := s.probeWith(ctx, g)
	idle := probeIdle
	var early earlyError
	if errors.As(err, &early) {
		idle, err = max(probeIdle, early.wait), nil
	}
	if err != nil || !heard {
		return errors.Join(err, s.releaseProbe(ctx, g, idle))
	}
	return nil
}

// earlyError means that the pace lets no probe through yet.
type earlyError struct{ wait time.Duration }

func (e earlyError) Error() string { return "the pace lets no probe through for " + e.wait.String() }

// probeDay is how often a probe is tried when the day's requests are used up:
// the limit may be raised.
const probeDay = time.Minute

// probeWith sends the probe, and reports whether the gate was opened or closed
// anew by it.
func (s *Service) probeWith(ctx context.Context, g store.Gate) (bool, error) {
	key, err := s.st.ProbeCandidate(ctx, s.account, s.cfg.OnlyBatch)
	if errors.Is(err, store.ErrNotFound) {
		return s.probeLookup(ctx, g)
	}
	if err != nil {
		return false, err
	}
	t, err := s.countProbe(ctx)
	if errors.As(err, new(earlyError)) { // the day may have kept something for look-ups
		heard, other := s.probeLookup(ctx, g)
		if heard || other != nil {
			return heard, other
		}
	}
	if err != nil {
		return false, err
	}
	l := t.leave(g.Generation)
	c := s.commits.claim(key, l, t, true)
	if c.err != nil || !c.ok {
		s.pacer.unused(t)
		return false, c.err
	}
	session, err := s.send(c, func() bool { return true })
	if outcomeOf(err, c.applicant.WorkflowID != "").attempt == store.OutcomeNotSent {
		s.pacer.unused(t)
	}
	o, settled := s.conclude(ctx, c.applicant, session, err, l)
	return s.openAfter(ctx, g, o, settled)
}

// openAfter opens the gate when the probe's answer shows that its cause is
// gone. An answer that was lost closes it for longer.
func (s *Service) openAfter(ctx context.Context, g store.Gate, o outcome, settled error) (bool, error) {
	if o.gate == store.GateRateLimited {
		return false, settled // the pace may wait, and not the gate; what it says of it is kept
	}
	if o.gate != "" {
		return true, settled // it was heard, and closes the gate for longer
	}
	if o.attempt == store.OutcomeInDoubt {
		detail := g.Detail
		if g.Reason != store.GateUpstreamDown { // which told of something else
			detail = "the answer to a request that tried it was lost"
		}
		s.closeGate(closing{leave: leave{generation: g.Generation}, reason: store.GateUpstreamDown, detail: detail})
		return true, settled
	}
	if !clears(g.Reason, o) {
		return false, settled
	}
	var opened bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		if g.Reason == store.GateDayUsedUp {
			if err := tx.DayGoesOn(ctx, s.account, true); err != nil {
				return err
			}
		}
		if opened, err = tx.OpenGateAfterProbe(ctx, s.account, g.Generation); err != nil || !opened {
			return err
		}
		return forQueues(ctx, tx, s.account, s.river.resume)
	})
	if err != nil || !opened {
		return false, errors.Join(settled, err)
	}
	s.log.Info("the gate is open again", zap.String("was", g.Reason))
	_, err = s.readGate(ctx)
	return true, errors.Join(settled, err)
}

// clears tells whether an outcome shows that a cause is gone. A session made
// clears every cause. A refusal of the person shows that the API is there, but
// may come before it looks at the balance.
func clears(reason string, o outcome) bool {
	if o.attempt == store.OutcomeCreated {
		return true
	}
	gone := reason == store.GateUnreachable || reason == store.GateUpstreamDown || reason == store.GateMisconfigured
	return gone && o.alive
}

// countProbe takes one slot of the pace: probes count as all requests do. A slot
// that is too far off is given back, as the right to probe would end before it.
func (s *Service) countProbe(ctx context.Context) (turn, error) {
	return s.countRequest(ctx, false)
}

// countRequest does so for a look-up, or for anything else.
func (s *Service) countRequest(ctx context.Context, lookup bool) (turn, error) {
	slots, err := s.reserveSlots(ctx, store.SlotRequest{Want: 1, Lookups: lookup})
	switch {
	case err != nil:
		return turn{}, err
	case slots.N == 0:
		return turn{}, earlyError{min(slots.DayEnds, probeDay)}
	case slots.First > slotPatience:
		err := s.st.ReturnSlots(ctx, s.account, "", slots)
		return turn{}, errors.Join(err, earlyError{slots.First - slotPatience})
	}
	pause(ctx, slots.First)
	return turn{wave: slots.Wave, at: time.Now(), day: slots.Day, alone: slots.Alone}, ctx.Err()
}

func (s *Service) probeLookup(ctx context.Context, g store.Gate) (bool, error) {
	key, err := s.st.ProbeLookup(ctx, s.account)
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return false, err
	}
	t, err := s.countRequest(ctx, true)
	if err != nil {
		return false, err
	}
	o, err := s.lookup(ctx, key, t.leave(g.Generation))
	if err != nil {
		return false, err
	}
	return s.openAfter(ctx, g, o, nil)
}

func (s *Service) releaseProbe(ctx context.Context, g store.Gate, idle time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	return s.st.InTx(ctx, func(tx *store.Tx) error {
		return tx.ReleaseProbe(ctx, s.account, g.Generation, s.cfg.Worker, idle)
	})
}
