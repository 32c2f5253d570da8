package database

import (
	"context"
	"sync/atomic"
	"time"
)

// silentMost is how long a database may send nothing unless the settings say otherwise.
const silentMost = time.Minute

// silence ends a reading whose database sends nothing for too long: behind a firewall
// that lost the connection, or a lock, it would be waited for without end. Only the
// waiting counts, and not what is done with a row.
type silence struct {
	most  time.Duration
	timer *time.Timer
	over  *atomic.Bool // of this reading
}

// begin begins to wait, for a reading that stop ends.
func (s *silence) begin(stop context.CancelFunc) {
	over := &atomic.Bool{}
	s.over = over
	s.timer = time.AfterFunc(s.most, func() {
		over.Store(true)
		stop()
	})
}

// wait begins to wait anew.
func (s *silence) wait() { s.timer.Reset(s.most) }

// rest says that nothing is waited for.
func (s *silence) rest() {
	if s.timer != nil {
		s.timer.Stop()
	}
}

// ended reports whether the reading was given up.
func (s *silence) ended() bool { return s.over != nil && s.over.Load() }
