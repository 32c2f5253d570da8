package jobs

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// gatekeeper is a process's view of the gate. The row in the database is the
// truth, and claims are fenced by it; the view makes this process stop at the
// very answer that closes the gate, before the row is written.
type gatekeeper struct {
	mu      sync.Mutex
	gate    store.Gate
	until   time.Time     // gate.Until by this process's clock
	shut    bool          // an answer closed the gate, and it is not written yet
	changed chan struct{} // closed, and made anew, when the view changes
}

func newGatekeeper() *gatekeeper { return &gatekeeper{changed: make(chan struct{})} }

// view is the gate as this process knows it, and a channel that is closed when
// that changes.
func (k *gatekeeper) view() (g store.Gate, open bool, changed <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate, k.gate.Open() && !k.shut, k.changed
}

// openIn reports whether the gate is open in a generation.
func (k *gatekeeper) openIn(generation int64) bool {
	g, open, _ := k.view()
	return open && g.Generation == generation
}

// set takes over what the database says. A view that is older than the one
// held is dropped.
func (k *gatekeeper) set(g store.Gate) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if g.Generation < k.gate.Generation {
		return
	}
	if g.Generation > k.gate.Generation || !g.Open() {
		k.shut = false
	}
	if g.Generation != k.gate.Generation || g.Reason != k.gate.Reason || !g.Until.Equal(k.gate.Until) {
		close(k.changed)
		k.changed = make(chan struct{})
	}
	k.gate = g
	k.until = time.Now().Add(g.Wait())
}

// shutNow closes the view at once, for an answer of this generation.
func (k *gatekeeper) shutNow(generation int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shut || generation != k.gate.Generation || !k.gate.Open() {
		return
	}
	k.shut = true
	close(k.changed)
	k.changed = make(chan struct{})
}

// unshut takes back a closing that could not be written.
func (k *gatekeeper) unshut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shut = false
	close(k.changed)
	k.changed = make(chan struct{})
}

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

// closeGate shuts this process's view at once and has the closing written.
func (s *Service) closeGate(c closing) {
	s.gate.shutNow(c.generation)
	s.closings <- c
}

// writeClosings writes closings to the gate, those that come together as one:
// a fleet in flight gets the same answer many times over.
func (s *Service) writeClosings(ctx context.Context) {
	for {
		var c closing
		select {
		case <-ctx.Done():
			return
		case c = <-s.closings:
		}
		for _, more := range drain(s.closings, nil) {
			if more.stronger(c) {
				c = more
			}
		}
		if err := s.writeClosing(ctx, c); err != nil && ctx.Err() == nil {
			s.log.Error("the gate could not be closed in the database", zap.String("reason", c.reason), zap.Error(err))
			s.gate.unshut()
		}
	}
}

func (s *Service) writeClosing(ctx context.Context, c closing) error {
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

// pauseQueues pauses the queues of the account in the transaction that closes
// the gate.
func (s *Service) pauseQueues(ctx context.Context, tx *store.Tx) error {
	return forQueues(ctx, tx, s.account, s.river.pause)
}

// forQueues does something to the queue of every running batch of an account
// and to that of its look-ups.
func forQueues(ctx context.Context, tx *store.Tx, account int64, do func(context.Context, *store.Tx, string) error) error {
	running, err := tx.BatchesIn(ctx, account, store.BatchRunning)
	if err != nil {
		return err
	}
	for _, b := range running {
		if err := do(ctx, tx, batchQueue(b.ID)); err != nil {
			return err
		}
	}
	return do(ctx, tx, lookupQueue(account))
}

// watchGate keeps the view fresh, opens the gate when its time has come, and
// sends probes.
func (s *Service) watchGate(ctx context.Context) {
	for {
		wait := gatePoll
		if g, err := s.refreshGate(ctx); err == nil && !g.Open() && !g.ByPerson {
			wait = min(gatePoll, max(g.Wait(), 5*time.Millisecond))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// gatePoll is how often a process looks at the gate. A claim is fenced by the
// row itself, so this bounds only how soon work goes on.
const gatePoll = 300 * time.Millisecond

func (s *Service) refreshGate(ctx context.Context) (store.Gate, error) {
	g, err := s.st.Gate(ctx, s.account)
	if err != nil {
		return g, err
	}
	s.gate.set(g)
	if g.Open() || g.ByPerson || g.Wait() > 0 {
		return g, nil
	}
	if g.Timed() {
		return s.openWhenDue(ctx, g)
	}
	s.startProbe(ctx, g)
	return g, nil
}

// firstLook reads the gate when a process starts. One that is closed for the
// daily limit opens when the limit has been raised since.
func (s *Service) firstLook(ctx context.Context) error {
	g, err := s.st.Gate(ctx, s.account)
	if err != nil || g.Reason != store.GateDailyLimit {
		s.gate.set(g)
		return err
	}
	_, today, err := s.st.PaceStatus(ctx, s.account, s.cfg.Pace)
	if err == nil && (s.cfg.Pace.Daily == 0 || today < int64(s.cfg.Pace.Daily)) {
		err = s.st.InTx(ctx, func(tx *store.Tx) error {
			opened, err := tx.OpenGateAfterProbe(ctx, s.account, g.Generation)
			if err != nil || !opened {
				return err
			}
			return forQueues(ctx, tx, s.account, s.river.resume)
		})
	}
	if err == nil {
		g, err = s.st.Gate(ctx, s.account)
	}
	s.gate.set(g)
	return err
}

func (s *Service) openWhenDue(ctx context.Context, g store.Gate) (store.Gate, error) {
	err := s.st.InTx(ctx, func(tx *store.Tx) error {
		opened, err := tx.OpenGateWhenDue(ctx, s.account)
		if err != nil || !opened {
			return err
		}
		return forQueues(ctx, tx, s.account, s.river.resume)
	})
	if err != nil {
		return g, err
	}
	if g, err = s.st.Gate(ctx, s.account); err == nil {
		s.gate.set(g)
	}
	return g, err
}
