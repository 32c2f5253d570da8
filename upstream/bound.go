package upstream

import (
	"sync"
	"time"
)

// bound is how far the server's clock is at least ahead of a clock of ours that nobody
// sets. An answer is read after its Date was written, so each one tells; those that come
// soon after a full second tell most.
type bound struct {
	mu    sync.Mutex
	base  time.Time // of our clock
	least time.Duration
	at    time.Time // when that was told
}

// drift is by how much two clocks are believed to run apart at the most.
const drift = 1e-3

// narrow learns of a date that was written between two times. One that does not fit what
// is known shows that the server's clock was set: it begins anew.
func (b *bound) narrow(date, started, received time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.base.IsZero() {
		b.base = started
	}
	told := date.Sub(b.ours(received))
	known := b.ahead(received)
	tooFar := date.Add(time.Second).Sub(b.ours(started)) < known
	if b.at.IsZero() || tooFar || told > known {
		b.least, b.at = told, received
	}
}

// ours is our clock, which goes on evenly where t has a monotonic reading.
func (b *bound) ours(t time.Time) time.Time { return b.base.Round(0).Add(t.Sub(b.base)) }

// ahead is the bound as it still holds at t.
func (b *bound) ahead(t time.Time) time.Duration {
	return b.least - time.Duration(drift*float64(max(0, t.Sub(b.at))))
}

// since is how long after a date of the server t surely is, 0 if that is not known.
func (b *bound) since(date, t time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at.IsZero() {
		return 0
	}
	return max(0, b.ours(t).Add(b.ahead(t)).Sub(date))
}
