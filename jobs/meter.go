package jobs

import (
	"sync"
	"time"
)

// meter measures how fast the API takes requests: what it let through in the
// last seconds. After a 429 the pace is set by that, as the rate that was
// asked for may be far from what the API allows.
type meter struct {
	mu    sync.Mutex
	now   func() time.Time
	began time.Time       // slots are counted from here, by a clock that is not set
	slots [meterSlots]int // successes by meterSlot, a ring
	last  int64           // number of the newest slot
	first int64           // number of the oldest slot with anything in it
}

const (
	meterSlot  = 100 * time.Millisecond
	meterSlots = 20 // two seconds
)

func newMeter() *meter { return &meter{now: time.Now, first: -1} }

// add counts a request that was let through.
func (m *meter) add() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.advance()
	if m.first < 0 {
		m.first = m.last
	}
	m.slots[m.last%meterSlots]++
}

func (m *meter) advance() {
	if m.began.IsZero() {
		m.began = m.now()
	}
	n := int64(m.now().Sub(m.began) / meterSlot)
	if n-m.last >= meterSlots {
		m.slots = [meterSlots]int{}
		m.first = -1
	} else {
		for i := m.last + 1; i <= n; i++ {
			m.slots[i%meterSlots] = 0
		}
		m.first = max(m.first, n-meterSlots+1)
	}
	m.last = n
}

// rate is the measured rate a second, 0 when nothing was let through lately.
func (m *meter) rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first < 0 {
		return 0
	}
	m.advance()
	if m.first < 0 {
		return 0
	}
	n := 0
	for _, v := range m.slots {
		n += v
	}
	seconds := float64(m.last-m.first+1) * meterSlot.Seconds()
	return float64(n) / max(seconds, 0.5)
}
