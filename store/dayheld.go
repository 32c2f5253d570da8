package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// dayHeld are slots of a day that a process took. It uses them or gives them back before
// it takes others, unless it dies.
type dayHeld struct {
	N  int       `json:"n"`
	At time.Time `json:"at"` // when it took them
	// Back is how many came back as it was taken for dead. Should it live, it may tell of
	// them itself.
	Back int `json:"back,omitempty"`
}

// heldMost is for how long slots that another process took may still come back: it has a
// second's at a time, and its lease ends so long after it died at the latest.
const heldMost = 20 * time.Second

// backMost is for how long it is known what came back of a process that was taken for dead.
const backMost = 10 * time.Minute

// heldMany are so many processes of which those that died are looked for even if the day
// has enough left.
const heldMany = 64

// hold notes that a process took slots of a day, and none of those before any more. The
// process without a name takes them one by one.
func (p *paceState) hold(worker string, n int) {
	if worker == "" {
		return
	}
	at := p.time().Truncate(time.Millisecond) // as exact as the times of attempts are
	p.keep(worker, dayHeld{N: n, At: at, Back: p.kept.Held[worker].Back})
}

// keep notes what is known of the slots of a process, if that is anything.
func (p *paceState) keep(worker string, h dayHeld) {
	if h.N == 0 && h.Back == 0 {
		delete(p.kept.Held, worker)
		return
	}
	if p.kept.Held == nil {
		p.kept.Held = map[string]dayHeld{}
	}
	p.kept.Held[worker] = h
}

// pending is how many slots of the day others took not long ago. What they took by a
// clock that was set back since is nothing to wait for.
func (p *paceState) pending() (n int) {
	for _, h := range p.kept.Held {
		if age := p.time().Sub(h.At); age > -clockSlack && age < heldMost {
			n += h.N
		}
	}
	return n
}

// letGo takes n slots that a process did not use from those that it has, and returns how
// many come back: none of a day that is over, and none that came back as it was taken for
// dead.
func (p *paceState) letGo(worker string, n int) int {
	h := p.kept.Held[worker]
	n = min(n, h.N)
	h.N -= n
	p.keep(worker, h)
	return n
}

// cameBack is how many of n slots that a process tells of came back before, as it was taken
// for dead.
func (p *paceState) cameBack(worker string, n int) int {
	h := p.kept.Held[worker]
	n = min(n, h.Back)
	h.Back -= n
	p.keep(worker, h)
	return n
}

// Unsent are slots whose times are over, and in which no request was made.
type Unsent struct {
	Day   string // the latest [Slots.Day] that they had
	OfDay int    // those of that day; those of a day before are worth nothing
	Wave  int64  // the latest [Slots.Wave]
	In    int    // those of that wave
}

// ReturnUnsent tells of slots in which no request was made: they count no more against
// their day, nor as let through. Worker is the process that took them. Of a process that
// died they come back without it, and once if it lives after all.
func (s *Store) ReturnUnsent(ctx context.Context, account int64, worker string, u Unsent) error {
	err := s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.paceState(ctx, account, tx.d.forUpdate)
		if err != nil {
			return err
		}
		p.Unsent(u.Wave, u.In)
		if p.day != u.Day {
			return tx.writePace(ctx, account, p)
		}
		n := u.OfDay - p.cameBack(worker, u.OfDay)
		p.letGo(worker, n) // some may be of a block before, which it does not hold any more
		p.dayCount = max(0, p.dayCount-int64(n))
		return tx.writePace(ctx, account, p)
	})
	return wrap("return slots that nothing was sent in", err)
}

// takeBack takes back what dead processes have of the day and did not use: whom they sent
// to is in their attempts; those of the moment in which it took its slots count as of these.
// A look-up leaves no trace, and is made with what comes back.
func (t *Tx) takeBack(ctx context.Context, p *paceState) error {
	if len(p.kept.Held) == 0 {
		return nil
	}
	living, err := t.Leases(ctx, WorkerLease(""))
	if err != nil {
		return err
	}
	for _, worker := range slices.Sorted(maps.Keys(p.kept.Held)) {
		if slices.ContainsFunc(living, func(l Lease) bool { return l.Holder == worker }) {
			continue
		}
		h := p.kept.Held[worker]
		if h.N == 0 && p.time().Sub(h.At) < backMost {
			continue
		}
		delete(p.kept.Held, worker)
		if h.N == 0 || h.At.After(p.time()) { // the clock was set back, so that nobody can tell
			continue
		}
		var used int
		err := t.queryOne(ctx, `SELECT count(*) FROM attempts WHERE worker = $1 AND started_at >= $2 AND outcome <> '`+OutcomeNotSent+`'`,
			[]any{worker, h.At}, &used)
		if err != nil {
			return wrap("count what a dead process sent", err)
		}
		back := max(0, h.N-used)
		p.dayCount = max(0, p.dayCount-int64(back))
		p.keep(worker, dayHeld{At: p.time().Truncate(time.Millisecond), Back: h.Back + back})
	}
	return nil
}

// HoldNoSlots notes that a process, which stops, has used or given back all slots that it
// took.
func (s *Store) HoldNoSlots(ctx context.Context, account int64, worker string) error {
	return s.InTx(ctx, func(tx *Tx) error {
		p, err := tx.paceState(ctx, account, tx.d.forUpdate)
		if err != nil || p.kept.Held[worker].N == 0 {
			return err
		}
		delete(p.kept.Held, worker)
		return tx.writePace(ctx, account, p)
	})
}
