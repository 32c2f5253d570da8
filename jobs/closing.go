package jobs

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// closing is an answer on its way to the gate.
type closing struct {
	generation int64
	reason     string
	detail     string
	told       bool      // the API said how long to wait
	until      time.Time // by this process's clock, when told
}

// stronger reports whether c tells more than o.
func (c closing) stronger(o closing) bool {
	if c.generation != o.generation {
		return c.generation > o.generation
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
	select {
	case q.wake <- struct{}{}:
	default:
	}
	for i, o := range q.all {
		if o.generation == c.generation && o.reason == c.reason {
			if c.stronger(o) {
				q.all[i] = c
			}
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

// closeGate shuts this process's view at once and has the closing written.
func (s *Service) closeGate(c closing) {
	s.gate.shutNow(c.generation)
	s.closings.add(c)
}

// writeClosings writes closings to the gate. What it leaves when ctx is done is
// written by [Service.Stop].
func (s *Service) writeClosings(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.closings.wake:
		}
		for _, c := range s.closings.take() {
			s.writeUntil(ctx, c)
		}
	}
}

// writeUntil writes a closing, and tries for a while when the database is away:
// what the API said once it need not say again. This process sends nothing
// meanwhile.
func (s *Service) writeUntil(ctx context.Context, c closing) {
	for until := time.Now().Add(settleFor); ; pause(ctx, time.Second) {
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
	// What waits because of the old clock is brought back before it is added to:
	// a time that the API names now is told by the new one.
	if err := s.seeClock(ctx); err != nil {
		return err
	}
	var g store.Gate
	var changed bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		before, err := tx.Gate(ctx, s.account)
		if err != nil {
			return err
		}
		g, changed, err = tx.CloseGate(ctx, s.account, store.Closing{
			Generation: c.generation, Reason: c.reason, Detail: c.detail, Told: c.told,
			Wait: func(step int) time.Duration { return s.waitFor(c, step) },
		})
		if err != nil || !changed {
			return err
		}
		if c.reason == store.GateRateLimited && before.Open() {
			if err := tx.CutPace(ctx, s.account, s.cfg.Pace, s.meter.rate()); err != nil {
				return err
			}
		}
		return s.pauseQueues(ctx, tx)
	})
	if err != nil {
		return err
	}
	s.gate.set(g)
	if changed {
		s.log.Warn("the gate is closed", zap.String("reason", g.Reason), zap.String("detail", g.Detail),
			zap.Duration("wait", g.Wait().Round(time.Millisecond)))
	} else if g.Open() {
		s.gate.unshut() // the answer was too old to close anything
	}
	return nil
}

// waitFor is how long the gate stays closed for a cause the step-th time in a
// row, or how long it is until the next probe.
func (s *Service) waitFor(c closing, step int) time.Duration {
	if c.told {
		return jitter(max(time.Until(c.until), 0))
	}
	switch c.reason {
	case store.GateRateLimited:
		first := throttleFirst
		if s.cfg.Pace.Rate > 0 {
			first = max(time.Duration(2/s.cfg.Pace.Rate*float64(time.Second)), throttleLeast)
		}
		return jitter(stepOf(backoff(first, s.cfg.RetryAfterCap), step))
	case store.GateUnreachable, store.GateUpstreamDown:
		return jitter(stepOf(backoff(time.Second, time.Minute), step))
	}
	return jitter(stepOf(backoff(s.cfg.ProbeFirst, s.cfg.ProbeMost), step))
}

// A 429 that does not say how long to wait is answered with twice the time of
// one request at the configured rate, doubled each time in a row.
const (
	throttleFirst = time.Second
	throttleLeast = 50 * time.Millisecond
)
