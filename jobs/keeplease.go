package jobs

import (
	"context"

	"usher/store"
)

// keepLease prolongs the worker's lease. A lease that ended is taken anew:
// what was this process's is by then somebody else's, and the claim fence
// keeps the two apart.
func (s *Service) keepLease(ctx context.Context) {
	for {
		pause(ctx, s.cfg.Lease/4)
		if ctx.Err() != nil {
			return
		}
		beat, cancel := context.WithTimeout(ctx, s.cfg.Lease/4)
		held, err := s.st.HoldLease(beat, store.WorkerLease(s.cfg.Worker), s.cfg.Worker, s.cfg.Detail, s.cfg.Lease)
		if err == nil {
			_ = s.holdPace(beat) // for people; it is told again soon
		}
		cancel()
		const lost = "the worker's lease could not be prolonged; nothing is sent without it"
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.outages.tell(lost, err)
		case !held:
			s.log.Warn(lost)
		}
	}
}

// holdPace tells others, for as long as a lease lasts, at which pace this process works and for
// which batch.
func (s *Service) holdPace(ctx context.Context) error {
	return s.st.HoldPace(ctx, s.account, s.cfg.Worker, store.WorkerPace{Pace: s.cfg.Pace, Batch: s.cfg.OnlyBatch}, s.cfg.Lease)
}
