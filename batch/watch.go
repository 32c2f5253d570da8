package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
)

// RunOptions say how a batch is run to its end.
type RunOptions struct {
	// MaxWait gives up, with a [WaitError], when nobody may be invited for this long,
	// as the gate is closed or the batch quiet; 0 never does.
	MaxWait time.Duration
	// Tell is told how far it is.
	Tell Teller
}

// RunToEnd works on one batch until it is over. That it was paused or cancelled
// meanwhile is an error. When ctx ends, what is in flight is brought to an end
// first; that is an [InterruptedError].
func (s *Service) RunToEnd(ctx context.Context, batch int64, o RunOptions) error {
	end, err := s.beginWork(ctx)
	if err != nil {
		return err
	}
	defer end()
	var worker *jobs.Service
	err = s.patiently(ctx, o.Tell, func(ctx context.Context) (err error) {
		if worker, err = s.worker(batch); err == nil {
			err = worker.Start(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	w := &watcher{Service: s, worker: worker, batch: batch, o: o}
	watched := w.watch(ctx)
	if ctx.Err() != nil {
		o.Tell.tell(Stopping{})
	}
	stopped := s.stop(worker)
	if ctx.Err() != nil && errors.Is(watched, ctx.Err()) {
		watched = w.interrupted(ctx) // what was in flight has ended
	}
	if w.cancelled {
		watched = errors.Join(watched, s.refresh(context.WithoutCancel(ctx), batch)) // what was in flight is settled now
	}
	switch {
	case watched != nil:
		return watched
	case store.Passing(stopped): // all is settled, and its leases end by themselves
		s.log.Warn("the database could not be told that the work is over", zap.Error(stopped))
		return nil
	}
	return stopped
}

// A database that is away is asked again this often, and given so long to answer
// one question. It may take all the time it needs to come back.
const (
	awayPoll = time.Second
	lookFor  = 5 * time.Second
)

// patiently does something that must be done, again and again while the database
// is away.
func (s *Service) patiently(ctx context.Context, tell Teller, do func(context.Context) error) error {
	for told := false; ; told = true {
		err := do(ctx)
		if !store.Passing(err) || ctx.Err() != nil {
			return err
		}
		if !told {
			tell.tell(DatabaseAway{Err: err})
		}
		select {
		case <-ctx.Done():
		case <-time.After(awayPoll):
		}
	}
}

// answers asks the database for its clock.
func (s *Service) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	_, err := s.st.Now(ctx)
	return err
}

// watcher tells a batch's progress until it is over, and says how it ended.
type watcher struct {
	*Service
	worker    *jobs.Service
	batch     int64
	o         RunOptions
	shut      time.Time // since when the gate has been closed, or the batch quiet
	cancelled bool      // the batch was
	gate      gateTold
}

// gateTold is what was told of the gate.
type gateTold struct {
	shut bool                 // that it is closed
	at   map[string]time.Time // when each reason was told last
}

// gateAgain is how soon the same reason is told again: a limit of the rate may close the
// gate every few seconds.
const gateAgain = time.Minute

// tell tells that the gate was closed, and that one of which this was told is open again.
func (t *gateTold) tell(g Gate, to Teller) {
	switch at, known := t.at[g.Reason]; {
	case g.Open && t.shut:
		t.shut = false
		to.tell(GateOpened{})
	case g.Open || known && time.Since(at) < gateAgain:
	default:
		if t.at == nil {
			t.at = map[string]time.Time{}
		}
		t.shut, t.at[g.Reason] = true, time.Now()
		to.tell(GateShut{g})
	}
}

// watchPoll is how soon a watcher looks again whether the batch is over: a fiftieth later
// each time, as who has waited for long can wait a little longer, and watchPollMost at the
// latest.
const (
	watchPoll     = 200 * time.Millisecond
	watchPollMost = time.Second
)

func (w *watcher) watch(ctx context.Context) error {
	next := watchPoll
	for {
		over, err := w.look(ctx)
		wait := next
		next = min(next+next/50, watchPollMost)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case store.Passing(err):
			w.worker.MetOutage(err)
			wait = awayPoll
		case over || err != nil:
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// look reports whether the batch is over; the error says how, if it is not done.
func (w *watcher) look(ctx context.Context) (over bool, err error) {
	b, gate, err := w.state(ctx)
	if err != nil {
		return false, err
	}
	switch b.State {
	case Paused:
		return true, WithHint(fmt.Errorf("batch %d was paused: %s", b.ID, b.PauseWords()), b.PausedHint())
	case GivenUp:
		w.cancelled = true
		return true, fmt.Errorf("batch %d was cancelled by somebody; %s", b.ID, invitedAlready(b.Counts))
	}
	done := b.State == Finished
	w.gate.tell(gateOf(gate), w.o.Tell)
	w.o.Tell.tell(Working{Batch: b.ID, Counts: b.Counts, Gate: gateOf(gate), Quiet: b.Quiet.Words(), Done: w.doneAbout(ctx, b), Last: done})
	if done {
		return true, nil
	}
	return false, w.tooLong(b, gate)
}

func (w *watcher) state(ctx context.Context) (b Batch, g store.Gate, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	if b, err = w.Batch(ctx, w.batch); err == nil {
		g, err = w.st.Gate(ctx, w.account)
	}
	return b, g, err
}

// doneAbout says when a batch is done, if quiet times make that later.
func (w *watcher) doneAbout(ctx context.Context, b Batch) string {
	if b.Quiet == nil {
		return ""
	}
	now, err := w.st.PaceNow(ctx, w.account, pace(w.cfg))
	if err != nil {
		return ""
	}
	return w.doneInQuiet(Pace{Today: now.Today, DayLearned: now.DayLimit}, b)
}

// tooLong gives up when the gate has been closed, or the batch been quiet, for as long
// as somebody waits.
func (w *watcher) tooLong(b Batch, gate store.Gate) error {
	now := time.Now()
	switch {
	case gate.Open() && !b.IsQuiet():
		w.shut = time.Time{}
		return nil
	case w.shut.IsZero():
		w.shut = now
	}
	if w.o.MaxWait == 0 || now.Sub(w.shut) < w.o.MaxWait {
		return nil
	}
	return &WaitError{Waited: w.o.MaxWait, Gate: gateOf(gate), Quiet: b.Quiet.Words()}
}

// stop stops a worker, for work.stop_timeout at most.
func (s *Service) stop(worker *jobs.Service) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Work.StopTimeout)
	defer cancel()
	err := worker.Stop(ctx)
	s.traffic.flush()
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("some requests did not end in time; what became of them is looked up when work goes on")
	}
	return err
}
