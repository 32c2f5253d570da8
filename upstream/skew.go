package upstream

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// skewSamples is how many answers the difference of the clocks is taken from:
	// enough for the odd late one not to count, few enough to follow a clock that
	// was set.
	skewSamples = 15
	// maxHalfTrip bounds the correction for the way: of a slow answer it is the
	// work, not the way, that took long, and the date is set at its end.
	maxHalfTrip = time.Second
)

// skew measures the server's clock against ours from Date headers.
type skew struct {
	mu      sync.Mutex
	samples []time.Duration // a ring
	next    int
	bound   bound
}

// Skew is the server's clock minus ours, the median over the last answers; not ok
// before the first answer with a date. Dates have whole seconds, so it is right
// to about half a second.
func (c *Client) Skew() (d time.Duration, ok bool) { return c.skew.median() }

// observe takes the date of an answer. It was written between the two times, near
// the second, and lost a part of a second, half of one on average. An answer from
// a cache (it has an Age) carries an old date.
func (s *skew) observe(h http.Header, started, received time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return
	}
	s.bound.narrow(date, started, received)
	way := min(max(received.Sub(started)/2, 0), maxHalfTrip)
	s.add(date.Add(500 * time.Millisecond).Sub(received.Add(-way).Round(0)))
}

// lost is how much of a second the date of an answer has surely lost by the time it is
// read, and never a whole one.
func (s *skew) lost(h http.Header, read time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return 0
	}
	return min(s.bound.since(date, read), time.Second-time.Millisecond)
}

func (s *skew) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.samples) < skewSamples {
		s.samples = append(s.samples, d)
		return
	}
	s.samples[s.next] = d
	s.next = (s.next + 1) % skewSamples
}

func (s *skew) median() (time.Duration, bool) {
	s.mu.Lock()
	sorted := slices.Sorted(slices.Values(s.samples))
	s.mu.Unlock()
	if len(sorted) == 0 {
		return 0, false
	}
	return sorted[len(sorted)/2], true
}
