package jobs

import (
	"context"
	"sync"

	"usher/store"
)

// unsent are slots in which no request was made after all, though they had been given to
// somebody: they are given back.
type unsent struct {
	mu   sync.Mutex
	told store.Unsent
}

func (u *unsent) add(t turn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	countLatest(&u.told.Day, &u.told.OfDay, t.day, 1)
	countLatest(&u.told.Wave, &u.told.In, t.wave, 1)
}

func (u *unsent) any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.told.OfDay > 0
}

func (u *unsent) take() store.Unsent {
	u.mu.Lock()
	defer u.mu.Unlock()
	told := u.told
	u.told.OfDay, u.told.In = 0, 0
	return told
}

// returnUnsent gives back what nobody used. What cannot be given back, as the database does
// not answer, counts as sent.
func (p *pacer) returnUnsent(ctx context.Context) {
	told := p.unsent.take()
	if told.OfDay == 0 && told.In == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := p.s.st.ReturnUnsent(ctx, p.s.account, p.s.cfg.Worker, told); err != nil {
		p.s.outages.tell("slots that nothing was sent in could not be given back", err)
	}
}

// unused notes that no request was made in a turn, before its place among those in flight
// is free: who sees that nobody is in flight any more knows of all that comes back.
func (p *pacer) unused(t turn) {
	if t.day == "" {
		return
	}
	p.unsent.add(t)
	nudge(p.wake)
}
