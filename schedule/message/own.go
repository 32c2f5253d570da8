package message

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// Own tells what a process caused that does not work for every batch, and ends: 'usher
// run' and its like. Other events it leaves to a process that does. It goes on beside
// the work, for which it fails nothing, and for a little while after it.
type Own struct {
	*Room
	idle   bool // nobody is to be told
	ctx    context.Context
	cancel context.CancelFunc

	sending sync.WaitGroup
	slots   chan struct{}

	mu    sync.Mutex
	scope store.EventScope
	made  map[int64]bool // messages that are not at their end, and whether one is being sent
	said  time.Time      // when a log was last told that there is trouble
}

// Own begins the telling of a process, of what becomes of its batches, and of what is
// noted of the gate from now on; of everything that is noted from now on, if it works
// for every batch. It tells until ctx ends. [Own.End] is called when the work is over.
func (r *Room) Own(ctx context.Context, everything bool) *Own {
	o := &Own{Room: r, idle: len(r.targets) == 0 || r.svc.Rehearsal(), slots: make(chan struct{}, workers), made: map[int64]bool{}}
	o.ctx, o.cancel = context.WithCancel(ctx)
	if o.idle {
		return o
	}
	o.scope.Kinds = []store.EventName{store.EventGate}
	if everything {
		o.scope.Kinds = store.EventNames
	}
	var err error
	if o.scope.After, err = r.st.LastEvent(ctx, r.account); err != nil {
		o.scope.After = math.MaxInt64
		o.trouble(err)
	}
	return o
}

// Begin tells what happens while the process works, for a batch if it is not 0, until
// end is called.
func (o *Own) Begin(batch int64) (end func()) {
	if o.idle {
		return func() {}
	}
	o.mu.Lock()
	if batch != 0 && !slices.Contains(o.scope.Batches, batch) {
		o.scope.Batches = append(o.scope.Batches, batch)
	}
	o.mu.Unlock()
	ctx, stop := context.WithCancel(o.ctx)
	var loop sync.WaitGroup
	loop.Go(func() {
		for ctx.Err() == nil {
			if _, err := o.step(ctx, false); err != nil {
				o.trouble(err)
			}
			pause(ctx, o.times.look)
		}
	})
	return func() {
		stop()
		loop.Wait()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// trouble logs, now and then, that the database does not do what is needed.
func (o *Own) trouble(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx.Err() == nil && time.Since(o.said) > sayEvery {
		o.said = time.Now()
		o.log.Warn("people could not be told what happened; it is tried again", zap.Error(store.Clean(err)))
	}
}

// step makes messages of what is to be told, all of it or what is due, and has those
// sent that can be. It reports whether any are on their way.
func (o *Own) step(ctx context.Context, all bool) (busy bool, err error) {
	events, err := o.untold(ctx)
	if err != nil {
		return false, err
	}
	ids, err := o.tellOf(ctx, events, all)
	o.mu.Lock()
	for _, id := range ids {
		o.made[id] = false
	}
	o.mu.Unlock()
	if err != nil {
		return false, err
	}
	open, err := o.open(ctx)
	if err != nil {
		return false, err
	}
	now, err := o.st.Now(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range open {
		if m.NextAt.After(now) { // it did not arrive, and waits
			continue
		}
		busy = true
		o.begin(m.ID)
	}
	return busy, nil
}

// untold are the events of this process that somebody is to be told of. What none of
// its targets wants, another process may have one for.
func (o *Own) untold(ctx context.Context) ([]store.Event, error) {
	o.mu.Lock()
	scope := o.scope
	scope.Batches = slices.Clone(scope.Batches)
	o.mu.Unlock()
	events, err := o.st.UntoldEventsOf(ctx, o.account, scope, 2*tellMost)
	return slices.DeleteFunc(events, func(e store.Event) bool {
		for _, t := range o.targets {
			if wants(t, e) {
				return false
			}
		}
		return true
	}), err
}

// open are the messages of this process that wait, or are being sent.
func (o *Own) open(ctx context.Context) (all []store.Message, err error) {
	o.mu.Lock()
	ids := make([]int64, 0, len(o.made))
	for id := range o.made {
		ids = append(ids, id)
	}
	o.mu.Unlock()
	slices.Sort(ids)
	for _, id := range ids {
		m, err := o.st.Message(ctx, o.account, id)
		switch {
		case err == nil && m.State == store.MessageWaiting:
			all = append(all, m)
			continue
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return all, err
		}
		o.mu.Lock()
		delete(o.made, id)
		o.mu.Unlock()
	}
	return all, nil
}

// begin sends a message, unless that is under way. Whoever else does has it to himself.
func (o *Own) begin(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made[id] {
		return
	}
	select {
	case o.slots <- struct{}{}:
	default: // at the next look
		return
	}
	o.made[id] = true
	o.sending.Go(func() {
		_, err := o.send(o.ctx, id)
		<-o.slots
		if err != nil {
			o.trouble(err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if _, is := o.made[id]; is {
			o.made[id] = false
		}
	})
}
