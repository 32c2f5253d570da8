package batch

import (
	"context"

	"usher/store"
)

// rowsReader reads applicants of a batch in row order.
type rowsReader interface {
	Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error)
}

// stateRows reads those who are in a state.
type stateRows struct {
	st    *store.Store
	state State
}

// Applicants reads up to limit of them after a row.
func (r stateRows) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	return r.st.People(ctx, store.PeopleFilter{Batch: batch, States: []State{r.state}, After: afterRow, Limit: limit})
}

// tally counts by state whom it reads.
type tally struct {
	rows   rowsReader
	counts Counts
}

// Applicants reads up to limit applicants after a row.
func (t *tally) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	page, err := t.rows.Applicants(ctx, batch, afterRow, limit)
	for i := range page {
		t.counts[page[i].State]++
	}
	return page, err
}

// withoutNone are counts without the states that nobody is in.
func withoutNone(c Counts) Counts {
	some := Counts{}
	for state, n := range c {
		if n > 0 {
			some[state] = n
		}
	}
	return some
}

// counted counts the bytes that are written into it.
type counted int64

// Write counts.
func (c *counted) Write(p []byte) (int, error) {
	*c += counted(len(p))
	return len(p), nil
}
