package jobs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"usher/store"
)

// errNotNow means that a job may not send now: the gate is closed, its batch
// is not served any more, the process stops, or its turn is too far off. The
// job gives its place back and comes again.
var errNotNow = errors.New("not now")

// pacer hands out the slots of the fleet-wide pace to the jobs of this process,
// in turn between batches, so that a small batch does not wait behind a large
// one. It also bounds how many requests are in flight.
type pacer struct {
	s        *Service
	mu       sync.Mutex
	waiting  map[int64][]*waiter // by batch; look-ups are batch 0; the keys are those in turn
	turn     []int64             // batches in the order of their turns, each once
	count    int
	wake     chan struct{}
	inFlight chan struct{}
	rate     float64      // the rate in force; used by run alone, as sharers is
	sharers  int          // processes that share the pace
	ahead    atomic.Int64 // for how long slots are given out before their time; see aheadFor
	every    atomic.Int64 // their distance
	leads    leads
	asked    time.Duration // how long before their times slots were asked for; used by run alone
	given    given
	unsent   unsent
	spent    time.Time // until when the day has nothing left, not even for look-ups
}

type waiter struct {
	granted chan turn // its wave is notNow if there is none
}

// slotPatience is how long a job waits for its slot before it gives its place
// in the worker back. While the API has asked everybody to wait for a moment it is longer,
// so that there are jobs at hand when that is over.
const slotPatience = 5 * time.Second

// blockTime is how much of the pace all processes together take at a time, each its
// share. A larger block costs fewer statements and leaves other processes waiting for
// longer.
const blockTime = time.Second

func newPacer(s *Service) *pacer {
	return &pacer{s: s, waiting: map[int64][]*waiter{}, wake: make(chan struct{}, 1),
		inFlight: make(chan struct{}, s.cfg.Concurrency), rate: s.cfg.Pace.Rate}
}

// slot waits for a turn to send, whose time may be a moment away. After a nil error the
// caller must call release when its request is over.
func (p *pacer) slot(ctx context.Context, batch int64) (turn, error) {
	w := &waiter{make(chan turn, 1)}
	p.enter(batch, w)
	patience := time.NewTimer(slotPatience)
	defer patience.Stop()
	for waits := true; waits; {
		select {
		case t := <-w.granted:
			return granted(t)
		case <-patience.C:
			held := p.s.gate.heldFor()
			if waits = held > 0; waits {
				patience.Reset(held + time.Second)
			}
		case <-ctx.Done():
			waits = false
		}
	}
	if p.leave(batch, w) {
		return turn{}, errNotNow
	}
	return granted(<-w.granted) // its turn came at the same moment
}

// notNow stands for no slot among the waves.
const notNow = -1

func granted(t turn) (turn, error) {
	if t.wave == notNow {
		return turn{}, errNotNow
	}
	return t, nil
}

// release gives back the place of a request that is over.
func (p *pacer) release() { <-p.inFlight }

// run hands out slots until ctx is done.
func (p *pacer) run(ctx context.Context) {
	everybody := func(int64) bool { return true }
	defer p.sendAway(everybody)
	for ctx.Err() == nil {
		p.returnUnsent(ctx)
		if p.length() == 0 {
			p.sleepUntilWoken(ctx)
			continue
		}
		g, open, changed := p.s.gate.view()
		if !open {
			if _, lookups := p.s.gate.lookupsOpen(); lookups {
				p.onlyLookups(ctx, changed)
				continue
			}
			p.sendAway(everybody)
			select {
			case <-ctx.Done():
			case <-changed:
			case <-p.wake:
			}
			continue
		}
		if p.s.gate.waiting() { // until the fleet is told how long, no slot is to be taken
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		p.block(ctx, g, changed)
	}
}

func (p *pacer) sleepUntilWoken(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-p.wake:
	}
}

// block takes a block of slots and hands them out.
func (p *pacer) block(ctx context.Context, g store.Gate, changed <-chan struct{}) {
	slots, err := p.s.reserveSlots(ctx, store.SlotRequest{Want: p.blockSize(), Worker: p.s.cfg.Worker, Lead: p.lead()})
	if err != nil {
		if ctx.Err() == nil {
			p.s.outages.tell("no slots could be reserved", err)
			pause(ctx, time.Second)
		}
		return
	}
	if slots.N == 0 {
		p.quiet(ctx) // those who were given the day's last slots are to use them
		if p.unsent.any() {
			return
		}
		if slots.Pending > 0 {
			pause(ctx, blockTime) // also in other processes, or give them back, or die and lose them
			return
		}
		p.s.closeGate(closing{leave: leave{generation: g.Generation}, reason: store.GateDailyLimit, told: true,
			detail: "the daily limit of requests (upstream.daily) is used up", until: time.Now().Add(slots.DayEnds)})
		pause(ctx, 50*time.Millisecond)
		return
	}
	p.use(ctx, slots, changed, func(int64) bool { return true })
}

// use hands out a block of slots to those whom they are for, and gives back what is left.
func (p *pacer) use(ctx context.Context, slots store.Slots, changed <-chan struct{}, whom func(batch int64) bool) {
	p.rate, p.sharers = slots.Rate, slots.Sharers
	p.s.gate.moveTo(slots.Wave, slots.Wait)
	used, late := p.handOut(ctx, slots, changed, whom)
	p.giveBack(ctx, slots, slots.N-used-late, late)
}

// reserveSlots takes slots of the pace, or says soon that it cannot. They were given at a
// time by this process's clock.
func (s *Service) reserveSlots(ctx context.Context, r store.SlotRequest) (store.Slots, error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	asked := time.Now()
	slots, err := s.takeSlots(ctx, r)
	slots.Given = s.pacer.given.here(slots.Given, asked, time.Now())
	return slots, err
}

// quiet waits until no request is in flight.
func (p *pacer) quiet(ctx context.Context) {
	for len(p.inFlight) > 0 && ctx.Err() == nil {
		pause(ctx, 20*time.Millisecond)
	}
}
