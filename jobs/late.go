package jobs

import (
	"sync"
	"time"
)

// A request is made ready in time for its slot: somebody is claimed, and the claim is
// committed. How long that takes changes with what else the machine and the database have
// to do. Were a slot given out at its time only, the API would see the requests of a
// process come later by it, and many at once whenever it has become less: beside those of
// other processes that is more than a burst. So slots are asked for as long before their
// times as requests took lately, and one that is late all the same holds up those after it.
// How long it then takes to connect is the API's distance, and no part of it.

const (
	// leadLeast is how long before its time a slot is asked for at the least where other
	// processes may send at the same time.
	leadLeast = 150 * time.Millisecond
	leadMost  = 2 * time.Second
	// leadFirst is that of a process that has begun to send lately, as others may have
	// with it: all of them are slow then.
	leadFirst    = 500 * time.Millisecond
	leadFirstFor = 5 * time.Second
	// leadMore is by how much longer than others before it a request may take.
	leadMore = 50 * time.Millisecond
	// leadSpan is for how long it counts at the least what a request took.
	leadSpan = 2 * time.Second
	// leadNot is how long no slot is asked for before its time after one had to wait for
	// an answer of the API. Each has a place among the requests in flight already, and
	// these are what is short then.
	leadNot = 10 * time.Second
)

// leads knows how long before their times slots are to be asked for.
type leads struct {
	mu      sync.Mutex
	first   time.Time
	longest [2]time.Duration // that a request took in the span that goes on, and in the one before
	began   time.Time        // when the span that goes on did
	held    time.Time        // when a slot last had to wait for an answer of the API
}

// took notes how long a request took to be ready, from when its slot was given out.
func (l *leads) took(d time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass(now)
	l.longest[0] = max(l.longest[0], d)
}

func (l *leads) pass(now time.Time) {
	switch d := now.Sub(l.began); {
	case d >= 2*leadSpan:
		l.longest, l.began = [2]time.Duration{}, now
	case d >= leadSpan:
		l.longest, l.began = [2]time.Duration{0, l.longest[0]}, now
	}
}

// waited notes that a slot had to wait for an answer of the API.
func (l *leads) waited(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = now
}

// lead is how long before their times slots are to be asked for, 0 for at their times.
func (l *leads) lead(now time.Time, alone bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first.IsZero() {
		l.first = now
	}
	if !l.held.IsZero() && now.Sub(l.held) < leadNot {
		return 0
	}
	l.pass(now)
	longest := max(l.longest[0], l.longest[1]) + leadMore
	switch {
	case alone:
		return longest
	case now.Sub(l.first) < leadFirstFor:
		return max(longest, leadFirst)
	}
	return max(longest, leadLeast)
}

// lead is how long before their times this process asks for slots.
func (p *pacer) lead() time.Duration {
	p.asked = min(p.leads.lead(time.Now(), p.s.st.Path() != ""), p.leadMost())
	return p.asked
}

// leadMost is how long that may be: a request has its time from then on.
func (p *pacer) leadMost() time.Duration { return min(leadMost, p.s.cfg.Timeout/aheadOf) }

// lateLeast is how late a request may be at the least. One that is later is not sent now,
// as its process may have stood still, and what others send has taken its place.
const lateLeast = 400 * time.Millisecond

// lateness is how late the requests of a block of slots are.
type lateness struct {
	mu     sync.Mutex
	behind time.Duration
}

// ready takes over that the request of a turn is ready.
func (p *pacer) ready(t turn) {
	if t.block == nil {
		return
	}
	now := time.Now()
	p.leads.took(min(now.Sub(t.given), t.lead+t.late), now) // of one that is too late no more counts
	t.block.mu.Lock()
	defer t.block.mu.Unlock()
	t.block.behind = max(t.block.behind, now.Sub(t.at))
}

// due is when the request of a turn may go that is ready now, and whether it may.
func (t turn) due(now time.Time) (time.Time, bool) {
	if t.block == nil {
		return t.at, true
	}
	t.block.mu.Lock()
	defer t.block.mu.Unlock()
	return t.at.Add(max(0, t.block.behind-t.slack)), t.late == 0 || now.Sub(t.at) <= t.late
}
