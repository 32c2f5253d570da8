package jobs

import (
	"context"
	"time"

	"usher/store"
)

// hearAgain is how long after its connection was lost a process listens anew.
const hearAgain = 2 * time.Second

// hearGate hears of what other processes do to the gate and to the pace, and of batches
// that begin to run, so that work begins, goes on, and stops, everywhere at the same moment.
// Whoever cannot listen, as through some poolers of connections, looks every [gatePoll] and
// [reconcileIdle] all the same.
func (s *Service) hearGate(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.st.ListenGate(ctx, s.account, func(w *store.Wave) {
			s.hears.Store(true)
			if w != nil { // nothing is to be read first: what was claimed already must stop
				s.gate.hold(w.Wait)
				s.gate.moveTo(w.Number)
				return
			}
			select {
			case s.news <- struct{}{}:
			default: // a look is due already
			}
			s.lookAtBatches()
		})
		s.hears.Store(err == nil)
		if err == nil {
			return // one process works on this database
		}
		pause(ctx, jitter(hearAgain))
	}
}

// readPace takes over the wave of the pace and its wait. An error only makes it come
// later, with the next slots.
func (s *Service) readPace(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	now, err := s.st.PaceNow(ctx, s.account, s.cfg.Pace)
	if err != nil {
		return
	}
	s.gate.hold(now.Wait)
	s.gate.moveTo(now.Wave)
}
