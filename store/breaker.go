package store

import (
	"context"
	"fmt"
	"slices"
)

// Breakers say when a batch stops by itself. The zero Breakers let nobody go first,
// count none that are alike, and tolerate no refusal.
type Breakers struct {
	Canary      int `json:"canary"`       // so many people of each run go first, alone; 0 is none
	SameRefusal int `json:"same_refusal"` // so many people in a row who are refused alike pause it; 0 is never
	Tolerate    int `json:"tolerate"`     // more than so many per cent of people refused pause it; 100 is never
}

// Reasons for which a batch pauses itself.
const (
	PausedCanary      = "canary"           // not all of those who went first were invited
	PausedSameRefusal = "same_refusal"     // many in a row were refused for the same reason
	PausedManyRefused = "too_many_refused" // too great a part was refused
)

// tolerateFrom is how many people must be invited or refused before it is asked
// which part of them was refused.
const tolerateFrom = 50

// BeginBreakers says when a batch stops by itself, and holds all of its queued people
// back but the first: in the transaction that sets it running.
func (t *Tx) BeginBreakers(ctx context.Context, batch int64, b Breakers) error {
	if err := t.SetBreakers(ctx, batch, b); err != nil {
		return err
	}
	return t.beginRun(ctx, batch)
}

// SetBreakers says when a batch stops by itself. Who goes first is decided as a run
// begins; see [Tx.BeginBreakers] and [Tx.Retry].
func (q queries) SetBreakers(ctx context.Context, batch int64, b Breakers) error {
	_, err := q.conn.exec(ctx, `
UPDATE batches
SET canary = $2, same_refusal = $3, tolerate = $4
WHERE id = $1`, batch, b.Canary, b.SameRefusal, b.Tolerate)
	return wrap("set the breakers of a batch", err)
}

// invitedNow says in SQL how many people of the batch $1 are invited.
const invitedNow = `coalesce((SELECT sum(n) FROM counts WHERE batch_id = $1 AND counts.state = 'invited'), 0)`

// countAnew forgets who of a batch was refused so far.
func (q queries) countAnew(ctx context.Context, batch int64) error {
	_, err := q.conn.exec(ctx, `
UPDATE batches
SET refused = 0, refusal = '', refusals_in_row = 0, invited_before = `+invitedNow+`, invited_at_refusal = `+invitedNow+`
WHERE id = $1`, batch)
	return wrap("count refusals anew", err)
}

// tally is what is counted of a batch since its run began, or it was resumed.
type tally struct {
	Breakers
	refused int    // people
	refusal string // of the last of them
	inRow   int    // people refused for that, with nobody invited between them
	before  int    // people invited when the counting began
	atLast  int    // people invited when somebody was last refused
}

func (t *Tx) tally(ctx context.Context, batch int64) (v tally, err error) {
	err = t.queryOne(ctx, `
SELECT canary, same_refusal, tolerate, refused, refusal, refusals_in_row, invited_before, invited_at_refusal
FROM batches
WHERE id = $1`, []any{batch}, &v.Canary, &v.SameRefusal, &v.Tolerate, &v.refused, &v.refusal, &v.inRow, &v.before, &v.atLast)
	return v, wrap("read refusals", err)
}

// add counts what became of people of a batch, in its order. invited is how many are
// so by now, those of all included; others who were invited since somebody was last
// refused came before these.
func (v *tally) add(all []Settlement, invited int) {
	own := 0
	for _, s := range all {
		if s.State == Invited {
			own++
		}
	}
	if invited-own > v.atLast {
		v.inRow = 0
	}
	for _, s := range all {
		switch {
		case s.State == Invited:
			v.inRow = 0
		case s.State == Failed && s.Refusal != v.refusal:
			v.refused, v.refusal, v.inRow = v.refused+1, s.Refusal, 1
		case s.State == Failed:
			v.refused, v.inRow = v.refused+1, v.inRow+1
		}
	}
	v.atLast = invited
}

// broken is the reason to pause a batch for, in a word and in a sentence; both are
// empty if there is none.
func (v *tally) broken() (reason, detail string) {
	heard := v.refused + v.atLast - v.before
	switch {
	case v.SameRefusal > 0 && v.inRow >= v.SameRefusal:
		return PausedSameRefusal, fmt.Sprintf("%s refused for the same reason: %s", peopleWere(v.inRow, " in a row"), v.refusal)
	case heard >= tolerateFrom && 100*v.refused > v.Tolerate*heard:
		return PausedManyRefused, fmt.Sprintf("%d of %s refused, which is more than %d %%. The last answer: %s",
			v.refused, peopleWere(heard, ""), v.Tolerate, v.refusal)
	}
	return "", ""
}

// peopleWere counts people, as the beginning of what became of them. Which of them, if
// anything is said of that, begins with a blank.
func peopleWere(n int, which string) string {
	if n == 1 {
		return "1 person" + which + " was"
	}
	return fmt.Sprintf("%d people%s were", n, which)
}

// holdSettled is [Tx.holdBatches] for those who go back to the queue. Where people are
// refused, the batches are the transaction's alone, so that refusals are counted one
// after the other, and none of two at one moment is overlooked.
func (t *Tx) holdSettled(ctx context.Context, all []Settlement) error {
	keys, lock := requeued(all), t.d.forShare
	for _, s := range all {
		if s.State == Failed {
			keys, lock = append(keys, s.Key), t.d.forUpdate
		}
	}
	return t.lockBatches(ctx, keys, lock)
}

// countRefusals counts those refused of the people who were settled, and pauses their
// batches when it is too many.
func (t *Tx) countRefusals(ctx context.Context, all []Settlement, settled []Key) error {
	for _, batch := range refusedBatches(all) {
		var own []Settlement
		refused := false
		for _, s := range all {
			if s.Batch == batch && (len(settled) == len(all) || slices.Contains(settled, s.Key)) {
				own = append(own, s)
				refused = refused || s.State == Failed
			}
		}
		if !refused {
			continue
		}
		if err := t.countRefused(ctx, batch, own); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) countRefused(ctx context.Context, batch int64, own []Settlement) error {
	v, err := t.tally(ctx, batch)
	if err != nil {
		return err
	}
	counts, err := t.Counts(ctx, batch)
	if err != nil {
		return err
	}
	v.add(own, counts[Invited])
	_, err = t.conn.exec(ctx, `
UPDATE batches
SET refused = $2, refusal = $3, refusals_in_row = $4, invited_at_refusal = $5
WHERE id = $1`, batch, v.refused, v.refusal, v.inRow, v.atLast)
	if err != nil {
		return fmt.Errorf("count refusals: %w", err)
	}
	reason, detail := v.broken()
	if reason == "" {
		return nil
	}
	_, err = t.PauseItself(ctx, batch, reason, detail)
	return err
}

// refusedBatches are the batches of people who are refused, the oldest first.
func refusedBatches(all []Settlement) []int64 {
	var ids []int64
	for _, s := range all {
		if s.State == Failed && !slices.Contains(ids, s.Batch) {
			ids = append(ids, s.Batch)
		}
	}
	slices.Sort(ids)
	return ids
}

// PauseItself is [Tx.PauseBatch] for a batch that nobody pauses but usher, with the act
// of it. It is told of by [Tx.Paused].
func (t *Tx) PauseItself(ctx context.Context, batch int64, reason, detail string) (bool, error) {
	paused, err := t.PauseBatch(ctx, batch, reason, detail)
	if err != nil || !paused {
		return false, err
	}
	t.paused = append(t.paused, PausedBatch{batch, reason})
	return true, t.RecordAct(ctx, Act{Actor: Actor{Name: "usher", Way: WayItself}, What: ActPause, Batch: batch})
}

// PausedBatch is a batch that paused itself.
type PausedBatch struct {
	Batch  int64
	Reason string
}

// Paused are the batches that paused themselves in this transaction.
func (t *Tx) Paused() []PausedBatch { return t.paused }
