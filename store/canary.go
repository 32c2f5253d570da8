package store

import (
	"context"
	"fmt"
)

// The first people of a run go alone, while the others are held back by the row of the
// last of them: the claim goes by it (see [Tx.Claim]), whoever works and whoever dies.
// When all of them are invited the row becomes 0, which is nobody's.

// beginRun begins to count who of a batch is refused, and holds all back but the first
// of its queued people. Where that are all of them nobody is held back.
func (t *Tx) beginRun(ctx context.Context, batch int64) error {
	if err := t.countAnew(ctx, batch); err != nil {
		return err
	}
	b, err := t.Batch(ctx, batch)
	if err != nil {
		return err
	}
	first, err := t.QueuedAfter(ctx, batch, 0, b.Breakers.Canary+1)
	if err != nil {
		return err
	}
	last := 0
	if n := b.Breakers.Canary; n > 0 && len(first) > n {
		last = first[n-1]
	}
	_, err = t.conn.exec(ctx, `UPDATE batches SET canary_to = $2 WHERE id = $1`, batch, last)
	return wrap("hold people back", err)
}

// CanaryLease is the name of the lease under which one process at a time sends to those
// of a batch who go first.
func CanaryLease(batch int64) string { return fmt.Sprintf("canary:%d", batch) }

// Canary are the rows of those who go first, and alone, and whom nobody has been sent to:
// empty when they are all on their way or settled, or nobody is held back.
func (q queries) Canary(ctx context.Context, batch int64) ([]int, error) {
	all, err := collect(ctx, q, `
SELECT row_no
FROM applicants
WHERE batch_id = $1 AND state = 'queued' AND row_no <= (SELECT canary_to FROM batches WHERE id = $1)
ORDER BY row_no`, []any{batch}, scanRow)
	return all, wrap("read who goes first", err)
}

// JudgeCanary lets the others of a running batch go when all who went first are invited,
// and pauses it when somebody of them is not and will not be. It reports whether the
// others may go by this. While somebody who went first is queued, being sent to or
// looked up, nothing is decided.
func (t *Tx) JudgeCanary(ctx context.Context, batch int64) (passed bool, err error) {
	b, err := t.lockBatch(ctx, batch)
	if err != nil || b.State != BatchRunning || b.CanaryTo == 0 {
		return false, wrap("judge who went first", err)
	}
	var open bool
	err = t.queryOne(ctx, `
SELECT EXISTS (SELECT 1 FROM applicants WHERE batch_id = $1 AND state = 'queued' AND row_no <= $2)
    OR EXISTS (SELECT 1 FROM applicants WHERE batch_id = $1 AND state = 'sending' AND row_no <= $2)`,
		[]any{batch, b.CanaryTo}, &open)
	if err != nil || open {
		return false, wrap("judge who went first", err)
	}
	var refused, unknown int
	for state, n := range map[State]*int{Failed: &refused, Unknown: &unknown} {
		err = t.queryOne(ctx, `
SELECT count(*)
FROM applicants
WHERE batch_id = $1 AND state = $2 AND row_no <= $3 AND run = $4`, []any{batch, string(state), b.CanaryTo, b.Run}, n)
		if err != nil {
			return false, wrap("judge who went first", err)
		}
	}
	if refused+unknown == 0 {
		_, err = t.conn.exec(ctx, `UPDATE batches SET canary_to = 0 WHERE id = $1`, batch)
		return err == nil, wrap("let the others go", err)
	}
	v, err := t.tally(ctx, batch)
	if err != nil {
		return false, err
	}
	_, err = t.PauseItself(ctx, batch, PausedCanary, canaryWords(b.Breakers.Canary, refused, unknown, v.refusal))
	return false, err
}

// canaryWords say why those who went first keep the others back.
func canaryWords(first, refused, unknown int, refusal string) string {
	words := fmt.Sprintf("%d of the first %d people were refused: %s", refused, first, refusal)
	lost := fmt.Sprintf("what became of %d of the first %d people could not be found out", unknown, first)
	switch {
	case refused == 0:
		return lost
	case refused == 1:
		words = fmt.Sprintf("1 of the first %d people was refused: %s", first, refusal)
	}
	if unknown > 0 {
		words = lost + "; " + words
	}
	return words
}
