package jobs

import (
	"context"
	"errors"
	"sync"
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
	rate     float64 // the rate in force; used by run alone
}

type waiter struct {
	granted chan int64 // the wave of its slot, or notNow
}

// slotPatience is how long a job waits for its slot before it gives its place
// in the worker back. While the API has asked everybody to wait for a moment it is longer,
// so that there are jobs at hand when that is over.
const slotPatience = 5 * time.Second

// blockTime is how much of the pace a process takes at a time. A larger block
// costs fewer statements and leaves other processes waiting for longer.
const blockTime = 100 * time.Millisecond

func newPacer(s *Service) *pacer {
	return &pacer{s: s, waiting: map[int64][]*waiter{}, wake: make(chan struct{}, 1),
		inFlight: make(chan struct{}, s.cfg.Concurrency), rate: s.cfg.Pace.Rate}
}

// slot waits for a turn to send. After a nil error the caller must call
// release when its request is over.
func (p *pacer) slot(ctx context.Context, batch int64) (wave int64, err error) {
	w := &waiter{make(chan int64, 1)}
	p.enter(batch, w)
	patience := time.NewTimer(slotPatience)
	defer patience.Stop()
	for waits := true; waits; {
		select {
		case wave := <-w.granted:
			return granted(wave)
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
		return 0, errNotNow
	}
	return granted(<-w.granted) // its turn came at the same moment
}

// notNow stands for no slot among the waves.
const notNow = -1

func granted(wave int64) (int64, error) {
	if wave == notNow {
		return 0, errNotNow
	}
	return wave, nil
}

// release gives back the place of a request that is over.
func (p *pacer) release() { <-p.inFlight }

func (p *pacer) enter(batch int64, w *waiter) {
	p.mu.Lock()
	if _, has := p.waiting[batch]; !has { // who left may have left its turn behind
		p.turn = append(p.turn, batch)
	}
	p.waiting[batch] = append(p.waiting[batch], w)
	p.count++
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// leave takes a waiter out, and reports whether it was still waiting.
func (p *pacer) leave(batch int64, w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, v := range p.waiting[batch] {
		if v == w {
			p.waiting[batch] = append(p.waiting[batch][:i:i], p.waiting[batch][i+1:]...)
			p.count--
			return true
		}
	}
	return false
}

// next takes the waiter whose turn it is, or nil.
func (p *pacer) next() *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.turn) > 0 {
		batch := p.turn[0]
		p.turn = p.turn[1:]
		queue := p.waiting[batch]
		if len(queue) == 0 {
			delete(p.waiting, batch)
			continue
		}
		p.waiting[batch] = queue[1:]
		p.count--
		if len(queue) > 1 {
			p.turn = append(p.turn, batch)
		} else {
			delete(p.waiting, batch)
		}
		return queue[0]
	}
	return nil
}

// sendAway tells everybody who waits to come again: all, or those of a batch.
func (p *pacer) sendAway(match func(batch int64) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for batch, queue := range p.waiting {
		if !match(batch) {
			continue
		}
		for _, w := range queue {
			w.granted <- notNow
		}
		p.count -= len(queue)
		p.waiting[batch] = nil // its turn is still in line
	}
}

func (p *pacer) length() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// run hands out slots until ctx is done.
func (p *pacer) run(ctx context.Context) {
	everybody := func(int64) bool { return true }
	defer p.sendAway(everybody)
	for ctx.Err() == nil {
		if p.length() == 0 {
			p.sleepUntilWoken(ctx)
			continue
		}
		g, open, changed := p.s.gate.view()
		if !open {
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
	slots, err := p.s.reserveSlots(ctx, p.blockSize())
	if err != nil {
		if ctx.Err() == nil {
			p.s.outages.tell("no slots could be reserved", err)
			pause(ctx, time.Second)
		}
		return
	}
	if slots.N == 0 {
		p.quiet(ctx) // those who were given the day's last slots are to use them
		p.s.closeGate(closing{leave: leave{generation: g.Generation}, reason: store.GateDailyLimit, told: true,
			detail: "the daily limit of requests (upstream.daily) is used up", until: time.Now().Add(slots.DayEnds)})
		pause(ctx, 50*time.Millisecond)
		return
	}
	p.rate = slots.Rate
	p.s.gate.moveTo(slots.Wave)
	p.s.gate.hold(slots.Wait)
	used := p.handOut(ctx, slots, changed)
	if left := slots; used < slots.N {
		left.N -= used
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
		defer cancel()
		if err := p.s.st.ReturnSlots(ctx, p.s.account, left); err != nil {
			p.s.outages.tell("unused slots could not be given back", err)
		}
	}
}

// reserveSlots takes slots of the pace, or says soon that it cannot.
func (s *Service) reserveSlots(ctx context.Context, want int) (store.Slots, error) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	return s.takeSlots(ctx, want)
}

// quiet waits until no request is in flight.
func (p *pacer) quiet(ctx context.Context) {
	for len(p.inFlight) > 0 && ctx.Err() == nil {
		pause(ctx, 20*time.Millisecond)
	}
}

// blockSize is how many slots to take: no more than there are jobs for, nor
// more than blockTime is worth.
func (p *pacer) blockSize() int {
	n := min(p.length(), blockMost)
	if p.rate > 0 {
		n = min(n, max(1, int(p.rate*blockTime.Seconds())))
	}
	return max(n, 1)
}

const blockMost = 1000

// handOut gives slots to those who wait, each at its time, and returns how many
// it gave. It stops when nobody waits or the gate changes.
func (p *pacer) handOut(ctx context.Context, slots store.Slots, changed <-chan struct{}) (used int) {
	at := time.Now().Add(slots.First)
	for ; used < slots.N; used++ {
		if !waitUntil(ctx, at, changed) {
			return used
		}
		select {
		case p.inFlight <- struct{}{}:
		case <-changed:
			return used
		case <-ctx.Done():
			return used
		}
		w := p.next()
		if w == nil {
			p.release()
			return used
		}
		w.granted <- slots.Wave
		at = at.Add(slots.Every)
	}
	return used
}

// waitUntil waits for a time, and reports whether it came before ctx was done
// or stop was closed. Timers are not finer than a millisecond or so: what is
// nearer is taken to have come.
func waitUntil(ctx context.Context, at time.Time, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return false
	default:
	}
	d := time.Until(at)
	if d < time.Millisecond {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
	case <-ctx.Done():
	}
	return false
}

// pause waits for d or until ctx is done.
func pause(ctx context.Context, d time.Duration) { waitUntil(ctx, time.Now().Add(d), nil) }
