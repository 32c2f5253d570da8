package process

import (
	"context"
	"os"
	"runtime"
	"sync"
	"time"
)

// UseProcessors has the process run on one processor while it has little to do, and on
// all that it may have while it has more, until ctx ends. Whoever invites 25 people a
// second does a little, forty times a second; to hand each of these steps from one
// processor to the next costs a fifth of all that the process takes. GOMAXPROCS in the
// environment is somebody's own choice, which stays.
func UseProcessors(ctx context.Context) {
	if os.Getenv("GOMAXPROCS") != "" || runtime.GOMAXPROCS(0) == 1 {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	then, before := time.Now(), processTime()
	for {
		select {
		case <-ctx.Done():
			used.took(1)
			return
		case <-tick.C:
		}
		now, took := time.Now(), processTime()
		if took == 0 {
			return // the system does not tell
		}
		used.took(float64(took-before) / float64(now.Sub(then)))
		then, before = now, took
	}
}

// The parts of one processor below which it is little, and above which it is more.
const (
	littleWork = 0.3
	moreWork   = 0.45
)

// littleFor is for how many seconds a process has little to do before it is left with
// one processor.
const littleFor = 3

// processors are those that a process runs on.
type processors struct {
	one, all func()

	mu     sync.Mutex
	little int // seconds in a row
	isOne  bool
}

// used are those of this process.
var used = &processors{one: func() { runtime.GOMAXPROCS(1) }, all: runtime.SetDefaultGOMAXPROCS}

// took is told which part of one processor the last second took.
func (p *processors) took(part float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if part < littleWork {
		p.little++
	} else {
		p.little = 0
	}
	switch {
	case p.isOne && part > moreWork:
		p.isOne = false
		p.all()
	case !p.isOne && p.little >= littleFor:
		p.isOne = true
		p.one()
	}
}

// onAll does something that would hold up everything else on one processor.
func (p *processors) onAll(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isOne {
		p.all()
		defer p.one()
	}
	do()
}
