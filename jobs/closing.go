package jobs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// closing is an answer on its way to the gate.
type closing struct {
	leave  leave
	reason string
	detail string
	told   bool      // the API said how long to wait
	until  time.Time // by this process's clock, when told
	heard  time.Time
}

// stronger reports whether c tells more than o.
func (c closing) stronger(o closing) bool {
	if !c.leave.same(o.leave) {
		return c.leave.newer(o.leave)
	}
	if c.reason != o.reason {
		return store.GateStrength(c.reason) > store.GateStrength(o.reason)
	}
	return c.until.After(o.until)
}

// closings are the answers on their way to the gate. Those that say the same
// are kept as one: a fleet in flight gets the same answer many times over. To
// add one never waits, so whoever does is not held up by the database.
type closings struct {
	mu   sync.Mutex
	all  []closing
	wake chan struct{}
}

func newClosings() *closings { return &closings{wake: make(chan struct{}, 1)} }

func (q *closings) add(c closing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	nudge(q.wake)
	for i, o := range q.all {
		if o.leave.same(c.leave) && o.reason == c.reason {
			first := o.leave.at // of those that were refused for one cause
			if c.leave.at.Before(first) {
				first = c.leave.at
			}
			if c.stronger(o) {
				q.all[i] = c
			}
			q.all[i].leave.at = first
			return
		}
	}
	q.all = append(q.all, c)
}

// take takes all, the strongest first: it decides the cause, and a time to wait
// that came with a weaker one can then only make it last longer.
func (q *closings) take() []closing {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.all
	q.all = nil
	slices.SortStableFunc(all, func(a, b closing) int {
		switch {
		case a.stronger(b):
			return -1
		case b.stronger(a):
			return 1
		}
		return 0
	})
	return all
}

// closeGate stops this process at once and has the closing written.
func (s *Service) closeGate(c closing) {
	if s.isPace(c) {
		s.gate.refuse(c.leave.wave)
	} else {
		s.gate.shutNow(c.leave.generation)
	}
	s.closings.add(c)
}

// writeClosings writes closings to the gate, and tells the pace of an answer that others
// wait for. Closings that it leaves when ctx is done are written by [Service.Stop].
func (s *Service) writeClosings(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.closings.wake:
		case <-s.accepted.now:
			s.tellAnswers(ctx)
		}
		for _, c := range s.closings.take() {
			s.writeUntil(ctx, c)
		}
	}
}

// writeUntil writes a closing, and tries for a while when the database is away:
// what the API said once it need not say again. This process sends nothing
// meanwhile, and no sooner than the API said.
func (s *Service) writeUntil(ctx context.Context, c closing) {
	until := time.Now().Add(settleFor)
	if c.told && c.until.After(until) {
		until = c.until
	}
	for ; ; pause(ctx, time.Second) {
		if ctx.Err() != nil {
			s.closings.add(c)
			return
		}
		err := s.writeClosing(ctx, c)
		switch {
		case err == nil:
			return
		case ctx.Err() == nil && time.Now().After(until):
			s.outages.tell("the gate could not be closed in the database", err, zap.String("reason", c.reason))
			s.gate.unshut()
			s.gate.goOn(c.leave.wave)
			return
		}
	}
}

// flushClosings writes what the last requests of a process were answered, so
// that the next process knows.
func (s *Service) flushClosings() {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	for _, c := range s.closings.take() {
		if err := s.writeClosing(ctx, c); err != nil {
			s.outages.tell("the gate could not be closed in the database", err, zap.String("reason", c.reason))
		}
	}
}

func (s *Service) writeClosing(ctx context.Context, c closing) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	if c.reason == store.GateRateLimited { // the sooner others know, the fewer go out too early
		err := s.writeRefusal(ctx, c)
		if !errors.Is(err, store.ErrClockSetBack) {
			return err
		}
	}
	// What waits because of the old clock is brought back before it is added to:
	// a time that the API names now is told by the new one.
	if err := s.seeClock(ctx); err != nil {
		return err
	}
	if c.reason == store.GateRateLimited {
		return s.writeRefusal(ctx, c)
	}
	var g store.Gate
	var changed bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		g, changed, err = s.closeIn(ctx, tx, c, func(step int) time.Duration { return s.waitFor(c, step) })
		return err
	})
	if err == nil {
		s.closed(g, changed)
	}
	return err
}

// closeIn applies an answer to the gate, and pauses the queues if that closes it.
func (s *Service) closeIn(ctx context.Context, tx *store.Tx, c closing, wait func(step int) time.Duration) (store.Gate, bool, error) {
	g, changed, err := tx.CloseGate(ctx, s.account, store.Closing{
		Generation: c.leave.generation, Reason: c.reason, Detail: c.detail, Told: c.told, Wait: wait,
	})
	if err == nil && changed {
		err = s.pauseQueues(ctx, tx, g)
	}
	return g, changed, err
}

// closed takes over the gate after an answer was applied to it.
func (s *Service) closed(g store.Gate, changed bool) {
	s.gate.set(g)
	if changed {
		s.log.Warn(lineGateClosed, zap.String("reason", g.Reason), zap.String("detail", g.Detail),
			zap.Duration("wait", g.Wait().Round(time.Millisecond)))
	} else if g.Open() {
		s.gate.unshut() // the answer was too old to close anything
	}
}

// waitFor is how long the gate stays closed for a cause the step-th time in a
// row, or how long it is until the next probe.
func (s *Service) waitFor(c closing, step int) time.Duration {
	if c.told {
		return jitter(max(time.Until(c.until), 0))
	}
	switch c.reason {
	case store.GateUnreachable, store.GateUpstreamDown:
		return jitter(stepOf(backoff(time.Second, time.Minute), step))
	}
	return jitter(stepOf(backoff(s.cfg.ProbeFirst, s.cfg.ProbeMost), step))
}
