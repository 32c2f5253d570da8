package jobs

import (
	"context"
	"maps"
	"sync"
	"time"

	"usher/store"
)

// hearAgain is how long after its connection was lost a process listens anew.
const hearAgain = 2 * time.Second

// hear hears of what other processes do to the gate and to the pace, of batches that begin
// to run and of those that stop, so that work begins, goes on, and stops, everywhere at the
// same moment. Whoever cannot listen, as through some poolers of connections, looks every
// [gatePoll] and [reconcilePoll] all the same.
func (s *Service) hear(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.st.Listen(ctx, s.account, func(n store.News) {
			s.hears.Store(true)
			switch { // nothing is to be read first: what was claimed already must stop
			case n.Wave != nil:
				s.gate.moveTo(n.Wave.Number, n.Wave.Wait)
			case n.Batch != 0:
				s.stops.note(n.Batch, time.Now())
				nudge(s.wake)
			default:
				nudge(s.news)
				nudge(s.wake)
			}
		})
		s.hears.Store(err == nil)
		if err == nil {
			return // one process works on this database
		}
		pause(ctx, jitter(hearAgain))
	}
}

// stops are the batches that this process was told have stopped, and when it was.
type stops struct {
	mu sync.Mutex
	at map[int64]time.Time
}

func (s *stops) note(batch int64, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[int64]time.Time{}
	}
	maps.DeleteFunc(s.at, func(_ int64, at time.Time) bool { return now.Sub(at) > holdFreshMost }) // no claim is taken to hold for so long
	s.at[batch] = now
}

// since reports whether a batch has stopped since a moment.
func (s *stops) since(batch int64, moment time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[batch].After(moment)
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
	s.gate.moveTo(now.Wave, now.Wait)
}
