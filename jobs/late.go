package jobs

import (
	"sync"
	"time"
)

// lateness is how long after the time of their slots the requests of a process are usually
// ready to go out: what claiming somebody takes there. How long it then takes to connect is
// the API's distance, and no part of it. As long as that stays as it is the API sees
// requests at the pace at which slots were given out. A process that got no processor time
// for a while would send many at once, beside those of others that come at their times.
type lateness struct {
	mu    sync.Mutex
	usual time.Duration // smoothed
}

// lateWeight is the part of a lateness by which the usual one goes: where all take
// long, requests are held up for the first dozen only.
const lateWeight = 8

// allows reports whether a request may go so long after its slot, which may be used by
// most later than usual. That a slot may be used at any time is a most of 0.
func (l *lateness) allows(late, most time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	late = max(late, 0)
	ok := most == 0 || late <= l.usual+most
	l.usual += (late - l.usual) / lateWeight
	return ok
}
