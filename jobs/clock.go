package jobs

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// SeeClock notes what the database's clock shows, and brings the times back
// that lie in the future because it was set back. See [store.Store.SeeClock].
func SeeClock(ctx context.Context, st *store.Store, log *zap.Logger) error {
	_, err := seeClock(ctx, st, log)
	return err
}

func seeClock(ctx context.Context, st *store.Store, log *zap.Logger) (setBack bool, err error) {
	back, err := st.SeeClock(ctx)
	if err == nil && back > 0 {
		log.Warn("the database's clock was set back; what waits for a time waits no longer than it would have",
			zap.Duration("by", back.Round(time.Second)))
	}
	return back > 0, err
}

// seeClock does so at work, where the jobs must follow.
func (s *Service) seeClock(ctx context.Context) error {
	setBack, err := seeClock(ctx, s.st, s.log)
	if setBack {
		s.sweeping.setBack.Store(true)
		nudge(s.began)
	}
	return err
}

// watchClock looks at the clock as often as the lease is prolonged. The pace
// looks at it for every request, so that none is spaced by a clock that is
// gone.
func (s *Service) watchClock(ctx context.Context) {
	p := passes{first: passFirst, most: passTimeout}
	for {
		pause(ctx, s.cfg.Lease/4)
		if ctx.Err() != nil {
			return
		}
		if err := p.do(ctx, s.seeClock); err != nil && ctx.Err() == nil {
			s.outages.tell("the database's clock could not be looked at", err)
		}
	}
}

// takeSlots takes slots of the pace, once more when the clock was set back.
func (s *Service) takeSlots(ctx context.Context, r store.SlotRequest) (slots store.Slots, err error) {
	r.Answers = s.answers()
	defer func() {
		if err != nil {
			s.accepted.add(r.Answers)
		}
	}()
	slots, err = s.st.ReserveSlots(ctx, s.account, s.cfg.Pace, r)
	if !errors.Is(err, store.ErrClockSetBack) {
		return slots, err
	}
	if err := s.seeClock(ctx); err != nil {
		return store.Slots{}, err
	}
	return s.st.ReserveSlots(ctx, s.account, s.cfg.Pace, r)
}

// aheadMost is how far ahead a job's time may lie: ours are put off for half a
// second, or for two when the database was away.
const aheadMost = 10 * time.Second

// bringJobsBack makes the jobs available that River would keep for later: their
// times were written before the database's clock was set back, or by a process
// whose clock is ahead of it. As long as there are such, it is done every
// second. It ends the term of River's leader likewise.
func (s *Service) bringJobsBack(ctx context.Context) error {
	if err := s.river.freeLeader(ctx); err != nil {
		return err
	}
	running, err := s.st.BatchesIn(ctx, s.account, store.BatchRunning)
	if err != nil {
		return err
	}
	queues := []string{lookupQueue(s.account), finishQueue, importQueue(s.account)}
	for _, b := range running {
		queues = append(queues, batchQueue(b.ID))
	}
	total := 0
	for _, queue := range queues {
		n, err := s.river.bringBack(ctx, queue)
		if err != nil {
			return err
		}
		total += n
	}
	if total > 0 && !s.sweeping.aheadSaid {
		s.sweeping.aheadSaid = true
		s.log.Warn("jobs lay in the future by the database's clock and are brought back; is a clock wrong?", zap.Int("count", total))
	}
	s.sweeping.ahead = total > 0
	return nil
}
