package jobs

import (
	"sync"
	"time"
)

// given tells when slots were given by this process's clock. The word of them takes now
// long, now shorter, and the times of slots that are counted from when it came would lie
// now apart, now on top of each other. The two clocks do not go so differently that what
// came fastest in the last while does not tell more of it.
type given struct {
	mu      sync.Mutex
	fastest [givenKept]sample // of each second
	last    int
	second  time.Time // when that of the last began
}

// sample is a time by the database's clock, and when the word of it came here.
type sample struct{ there, here time.Time }

const (
	givenKept = 16
	givenFor  = 20 * time.Second
)

// here is when something was by this process's clock that was there by the database's, that
// was asked for and came.
func (g *given) here(there, asked, came time.Time) time.Time {
	if there.IsZero() { // there were none
		return came
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keep(sample{there, came})
	at := came
	for _, s := range g.fastest {
		if s.here.IsZero() || came.Sub(s.here) > givenFor {
			continue
		}
		if by := s.at(there); by.Before(at) {
			at = by
		}
	}
	return later(at, asked)
}

// at is when it was by this process's clock what it was by the database's, as the sample
// tells it.
func (s sample) at(there time.Time) time.Time { return s.here.Add(there.Sub(s.there)) }

// saw takes over what the database's clock said when its word came.
func (g *given) saw(there, came time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keep(sample{there, came})
}

func (g *given) keep(s sample) {
	switch last := g.fastest[g.last]; {
	case last.here.IsZero() || s.here.Sub(g.second) >= time.Second:
		g.last, g.second = (g.last+1)%givenKept, s.here
	case last.at(s.there).Before(s.here): // that came faster
		return
	}
	g.fastest[g.last] = s
}
