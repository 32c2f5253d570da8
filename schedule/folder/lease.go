package folder

import (
	"context"
	"errors"
	"strings"
	"time"

	"usher/store"
)

const (
	// leaseFor is how long a process that does not answer is believed to serve a folder.
	leaseFor = 12 * time.Second
	// beatEvery is how often it says that it lives.
	beatEvery = 3 * time.Second
	// leasePatience is how long somebody waits who takes what is there, and goes: longer
	// than the lease of one that has died.
	leasePatience = leaseFor + 3*time.Second
)

// BusyError means that another process serves the folder.
type BusyError struct {
	Detail string // which one
	passes bool
}

func (e *BusyError) Error() string {
	if e.Detail == "" {
		return "another process serves this folder"
	}
	return "this folder is served by " + e.Detail
}

// Passes reports whether it lets go by itself soon: it takes what is there for a schedule,
// and does not watch.
func (e *BusyError) Passes() bool { return e.passes }

// Hint is the next step.
func (e *BusyError) Hint() string {
	return "it takes the files that are there; stop it first to take them here"
}

// hold takes the folder's lease, or says who has it.
func (f *Folder) hold(ctx context.Context) error {
	name := store.FolderLease(f.base.Account, f.dir)
	held, err := f.base.Store.HoldLease(ctx, name, f.holder, f.base.Detail, leaseFor)
	if err != nil {
		return err
	}
	if held {
		f.kept = obstacle{}
		return f.base.Store.ServeFolder(ctx, f.base.Account, f.dir, f.base.Detail)
	}
	all, err := f.base.Store.Leases(ctx, name)
	if err != nil || len(all) == 0 {
		return errors.Join(err, &BusyError{passes: true}) // it has just let go
	}
	return &BusyError{all[0].Detail, strings.HasSuffix(all[0].Holder, runEnding)}
}

// runEnding tells the holders of leases who take files for a schedule, and then let go.
const runEnding = " run"

// errLeaseLost means that the process was taken for dead.
var errLeaseLost error = lostError("it did not answer in time, so that another process may serve the folder; it is served anew when none does")

// lostError is an error whose words name nobody.
type lostError string

func (e lostError) Error() string { return string(e) }

// Discreet are words that name nobody.
func (e lostError) Discreet() string { return string(e) }

// holding does something under the lease that was taken. Its context ends when the lease
// is lost.
func (f *Folder) holding(ctx context.Context, do func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		f.beat(ctx, cancel)
	}()
	err := do(ctx)
	if errors.Is(context.Cause(ctx), errLeaseLost) {
		err = errLeaseLost
	}
	cancel(nil)
	<-beating
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), beatEvery)
	defer stop()
	_ = f.base.Store.ReleaseLease(last, store.FolderLease(f.base.Account, f.dir), f.holder) // else it ends by itself
	return err
}

// beat prolongs the lease until ctx ends, and cancels when that cannot be done any more.
func (f *Folder) beat(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := time.Now()
		held, err := f.base.Store.ProlongLease(ctx, store.FolderLease(f.base.Account, f.dir), f.holder, leaseFor)
		switch {
		case err == nil && held:
			last = asked
		case err == nil, time.Since(last) > leaseFor:
			cancel(errLeaseLost)
			return
		}
	}
}
