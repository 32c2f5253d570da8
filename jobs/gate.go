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
	until   time.Time // gate.Until by this process's clock
	shut    bool      // an answer closed the gate, and it is not written yet
	wave    int64     // of the pace, as far as this process knows
	held    time.Time // until when the API has asked to wait, by this process's clock
	refused bool      // an answer said to wait, and it is not written yet
	// refusedIn is the latest wave of such an answer.
	refusedIn int64
	changed   chan struct{} // closed, and made anew, when the view changes
}

func newGatekeeper() *gatekeeper { return &gatekeeper{changed: make(chan struct{})} }

// view is the gate as this process knows it, and a channel that is closed when
// that changes.
func (k *gatekeeper) view() (g store.Gate, open bool, changed <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate, k.gate.Open() && !k.shut, k.changed
}

// lookupsOpen is the gate as this process knows it, and whether it lets look-ups through.
func (k *gatekeeper) lookupsOpen() (g store.Gate, open bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate, k.gate.LetsLookups() && !k.shut
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

// pauseQueues pauses the queues of the account in the transaction that closes
// the gate. That of look-ups goes on where the gate lets them through.
func (s *Service) pauseQueues(ctx context.Context, tx *store.Tx, g store.Gate) error {
	if !g.LetsLookups() {
		return forQueues(ctx, tx, s.account, s.river.pause)
	}
	if err := forBatches(ctx, tx, s.account, s.river.pause); err != nil {
		return err
	}
	return s.river.resume(ctx, tx, lookupQueue(s.account))
}

type queueChange = func(ctx context.Context, tx *store.Tx, queue string) error

// forQueues does something to the queue of every running batch of an account
// and to that of its look-ups.
func forQueues(ctx context.Context, tx *store.Tx, account int64, do queueChange) error {
	if err := forBatches(ctx, tx, account, do); err != nil {
		return err
	}
	return do(ctx, tx, lookupQueue(account))
}

// forBatches does something to the queue of every running batch of an account.
func forBatches(ctx context.Context, tx *store.Tx, account int64, do queueChange) error {
	running, err := tx.BatchesIn(ctx, account, store.BatchRunning)
	if err != nil {
		return err
	}
	for _, b := range running {
		if err := do(ctx, tx, batchQueue(b.ID)); err != nil {
			return err
		}
	}
	return nil
}

// watchGate keeps the view fresh, opens the gate when its time has come, and
// sends probes.
func (s *Service) watchGate(ctx context.Context) {
	for {
		wait := gatePoll
		if g, err := s.refreshGate(ctx); err == nil {
			wait = lookIn(g, s.gatePoll())
		}
		select {
		case <-ctx.Done():
			return
		case <-s.news:
			s.readPace(ctx)
		case <-time.After(wait):
		}
	}
}

// lookIn is how soon to look at a gate again: when its time comes, if that is
// soon. Once it has come a probe is under way, and that may take a while.
func lookIn(g store.Gate, poll time.Duration) time.Duration {
	if g.Open() || g.ByPerson {
		return poll
	}
	if g.Wait() <= 0 {
		return min(poll, gatePoll)
	}
	return min(poll, max(g.Wait(), 5*time.Millisecond))
}

// refreshGate reads the gate and does what is due. It is for the loop alone:
// the probe that it may send must outlive any job.
func (s *Service) refreshGate(ctx context.Context) (store.Gate, error) {
	g, err := s.readGate(ctx)
	if err != nil {
		return g, err
	}
	if g.Astray(longestWait) {
		return s.bringGateBack(ctx, g)
	}
	s.openForKey(ctx, g)
	if g.Open() || g.ByPerson || g.Wait() > 0 || g.Probed() {
		return g, nil
	}
	if g.Timed() {
		return s.openWhenDue(ctx, g)
	}
	s.startProbe(ctx, g)
	return g, nil
}

// longestWait is longer than any wait there is: the longest is for the next day.
const longestWait = 25 * time.Hour

func (s *Service) bringGateBack(ctx context.Context, g store.Gate) (store.Gate, error) {
	soon, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	brought := false
	err := s.st.InTx(soon, func(tx *store.Tx) (err error) {
		brought, err = tx.BringGateBack(soon, s.account, longestWait)
		return err
	})
	if err != nil {
		return g, err
	}
	if brought {
		s.log.Warn("the gate was closed until a time that cannot be, as when the clock is set back; it was brought back", zap.String("reason", g.Reason))
	}
	return s.readGate(ctx)
}

// readGate brings the view up to date.
func (s *Service) readGate(ctx context.Context) (store.Gate, error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	g, err := s.st.Gate(ctx, s.account)
	if err == nil {
		s.pacer.given.saw(g.Now, time.Now())
		s.gate.set(g)
	}
	return g, err
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
	if err == nil && (s.cfg.Pace.Daily == 0 || today < int64(s.cfg.Pace.Daily-s.cfg.Pace.Reserve)) {
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
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
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
	return s.readGate(ctx)
}
