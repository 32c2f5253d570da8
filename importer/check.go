package importer

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"usher/store"
)

// checkRows is how many rows are checked at a time.
const checkRows = 1000

// Check reads a source as an import would, and tells what the import would do.
// It stores and sends nothing. Without a store, when there is no database yet,
// nobody was invited before.
//
// Where the list was read, but its sheet, its header or its columns are not
// understood, what is known of them comes with the error as a plan that counts
// nobody, so that somebody can choose.
func Check(ctx context.Context, st *store.Store, src Feed, o Options) (*Plan, error) {
	k, err := newCheck(ctx, st, o)
	if err != nil {
		return nil, err
	}
	if _, err := follow(ctx, st, o.Account, src, k.secret); err != nil {
		return nil, err
	}
	in, err := k.placer.open(ctx, src, o, k.secret)
	if err != nil {
		plan := outline(in, src, o, err)
		return plan, doubtful(ctx, src, o, err)
	}
	planner := newPlanner(in.valid.header)
	if err := k.plan(ctx, in, planner, o); err != nil {
		return outline(in, src, o, err), err
	}
	plan := planner.finish(in, o.name(src))
	plan.InDoubt = namesInDoubt(ctx, src, o, plan)
	return plan, nil
}

// check knows what was invited before, if there is a database.
type check struct {
	st      *store.Store // may be nil
	account int64
	secret  []byte
	now     func() time.Time
	placer  *placer
}

func newCheck(ctx context.Context, st *store.Store, o Options) (k *check, err error) {
	k = &check{st: st, account: o.Account, now: time.Now}
	if st == nil {
		k.secret = make([]byte, 32) // good for comparing the rows with each other
		_, _ = rand.Read(k.secret)  // never fails
	} else {
		if k.secret, err = st.PersonSecret(ctx); err != nil {
			return nil, err
		}
		if k.now, err = clock(ctx, st); err != nil {
			return nil, err
		}
	}
	k.placer = newPlacer(o, k.now)
	k.placer.all = true
	return k, nil
}

// plan reads an input to its end.
func (k *check) plan(ctx context.Context, in *input, planner *planner, o Options) (err error) {
	if in.mend, err = newMender(o, in.rows, in.src.Format()); err != nil {
		return err
	}
	defer in.mend.close()
	if in.pick = newPicker(o.Mendable, &planner.plan); in.pick.wants() {
		in.rows.keep = true
	}
	if planner.plan.Existing, err = k.existing(ctx, in.src, o); err != nil {
		return err
	}
	if err := k.run(ctx, in, planner, &meter{tell: o.Progress, src: in.src}); err != nil {
		return err
	}
	return in.mend.done()
}

func (k *check) existing(ctx context.Context, src Feed, o Options) (*store.Batch, error) {
	if k.st == nil || o.Again {
		return nil, nil
	}
	sum, _, err := fingerprint(src, o)
	if err != nil {
		return nil, err
	}
	b, ok, err := recognise(ctx, k.st, k.account, sum)
	if err != nil || !ok {
		return nil, err
	}
	return &b, nil
}

func (k *check) run(ctx context.Context, in *input, planner *planner, meter *meter) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c, err := in.next(checkRows)
		if err == io.EOF {
			meter.done()
			return nil
		}
		if err != nil {
			return err
		}
		if err := k.placer.place(ctx, k, c); err != nil {
			return err
		}
		if err := in.list(c); err != nil {
			return err
		}
		planner.add(c)
		meter.add(len(c.applicants))
	}
}

// claim implements register: it reads who holds whom, and claims nobody.
func (k *check) claim(ctx context.Context, all []store.Claimant) (map[string]store.Holder, error) {
	keys := make([]string, len(all))
	for i, c := range all {
		keys[i] = c.PersonKey
	}
	return k.holders(ctx, keys)
}

// holders implements register.
func (k *check) holders(ctx context.Context, keys []string) (map[string]store.Holder, error) {
	if k.st == nil || len(keys) == 0 {
		return nil, nil
	}
	return k.st.Holders(ctx, k.account, keys)
}

// references implements register.
func (k *check) references(ctx context.Context, ids []string) (map[string][]store.Holder, error) {
	if k.st == nil {
		return nil, nil
	}
	return k.st.ReferenceHolders(ctx, k.account, 0, ids)
}

// take implements register.
func (k *check) take(context.Context, string, store.Key, int) (bool, error) { return true, nil }
