package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// errandBook has the rows of errands: how often each is still to be done.
type errandBook struct {
	mu    sync.Mutex
	to    map[int64]int
	calls map[int64]int
}

func (b *errandBook) errand(what string) jobs.Errand {
	return jobs.Errand{What: what, Workers: 2,
		Do: func(_ context.Context, id int64) (time.Duration, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.calls[id]++
			switch b.to[id]--; {
			case b.to[id] == 2:
				return 0, errors.New("the disk is full")
			case b.to[id] > 0:
				return time.Millisecond, nil
			}
			delete(b.to, id)
			return 0, nil
		},
		Waiting: func(context.Context) (ids []int64, err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			for id := range b.to {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			return ids, nil
		},
	}
}

func (b *errandBook) done() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.to) == 0
}

// An errand is done until its row says that it is, whether or not it has a job.
func TestErrands(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		book := &errandBook{to: map[int64]int{1: 3, 2: 1, 3: 2}, calls: map[int64]int{}}
		err := f.st.InTx(ctx, func(tx *store.Tx) error {
			return f.control.EnqueueErrand(ctx, tx, f.account, "letter", 1, time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
		f.start(t, "w1", func(c *jobs.Config) { c.Errands = []jobs.Errand{book.errand("letter")} })
		f.until(t, book.done)
		book.mu.Lock()
		defer book.mu.Unlock()
		for id, least := range map[int64]int{1: 3, 2: 1, 3: 2} {
			if book.calls[id] < least {
				t.Errorf("errand %d was tried %d times, want %d or more", id, book.calls[id], least)
			}
		}
	})
}

// Who works for one batch alone leaves errands to others.
func TestErrandsNotByTheWay(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	book := &errandBook{to: map[int64]int{1: 1}, calls: map[int64]int{}}
	batch := f.batch(t, 5)
	f.start(t, "w1", func(c *jobs.Config) {
		c.OnlyBatch = batch
		c.Errands = []jobs.Errand{book.errand("letter")}
	})
	f.finished(t, batch)
	if book.done() {
		t.Error("an errand was done")
	}
}
