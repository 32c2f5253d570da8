package web

import (
	"context"
	"fmt"
	"sync"

	"usher/batch"
)

// causes remembers what went wrong in batches that are over, as long as nothing
// changes: to count it takes some time where it is much.
type causes struct {
	mu sync.Mutex
	by map[string][]batch.Cause
}

// causesKept is of how many batches it is remembered.
const causesKept = 200

// of is what went wrong in a batch: one more cause than is shown, if there are as
// many.
func (c *causes) of(ctx context.Context, svc *batch.Service, b batch.Batch) ([]batch.Cause, error) {
	if b.State != batch.Finished && b.State != batch.GivenUp || b.Counts.Open() > 0 {
		return svc.CausesSoFar(ctx, b.ID, causesShown+1)
	}
	key := fmt.Sprint(b.ID, b.Run, b.Counts) // maps print in the order of their keys
	c.mu.Lock()
	known, ok := c.by[key]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	all, err := svc.Causes(ctx, b.ID, causesShown+1)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= causesKept {
		c.by = map[string][]batch.Cause{}
	}
	c.by[key] = all
	return all, nil
}

// causeView is what went wrong with some people of a batch.
type causeView struct {
	batch.Cause
	batch.CodeMeaning
	Name  string // of the state
	Plain bool   // its code can be in an address
	Said  string // what was said of the first of them; empty for who may not see it
}

func (v batchView) causeView(c batch.Cause) causeView {
	view := causeView{Cause: c, CodeMeaning: causeWords(c.State, c.Code), Name: stateName[c.State], Plain: plainCode(c.Code)}
	if v.Open {
		view.Said = pageWords(c.Message)
	}
	return view
}
