package importer

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"usher/store"
)

// An import's lease ends this long after the database last heard of it, and is
// prolonged this often.
const (
	leaseFor   = 12 * time.Second
	leaseEvery = 3 * time.Second
)

// tenure is the right to import into an account, as long as it is held. It is
// prolonged in the background, and in the transactions that write the import:
// these would otherwise still commit after somebody else had cleared the
// import away.
type tenure struct {
	st     *store.Store
	left   *unreleased
	name   string
	holder string
	lost   context.Context // ends, with ErrLeaseLost, when the lease is lost
	lose   context.CancelCauseFunc
	stop   context.CancelFunc
	done   chan struct{}
}

// hold takes the lease, or returns a [BusyError]. The holder is another one
// for each import, also of one process: a lease that was lost is never held
// again under its name.
func (im *Importer) hold(ctx context.Context, account int64) (*tenure, error) {
	t := &tenure{st: im.st, left: &im.left, name: store.ImportLease(account), holder: im.holder + "/" + rand.Text(), done: make(chan struct{})}
	if err := im.left.release(ctx); err != nil {
		return nil, err
	}
	held, err := im.st.HoldLease(ctx, t.name, t.holder, im.detail, leaseFor)
	if err != nil {
		return nil, err
	}
	if !held {
		return nil, im.busy(ctx, t.name)
	}
	ctx = context.WithoutCancel(ctx) // it is held until it is released
	t.lost, t.lose = context.WithCancelCause(ctx)
	ctx, t.stop = context.WithCancel(ctx)
	go t.keep(ctx, im.every)
	return t, nil
}

func (im *Importer) busy(ctx context.Context, name string) error {
	all, err := im.st.Leases(ctx, name)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.Name == name {
			return &BusyError{l.Detail}
		}
	}
	return &BusyError{}
}

// keep prolongs the lease until it is stopped, or the lease is lost. A
// database that cannot be reached for a moment is tried again.
func (t *tenure) keep(ctx context.Context, every time.Duration) {
	defer close(t.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	heard := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		at := time.Now()
		held, err := t.prolong(ctx, t.st)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			heard = at
		case err == nil || time.Since(heard) > leaseFor:
			t.lose(ErrLeaseLost)
			return
		}
	}
}

// prolonger prolongs a lease, in a transaction or on its own.
type prolonger interface {
	ProlongLease(ctx context.Context, name, holder string, d time.Duration) (bool, error)
}

func (t *tenure) prolong(ctx context.Context, in prolonger) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseFor)
	defer cancel()
	return in.ProlongLease(ctx, t.name, t.holder, leaseFor)
}

// fence begins a transaction of the import: it fails when the lease is lost,
// and nobody else can take the lease until the transaction has ended.
func (t *tenure) fence(ctx context.Context, tx *store.Tx) error {
	held, err := t.prolong(ctx, tx)
	if err == nil && !held {
		return ErrLeaseLost
	}
	return err
}

// bind returns a context that also ends when the lease is lost.
func (t *tenure) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(t.lost, func() { cancel(context.Cause(t.lost)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// unreleased are the leases of imports that are over, of which the database could not be
// told. The next import of the same process would wait for them to end.
type unreleased struct {
	mu  sync.Mutex
	all []*tenure
}

func (u *unreleased) add(t *tenure) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all = append(u.all, t)
}

// release gives them up.
func (u *unreleased) release(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.all) > 0 {
		if err := u.all[0].st.ReleaseLease(ctx, u.all[0].name, u.all[0].holder); err != nil {
			return err
		}
		u.all = u.all[1:]
	}
	return nil
}

// release gives the lease up. Should the database not be told, the lease ends
// by itself, or when this process imports next.
func (t *tenure) release(ctx context.Context) {
	t.stop()
	<-t.done
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseFor)
	defer cancel()
	t.giveUp(ctx)
	t.lose(nil)
}

// giveUp tells the database, or has it told later.
func (t *tenure) giveUp(ctx context.Context) {
	if err := t.st.ReleaseLease(ctx, t.name, t.holder); err != nil {
		t.left.add(t)
	}
}
