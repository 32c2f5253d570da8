package jobs

import (
	"context"
	"time"
)

// A process that has nothing to do takes little of its machine and of the database. How
// often its loops look follows from two things: whether any batch runs, and whether it is
// told of what other processes do, as on PostgreSQL; see [Service.hear].

// reconcilePoll is how often a process brings the queues it serves in line
// with the batches that run, and looks whether one is over, or whether there is a batch at
// all; reconcileTold is how often it looks where none runs and it is told of one.
const (
	reconcilePoll = 500 * time.Millisecond
	reconcileTold = 2 * time.Second
)

// gatePoll is how often a process looks at the gate, gatePollHears how often where it is
// told of what becomes of it, and gatePollIdle where no batch runs either. A claim is fenced
// by the row itself, so this bounds only how soon work goes on.
const (
	gatePoll      = 300 * time.Millisecond
	gatePollHears = time.Second
	gatePollIdle  = 2 * time.Second
)

func (s *Service) gatePoll() time.Duration {
	switch {
	case !s.isTold():
		return gatePoll
	case s.busy.Load():
		return gatePollHears
	}
	return gatePollIdle
}

// isTold reports whether other processes tell this one of what they do.
func (s *Service) isTold() bool { return s.hears.Load() && s.st.Path() == "" }

// noteBusy notes whether any batch runs.
func (s *Service) noteBusy(any bool) {
	if !s.busy.Swap(any) && any {
		nudge(s.began)
	}
}

func (s *Service) reconcilePoll(busy bool) time.Duration {
	if s.isTold() && !busy {
		return reconcileTold
	}
	return reconcilePoll
}

// idle waits until it is time to look again, or something changed.
func (s *Service) idle(ctx context.Context, changed <-chan struct{}, poll time.Duration) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.wake:
	case <-changed:
	case <-timer.C:
	}
}

// restSweep waits until it is time to sweep again. While no batch runs only jobs that lie in
// the future are looked for each second: who is in doubt in a batch that is paused or
// cancelled can wait a little longer.
func (s *Service) restSweep(ctx context.Context) {
	rest := s.slowSweep()
	if s.busy.Load() || s.sweeping.ahead || s.sweeping.setBack.Load() {
		rest = min(sweepPoll, s.cfg.Sweep)
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.began:
	case <-timer.C:
	}
}

// slowSweep is how often it is looked for what is rare.
func (s *Service) slowSweep() time.Duration {
	if s.busy.Load() {
		return s.cfg.Sweep
	}
	return sweepIdle * s.cfg.Sweep
}
