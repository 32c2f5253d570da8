package batch

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"usher/importer"
	"usher/store"
)

const (
	// checksAtOnce is how many uploads a process checks at the same time.
	checksAtOnce = 2
	// checkPatience is how long somebody who asks waits for the end of a check.
	checkPatience = 1500 * time.Millisecond
	// uploadPoll is how often it is looked whether another process is done.
	uploadPoll = 100 * time.Millisecond
	// beatEvery is how often the fleet is told how far a check, or an import, is.
	beatEvery = time.Second
)

// checks are the uploads that this process checks. They go on when nobody waits
// for them any more, until the service is closed.
type checks struct {
	ctx  context.Context
	stop context.CancelFunc
	wait sync.WaitGroup
	slot chan struct{}

	mu  sync.Mutex
	now map[checked]chan struct{} // closed at the end
}

// checked names a check.
type checked struct {
	upload   string
	revision int
}

func newChecks() *checks {
	c := &checks{slot: make(chan struct{}, checksAtOnce), now: map[checked]chan struct{}{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// close ends every check. What was claimed is given back.
func (c *checks) close() {
	c.stop()
	c.wait.Wait()
}

// begin runs a check unless it is running already, and returns what is closed at
// its end.
func (c *checks) begin(which checked, run func(ctx context.Context)) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, ok := c.now[which]; ok {
		return done
	}
	done := make(chan struct{})
	if c.ctx.Err() != nil {
		close(done)
		return done
	}
	c.now[which] = done
	c.wait.Go(func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.now, which)
			close(done)
		}()
		if c.take(c.ctx) == nil {
			defer c.give()
			run(c.ctx)
		}
	})
	return done
}

// take waits for one of the places of those who read a list.
func (c *checks) take(ctx context.Context) error {
	select {
	case c.slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

func (c *checks) give() { <-c.slot }

// EnsureChecked sees to it that the present revision of an upload is checked, once
// for the whole fleet, and returns it as it is after a moment: whoever is told that
// it is not checked yet asks again.
func (s *Service) EnsureChecked(ctx context.Context, id string) (Upload, error) {
	u, err := s.upload(ctx, id)
	if err != nil {
		return Upload{}, err
	}
	if u.State != UploadReady || u.PlanRevision == u.Revision {
		return s.Upload(ctx, id)
	}
	done := s.checks.begin(checked{id, u.Revision}, func(ctx context.Context) { s.check(ctx, u) })
	end, look := time.After(checkPatience), time.NewTicker(uploadPoll)
	defer look.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			return Upload{}, context.Cause(ctx)
		case <-end:
			over = true
		case <-done:
			done = nil // another process may be at it, if this one was not
			over = s.isChecked(ctx, id, u.Revision)
		case <-look.C:
			over = done == nil && s.isChecked(ctx, id, u.Revision)
		}
	}
	return s.Upload(ctx, id)
}

// isChecked reports whether there is nothing to wait for.
func (s *Service) isChecked(ctx context.Context, id string, revision int) bool {
	u, err := s.upload(ctx, id)
	return err != nil || u.Revision != revision || u.PlanRevision == revision
}

// check checks a revision of an upload, if no other process does.
func (s *Service) check(ctx context.Context, u store.Upload) {
	mine, err := s.st.ClaimCheck(ctx, u.ID, u.Revision, s.id)
	if err != nil || !mine {
		s.notChecked(u, err)
		return
	}
	err = s.checkClaimed(ctx, u)
	if err == nil {
		return
	}
	s.notChecked(u, err)
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookFor)
	defer cancel()
	_ = s.st.ReleaseCheck(done, u.ID, u.Revision, s.id) // else the claim ends by itself
}

// notChecked logs that a check came to nothing, unless it was not wanted any more.
func (s *Service) notChecked(u store.Upload, err error) {
	if err != nil && s.checks.ctx.Err() == nil && !errors.Is(err, errUnwanted) {
		s.log.Warn("an upload could not be checked; whoever asks for it tries again", zap.String("upload", u.ID), zap.Error(plainly(err)))
	}
}

// errUnwanted means that somebody chose anew while a list was checked, or another
// process took the check over.
var errUnwanted = errors.New("the check is not wanted any more")

// checkClaimed checks, and keeps what was found. It tells how far it is, and ends
// when the claim is lost.
func (s *Service) checkClaimed(ctx context.Context, u store.Upload) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var far atomic.Pointer[importer.Progress]
	beats := s.beats(ctx, func(ctx context.Context) error {
		p := store.UploadProgress{Total: u.Size}
		if at := far.Load(); at != nil {
			p = store.UploadProgress(*at)
		}
		wanted, err := s.st.BeatCheck(ctx, u.ID, u.Revision, s.id, p)
		if err == nil && !wanted {
			cancel(errUnwanted)
		}
		return err
	})
	plan, sheet, err := s.plan(ctx, u, func(p importer.Progress) { far.Store(&p) })
	beats()
	if err != nil {
		return err
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	_, err = s.st.SavePlan(ctx, u.ID, u.Revision, s.id, string(text), sheet)
	return err
}

// beats calls something every now and then until the function that it returns is
// called. What the database does not take is tried again the next time.
func (s *Service) beats(ctx context.Context, beat func(ctx context.Context) error) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			soon, stop := context.WithTimeout(ctx, lookFor)
			_ = beat(soon)
			stop()
		}
	})
	return func() {
		cancel()
		wait.Wait()
	}
}
