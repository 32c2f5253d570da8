package batch

import (
	"context"
	"sync"

	"go.uber.org/zap"

	"usher/config"
	"usher/jobs"
	"usher/store"
)

// Errand is what a room above has done by jobs; see [jobs.Errand].
type Errand = jobs.Errand

// Beside is what is done beside the batches by a process that works for all of them.
// The rooms above this package bring it, which knows nothing of them.
type Beside struct {
	Errands []Errand
	// Loops run as long as the process works, and return when their ctx ends.
	Loops []func(ctx context.Context)
}

// WorkBeside has something done beside the batches. It is called before [Service.Work].
func (s *Service) WorkBeside(b Beside) {
	s.beside.Errands = append(s.beside.Errands, b.Errands...)
	s.beside.Loops = append(s.beside.Loops, b.Loops...)
}

// beginLoops begins the loops, and returns what ends them.
func (s *Service) beginLoops(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, loop := range s.beside.Loops {
		all.Go(func() { loop(ctx) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// Base is what the rooms above this package stand on, beside what a [Service] does
// for them.
type Base struct {
	Store   *store.Store
	Control *jobs.Control
	Account int64
	Config  *config.Config
	Worker  string // names this process
	Detail  string // that to people
	Log     *zap.Logger
}

// Base is this service's.
func (s *Service) Base() Base {
	return Base{s.st, s.control, s.account, s.cfg, s.id, s.detail, s.log}
}
