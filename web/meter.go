package web

import (
	"sync"
	"time"

	"usher/batch"
)

// rateOver is over how long a rate is measured.
const rateOver = 20 * time.Second

// meters measure how fast running batches go. They are read by every page, and fed
// by the one reader, so a page that is opened knows the rate at once.
type meters struct {
	mu sync.Mutex
	by map[int64]*rateMeter
}

// sample notes how far running batches are. Those that do not run any more are
// forgotten.
func (m *meters) sample(running []batch.Batch, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	by := make(map[int64]*rateMeter, len(running))
	for _, b := range running {
		by[b.ID] = m.by[b.ID]
		if by[b.ID] == nil {
			by[b.ID] = &rateMeter{}
		}
		by[b.ID].add(b.Counts.Total()-b.Counts.Open(), now)
	}
	m.by = by
}

// rate is how many people of a batch were settled a second of late; 0 when that is
// not known.
func (m *meters) rate(b batch.Batch) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if meter := m.by[b.ID]; meter != nil && b.State == batch.Running {
		return meter.rate()
	}
	return 0
}

// rateMeter measures how fast a number grows, over the last looks.
type rateMeter struct {
	at []time.Time
	n  []int
}

func (m *rateMeter) add(n int, now time.Time) {
	if last := len(m.n) - 1; last >= 0 && n < m.n[last] { // people were queued again
		m.at, m.n = nil, nil
	}
	m.at, m.n = append(m.at, now), append(m.n, n)
	for len(m.at) > 2 && now.Sub(m.at[0]) > rateOver {
		m.at, m.n = m.at[1:], m.n[1:]
	}
}

func (m *rateMeter) rate() float64 {
	last := len(m.at) - 1
	span := m.at[last].Sub(m.at[0]).Seconds()
	if span < 1 {
		return 0
	}
	return float64(m.n[last]-m.n[0]) / span
}
