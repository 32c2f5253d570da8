package jobs

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// served are the batches whose queues this process serves.
type served struct {
	mu    sync.Mutex
	names map[int64]*servedQueue
}

type servedQueue struct{ leaving bool }

// servedMost is how many batches a process serves at once.
const servedMost = 8

// reconcile serves the queue of each running batch that is not quiet, and holds nobody
// back, while the gate is open. It is a loop of its own and never a worker: taking a queue away waits for its
// jobs.
func (s *Service) reconcile(ctx context.Context) {
	p := passes{first: passFirst, most: passTimeout}
	for ctx.Err() == nil {
		_, _, changed := s.gate.view()
		any := true
		err := p.do(ctx, func(soon context.Context) (err error) {
			any, err = s.reconcileOnce(ctx, soon)
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.outages.tell("the queues could not be reconciled", err)
			pause(ctx, time.Second)
		}
		s.idle(ctx, changed, s.reconcilePoll(any || err != nil))
	}
}

// reconcileOnce does what is to be done soon, and sets off what lasts as long as
// ctx. It reports whether any batch runs.
func (s *Service) reconcileOnce(ctx, soon context.Context) (any bool, err error) {
	if err := s.followGate(soon); err != nil {
		return false, err
	}
	running, err := s.running(soon)
	if err != nil {
		return false, err
	}
	for _, b := range running {
		if err := s.finish(soon, b); err != nil {
			return false, err
		}
	}
	_, open, _ := s.gate.view()
	want := s.leadCanaries(ctx, choose(s.followQuiet(soon, running)), open)
	s.dropOthers(ctx, want)
	if !open {
		return len(running) > 0, nil
	}
	var failed error // one queue must not keep the others waiting
	for _, b := range want {
		failed = errors.Join(failed, s.serve(soon, b))
	}
	return len(running) > 0, failed
}

// followAgain is how often the queues are told of the same gate again. River
// hears of a pause and its end by a notification only, and never of one that was
// sent while its listener was not connected, as after a restart of the database.
const followAgain = 10 * time.Second

// followGate pauses or resumes the queues, for each generation of the gate that
// this process sees, and again now and then. Whoever moves the gate has done so already, except
// for a queue that was not there yet, or not wanted, at that moment, and except
// for a new key, which opens the gate without knowing of queues. A queue left
// open makes its jobs turn in circles; one left paused is never worked again.
func (s *Service) followGate(ctx context.Context) error {
	seen, open, _ := s.gate.view()
	if seen.Generation == s.followed && time.Since(s.followedAt) < followAgain || open != seen.Open() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	moved := false
	err := s.st.InTx(ctx, func(tx *store.Tx) error {
		g, err := tx.HoldGate(ctx, s.account)
		if moved = g.Generation != seen.Generation; err != nil || moved {
			return err
		}
		if open {
			return forQueues(ctx, tx, s.account, s.river.resume)
		}
		return s.pauseQueues(ctx, tx, g)
	})
	if err == nil && !moved {
		s.followed, s.followedAt = seen.Generation, time.Now()
	}
	return wrap("follow the gate", err)
}

// running lists the batches this process may work on.
func (s *Service) running(ctx context.Context) ([]store.Batch, error) {
	all, err := s.st.BatchesIn(ctx, s.account, store.BatchRunning)
	if err != nil {
		return nil, err
	}
	s.noteBusy(len(all) > 0) // also with those of others: what this process sweeps is everybody's
	if s.cfg.OnlyBatch == 0 {
		return all, nil
	}
	for _, b := range all {
		if b.ID == s.cfg.OnlyBatch {
			return []store.Batch{b}, nil
		}
	}
	return nil, nil
}

// choose picks the batches to serve when there are too many: the oldest half
// and the newest half, so that neither waits for all the others.
func choose(running []store.Batch) []store.Batch {
	if len(running) <= servedMost {
		return running
	}
	chosen := append([]store.Batch{}, running[:servedMost/2]...)
	return append(chosen, running[len(running)-servedMost/2:]...)
}

// InTurn are those of an account's running batches, the oldest first, whose people a
// worker sends to now. Quiet ones need no turn.
func InTurn(running []store.Batch) []store.Batch {
	return choose(slices.DeleteFunc(slices.Clone(running), func(b store.Batch) bool { return b.IsQuiet }))
}

// serve starts to serve a batch's queue, unless it is served already.
func (s *Service) serve(ctx context.Context, b store.Batch) error {
	s.served.mu.Lock()
	defer s.served.mu.Unlock()
	if s.served.names[b.ID] != nil {
		return nil
	}
	if s.isStopping() {
		return nil
	}
	open := false
	err := s.st.InTx(ctx, func(tx *store.Tx) error {
		g, err := tx.HoldGate(ctx, s.account)
		if open = g.Open(); err != nil || !open {
			return err
		}
		return s.river.resume(ctx, tx, batchQueue(b.ID))
	})
	if err != nil || !open {
		return err
	}
	s.canaries.leave(b.ID, b.Breakers.Canary)
	if err := s.river.add(ctx, batchQueue(b.ID), s.workers(), s.fetchCooldown()); err != nil {
		return err
	}
	s.served.names[b.ID] = &servedQueue{}
	return nil
}

// workers is how many jobs of a batch are taken at a time: twice as many as
// requests may be in flight, as the others wait to be claimed, or for their
// settlement to be committed; enough to use the rate with slow answers; and
// few enough that none waits long for its slot.
func (s *Service) workers() int {
	n := 2 * s.cfg.Concurrency
	if rate := s.cfg.Pace.Rate; rate > 0 {
		n = min(n, max(2, int(math.Ceil(rate*2*slotPatience.Seconds()))))
	}
	return n
}

// fetchCooldown is how long to wait between two fetches of a batch's jobs: as long as the
// pace needs for a few of them, so that a fetch at a slow pace is not for one alone, and
// never so long that jobs run short.
func (s *Service) fetchCooldown() time.Duration {
	if s.cfg.Pace.Rate <= 0 {
		return fetchCooldown
	}
	few := float64(s.workers()) / 8 / s.cfg.Pace.Rate
	return min(max(time.Duration(few*float64(time.Second)), fetchCooldown), fetchCooldownMost)
}

// fetchCooldownMost keeps jobs that are put off or urgent from waiting for long.
const fetchCooldownMost = 400 * time.Millisecond

// dropOthers stops serving batches that are not wanted any more.
func (s *Service) dropOthers(ctx context.Context, want []store.Batch) {
	wanted := make(map[int64]bool, len(want))
	for _, b := range want {
		wanted[b.ID] = true
	}
	s.served.mu.Lock()
	defer s.served.mu.Unlock()
	for batch, q := range s.served.names {
		if wanted[batch] || q.leaving {
			continue
		}
		q.leaving = true
		s.loops.Go(func() { s.drop(ctx, batch) })
	}
}

func (s *Service) drop(ctx context.Context, batch int64) {
	s.pacer.sendAway(func(b int64) bool { return b == batch })
	err := s.river.remove(ctx, batchQueue(batch))
	s.served.mu.Lock()
	defer s.served.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		s.outages.tell("a queue could not be dropped", err, zap.Int64("batch", batch))
		s.served.names[batch].leaving = false
		return
	}
	delete(s.served.names, batch)
}
