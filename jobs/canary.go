package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// The first people of a run go alone. The queue of their batch is not served before
// they are invited, or all who wait behind them would turn in circles and use slots of
// the pace up; they are sent to without jobs, by one process at a time. What keeps the
// others back is the claim (see [store.Tx.Claim]) and nothing here.

// canaries are the batches whose first people this process sends to.
type canaries struct {
	mu    sync.Mutex
	going map[int64]bool
	left  map[int64]int // jobs of those who went first that may be in a queue, by batch
}

// canaryPoll is how often those who go first are looked after, while some of them cannot
// be sent to or are in doubt.
const canaryPoll = time.Second

// begin reports whether this process is not at it already, and is from now on.
func (c *canaries) begin(batch int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.going[batch] {
		return false
	}
	c.going[batch] = true
	return true
}

// leave says how many jobs of those who went first the queue of a batch may have, which
// was not served before.
func (c *canaries) leave(batch int64, jobs int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[batch] = jobs
}

// mayBeFirst reports whether a job that was taken from the queue of a batch may be of
// somebody who went first: they are at its head.
func (c *canaries) mayBeFirst(batch int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left[batch] == 0 {
		delete(c.left, batch)
		return false
	}
	c.left[batch]--
	return true
}

func (c *canaries) end(batch int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.going, batch)
}

// leadCanaries sends to those who go first, in the background, and returns the batches
// that hold nobody back.
func (s *Service) leadCanaries(ctx context.Context, all []store.Batch, open bool) (rest []store.Batch) {
	for _, b := range all {
		if b.CanaryTo == 0 {
			rest = append(rest, b)
			continue
		}
		if s.isStopping() || !open || !s.canaries.begin(b.ID) {
			continue
		}
		s.loops.Go(func() {
			defer s.canaries.end(b.ID)
			if err := s.leadCanary(ctx, b.ID); err != nil && ctx.Err() == nil {
				s.outages.tell("the first people of a batch could not be sent to; the others wait for them", err, zap.Int64("batch", b.ID))
				pause(ctx, canaryPoll)
			}
		})
	}
	return rest
}

// leadCanary sends to those of a batch who go first, if that is not another process's to
// do, and lets the others go when they are invited. A process that dies is followed by
// another when its lease is over.
func (s *Service) leadCanary(ctx context.Context, batch int64) error {
	lease := store.CanaryLease(batch)
	held, err := s.st.HoldLease(ctx, lease, s.cfg.Worker, s.cfg.Detail, s.cfg.Lease)
	if err != nil {
		return err
	}
	if !held {
		pause(ctx, canaryPoll)
		return nil
	}
	rows, err := s.st.Canary(ctx, batch)
	if err != nil {
		return err
	}
	var sent sync.WaitGroup
	for _, row := range rows {
		sent.Go(func() { s.inviteFirst(ctx, store.Key{Batch: batch, Row: row}) })
	}
	sent.Wait()
	over, err := s.judgeCanary(ctx, batch)
	if err != nil {
		return err
	}
	if !over {
		pause(ctx, canaryPoll)
	}
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	return s.st.ReleaseLease(done, lease, s.cfg.Worker)
}

// inviteFirst invites somebody without a job. Who cannot be sent to now stays queued,
// and comes again.
func (s *Service) inviteFirst(ctx context.Context, key store.Key) {
	if _, err := s.inviteInTurn(ctx, key); err != nil && !errors.Is(err, errNotNow) && ctx.Err() == nil {
		s.outages.tell("somebody who goes first could not be sent to now", err, zap.Int64("batch", key.Batch), zap.Int("row", key.Row))
	}
}

// judgeCanary lets the others of a batch go, or pauses it, and reports whether either was
// done.
func (s *Service) judgeCanary(ctx context.Context, batch int64) (over bool, err error) {
	var passed bool
	var paused []store.PausedBatch
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		passed, err = tx.JudgeCanary(ctx, batch)
		paused = tx.Paused()
		return err
	})
	if err != nil {
		return false, err
	}
	s.notePaused(paused)
	if passed {
		s.log.Info("the first people of the batch are invited, the others follow", zap.Int64("batch", batch))
		nudge(s.wake)
	}
	return passed || len(paused) > 0, nil
}

// notePaused takes over, and tells of, batches that paused themselves in a transaction of
// this process.
func (s *Service) notePaused(all []store.PausedBatch) {
	for _, b := range all {
		s.stops.note(b.Batch, time.Now())
	}
	tellPaused(s.log, all)
}

// tellPaused tells the log of batches that paused themselves. What the API said is for
// the people whose batch it is.
func tellPaused(log *zap.Logger, all []store.PausedBatch) {
	for _, p := range all {
		log.Warn(lineBatchPaused, zap.Int64("batch", p.Batch), zap.String("reason", p.Reason))
	}
}
