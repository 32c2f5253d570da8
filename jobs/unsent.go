package jobs

import (
	"context"
	"sync"
)

// unsent are slots in which no request was made after all, though they had been given to
// somebody: they are given back to their day.
type unsent struct {
	mu  sync.Mutex
	day string
	n   int // of that day; those of a day before are worth nothing
}

func (u *unsent) add(day string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case day > u.day:
		u.day, u.n = day, 1
	case day == u.day:
		u.n++
	}
}

func (u *unsent) any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.n > 0
}

func (u *unsent) take() (day string, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	day, n, u.n = u.day, u.n, 0
	return day, n
}

// returnUnsent gives back to the day what nobody used of it. What cannot be given back, as
// the database does not answer, counts as sent.
func (p *pacer) returnUnsent(ctx context.Context) {
	day, n := p.unsent.take()
	if n == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := p.s.st.ReturnUnsent(ctx, p.s.account, p.s.cfg.Worker, day, n); err != nil {
		p.s.outages.tell("slots that nothing was sent in could not be given back", err)
	}
}

// unused notes that no request was made in a turn, before its place among those in flight
// is free: who sees that nobody is in flight any more knows of all that comes back.
func (p *pacer) unused(t turn) {
	if t.day == "" {
		return
	}
	p.unsent.add(t.day)
	nudge(p.wake)
}
