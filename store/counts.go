package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Counts is the number of applicants in each state.
type Counts map[State]int

// Total is the number of rows read.
func (c Counts) Total() int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

// Open is the number of applicants that are not settled.
func (c Counts) Open() int { return c[Queued] + c[Sending] }

// Problems is the number of rows that somebody should look at.
func (c Counts) Problems() int { return c[Rejected] + c[Failed] + c[Unknown] }

// Counts is the number of applicants of a batch by state; see
// [queries.CountsOf].
func (q queries) Counts(ctx context.Context, batch int64) (Counts, error) {
	all, err := q.CountsOf(ctx, []int64{batch})
	return all[batch], err
}

// CountsOf is the number of applicants of each of these batches by state. Nobody
// is counted for it: the numbers are kept, and are those of the rows at every
// moment at which a transaction is committed.
func (q queries) CountsOf(ctx context.Context, batches []int64) (map[int64]Counts, error) {
	arg, err := recordsArg(len(batches), func(i int) []any { return []any{batches[i]} })
	if err != nil {
		return nil, err
	}
	type count struct {
		standing
		n int
	}
	all, err := collect(ctx, q, `
SELECT batch_id, state, CAST(sum(n) AS BIGINT)
FROM counts
WHERE batch_id IN (SELECT k_batch FROM `+q.d.records([]col{{"k_batch", integer}})+` AS k)
GROUP BY batch_id, state`, []any{arg}, func(r rows) (c count, err error) {
		return c, r.Scan(&c.batch, &c.state, &c.n)
	})
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	counts := make(map[int64]Counts, len(batches))
	for _, id := range batches {
		counts[id] = make(Counts, len(States))
		for _, s := range States {
			counts[id][s] = 0
		}
	}
	for _, c := range all {
		counts[c.batch][c.state] = c.n
	}
	return counts, nil
}

// Counts is as [queries.Counts], with what this transaction changed.
func (t *Tx) Counts(ctx context.Context, batch int64) (Counts, error) {
	if err := t.keepCounts(ctx); err != nil {
		return nil, err
	}
	return t.queries.Counts(ctx, batch)
}

// CountsOf is as [queries.CountsOf], with what this transaction changed.
func (t *Tx) CountsOf(ctx context.Context, batches []int64) (map[int64]Counts, error) {
	if err := t.keepCounts(ctx); err != nil {
		return nil, err
	}
	return t.queries.CountsOf(ctx, batches)
}

// countsBy reads a query of names and how many there are of each.
func countsBy[K ~string](ctx context.Context, q queries, query string, args ...any) (map[K]int, error) {
	type count struct {
		name K
		n    int
	}
	all, err := collect(ctx, q, query, args, func(r rows) (c count, err error) { return c, r.Scan(&c.name, &c.n) })
	counts := make(map[K]int, len(all))
	for _, c := range all {
		counts[c.name] = c.n
	}
	return counts, err
}

// standing is what is counted: the applicants of a batch who are in a state.
type standing struct {
	batch int64
	state State
}

// moves are by how many more or fewer applicants there are since a transaction
// began.
type moves map[standing]int

// move notes that n applicants of a batch went from a state to another. Each
// statement that changes the state of applicants is followed by it; rows that
// are new come from no state.
func (t *Tx) move(batch int64, from, to State, n int) {
	if n == 0 || from == to {
		return
	}
	if t.moved == nil {
		t.moved = moves{}
	}
	if from != "" {
		t.moved[standing{batch, from}] -= n
	}
	t.moved[standing{batch, to}] += n
}

var countCols = []col{{"k_batch", integer}, {"k_state", text}, {"k_n", integer}}

// keepCounts adds what the transaction has changed to the kept counts. It is the
// last statement before the commit: whoever shares a slot with another waits for
// that one's commit alone, and as the rows are taken in one order and nothing
// after them, nobody waits for him in turn.
func (t *Tx) keepCounts(ctx context.Context) error {
	if err := t.flushRead(ctx); err != nil { // those who are read may have moved
		return err
	}
	var all []standing
	for s, n := range t.moved {
		if n != 0 {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(cmp.Compare(a.batch, b.batch), cmp.Compare(a.state, b.state))
	})
	arg, err := recordsArg(len(all), func(i int) []any { return []any{all[i].batch, string(all[i].state), t.moved[all[i]]} })
	if err != nil {
		return err
	}
	t.moved = nil
	return t.later(ctx, "keep counts", `
INSERT INTO counts (batch_id, state, slot, n)
SELECT k_batch, k_state, `+t.d.slot+`, k_n
FROM `+t.d.records(countCols)+` AS k
WHERE true
ORDER BY k_batch, k_state
ON CONFLICT (batch_id, state, slot) DO UPDATE
SET n = counts.n + excluded.n`, []any{arg}, nil)
}

// foldCounts puts the slots of a batch together, whose lock the transaction
// holds, so that what is left of a batch that is over is a row for each state. A
// slot that somebody is writing to stays: he is not waited for.
func (t *Tx) foldCounts(ctx context.Context, batch int64) error {
	type count struct {
		state State
		n     int
	}
	all, err := collect(ctx, t.queries, `
DELETE FROM counts
WHERE batch_id = $1 AND (state, slot) IN (
    SELECT state, slot
    FROM counts
    WHERE batch_id = $1 AND slot > 0
    `+t.d.forUpdateFree+`)
RETURNING state, n`, []any{batch}, func(r rows) (c count, err error) { return c, r.Scan(&c.state, &c.n) })
	if err != nil || len(all) == 0 {
		return wrap("fold counts", err)
	}
	arg, err := recordsArg(len(all), func(i int) []any { return []any{batch, string(all[i].state), all[i].n} })
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `
INSERT INTO counts (batch_id, state, slot, n)
SELECT k_batch, k_state, 0, CAST(sum(k_n) AS BIGINT)
FROM `+t.d.records(countCols)+` AS k
WHERE true
GROUP BY k_batch, k_state
ON CONFLICT (batch_id, state, slot) DO UPDATE
SET n = counts.n + excluded.n`, arg)
	return wrap("fold counts", err)
}
