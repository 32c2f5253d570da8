package store

import (
	"context"
	"fmt"
)

// Retry opens a new run of a finished or running batch: those who failed, and
// duplicates whose holder has given the person up, are queued again, if they
// can hold their person and nobody else holds their reference. It returns the
// rows it queued, whose jobs must be enqueued in this transaction, and does
// nothing when there are none. Who is refused is counted anew, and the first of a new
// run go alone.
func (t *Tx) Retry(ctx context.Context, batch int64) ([]int, error) {
	b, err := t.lockBatch(ctx, batch)
	if err != nil {
		return nil, err
	}
	if err := b.retryable(); err != nil {
		return nil, err
	}
	if err := t.LockReferences(ctx, b.Account); err != nil {
		return nil, err
	}
	candidates, err := t.retryCandidates(ctx, b)
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	held, err := t.retake(ctx, b, candidates)
	if err != nil {
		return nil, err
	}
	var won []int
	for _, c := range candidates {
		if _, lost := held[c.PersonKey]; !lost {
			won = append(won, c.Row)
		}
	}
	if len(won) == 0 {
		return nil, nil
	}
	return won, t.requeue(ctx, b, won)
}

// Retryable is how many rows a retry would queue again. It reads and locks nothing,
// as it is asked by whoever thinks of it.
func (q queries) Retryable(ctx context.Context, batch int64) (int, error) {
	b, err := q.Batch(ctx, batch)
	if err != nil {
		return 0, err
	}
	if err := b.retryable(); err != nil {
		return 0, err
	}
	all, err := q.retryCandidates(ctx, b)
	return len(all), err
}

// retryable returns a [StateError] for a batch that cannot be retried.
func (b Batch) retryable() error {
	if b.State != BatchFinished && b.State != BatchRunning && b.State != BatchPaused {
		return &StateError{b.ID, b.State, "retried"}
	}
	return nil
}

// retryable is a row that a retry may take.
type retryable struct {
	Claimant
	reference string
	from      Key // who has the person, if it is to be taken once more for a re-invitation
}

// retake claims the persons of these rows, and returns those whom others hold.
func (t *Tx) retake(ctx context.Context, b Batch, all []retryable) (map[string]Holder, error) {
	claimants := make([]Claimant, len(all))
	for i, c := range all {
		claimants[i] = c.Claimant
		if c.from.Batch == 0 {
			continue
		}
		if _, err := t.TakePerson(ctx, b.Account, c.PersonKey, c.from, Key{b.ID, c.Row}); err != nil {
			return nil, err
		}
	}
	return t.ClaimPeople(ctx, b.Account, b.ID, claimants)
}

// retryCandidates are the rows a retry may take, each person and reference once:
// the failed row of a person before a duplicate one.
//
// A failed row that has a holder is a re-invitation: its person went back to
// that one, and is taken again. A duplicate that the list itself calls invited
// is nobody's to retry, and one whose person's first row was not let through
// waits for that row. Nor is a row taken whose reference is held with other
// contact data: only a failed re-invitation was allowed that, against those who
// were known when it was imported.
func (q queries) retryCandidates(ctx context.Context, b Batch) ([]retryable, error) {
	all, err := collect(ctx, q, `
SELECT a.row_no, a.person_key, a.external_id, CASE WHEN p.batch_id = a.holder_batch THEN p.batch_id ELSE 0 END, coalesce(p.row_no, 0)
FROM applicants a
LEFT JOIN people p ON p.account_id = $2 AND p.person_key = a.person_key
LEFT JOIN applicants h ON h.batch_id = a.holder_batch AND h.row_no = a.holder_row
WHERE a.batch_id = $1
  AND a.state IN ('failed', 'duplicate')
  AND a.error_code <> 'invited_elsewhere'
  AND (p.person_key IS NULL
      OR (p.batch_id = $1 AND p.row_no = a.row_no)
      OR (a.state = 'failed' AND p.batch_id = a.holder_batch AND p.row_no = a.holder_row))
  AND NOT (a.state = 'duplicate' AND a.holder_batch = $1 AND coalesce(h.state, '') IN ('duplicate', 'rejected'))
  AND NOT EXISTS (
      SELECT 1 FROM applicants o
      WHERE o.external_id = a.external_id
        AND a.external_id <> ''
        AND o.person_key <> a.person_key
        AND o.state || '' IN `+heldStates+`
        AND (SELECT ob.account_id FROM batches ob WHERE ob.id = o.batch_id) = $2
        AND NOT (a.state = 'failed' AND a.holder_batch > 0 AND o.batch_id <= a.holder_batch))
ORDER BY CASE a.state WHEN 'failed' THEN 0 ELSE 1 END, a.row_no`, []any{b.ID, b.Account}, func(r rows) (c retryable, err error) {
		return c, r.Scan(&c.Row, &c.PersonKey, &c.reference, &c.from.Batch, &c.from.Row)
	})
	if err != nil {
		return nil, fmt.Errorf("read what can be retried: %w", err)
	}
	type seen struct{ person, reference string }
	had := make(map[seen]bool, len(all))
	once := all[:0]
	for _, c := range all {
		person, reference := seen{person: c.PersonKey}, seen{reference: c.reference}
		if !had[person] && !had[reference] {
			once = append(once, c)
			had[person], had[reference] = true, c.reference != ""
		}
	}
	return once, nil
}

func (t *Tx) requeue(ctx context.Context, b Batch, won []int) error {
	run := b.Run
	if b.State == BatchFinished {
		run++
		if err := t.insertRun(ctx, b.ID, run); err != nil {
			return err
		}
		if _, err := t.conn.exec(ctx, `
UPDATE batches
SET state = 'running', run = $2, finished_at = NULL
WHERE id = $1`, b.ID, run); err != nil {
			return fmt.Errorf("reopen batch: %w", err)
		}
		if err := t.tellOfRunning(ctx, b.Account); err != nil {
			return err
		}
	}
	arg, err := recordsArg(len(won), func(i int) []any { return []any{b.ID, won[i]} })
	if err != nil {
		return err
	}
	for _, from := range []State{Failed, Duplicate} {
		n, err := t.conn.exec(ctx, `
UPDATE applicants
SET state = 'queued', run = $2, counted = 0,
    holder_batch = CASE state WHEN 'failed' THEN holder_batch ELSE 0 END,
    holder_row = CASE state WHEN 'failed' THEN holder_row ELSE 0 END,
    session_id = '', session_url = '', links = '', error_code = '', error = '', sent_at = NULL, settled_at = NULL
FROM `+t.d.records(keyCols)+` AS k
WHERE batch_id = k_batch AND row_no = k_row AND state || '' = $3`, arg, run, string(from))
		if err != nil {
			return fmt.Errorf("queue again: %w", err)
		}
		t.move(b.ID, from, Queued, int(n))
	}
	if b.State == BatchFinished {
		return t.beginRun(ctx, b.ID)
	}
	return t.countAnew(ctx, b.ID)
}

func (t *Tx) lockBatch(ctx context.Context, id int64) (Batch, error) {
	all, err := t.batches(ctx, `WHERE id = $1 `+t.d.forUpdate, id)
	return first(all, err)
}

// StateError means that a batch is in a state in which this cannot be done.
type StateError struct {
	Batch int64
	State BatchState
	What  string // a past participle: "retried"
}

func (e *StateError) Error() string {
	return fmt.Sprintf("batch %d is %s, so it cannot be %s", e.Batch, e.State, e.What)
}

// CancelBatch cancels a batch: everybody who is queued is cancelled and their
// persons are given up. Those being sent are settled as usual. It returns how
// many it cancelled. The persons go last: who is claimed at this moment is not
// cancelled after all, and keeps the person.
func (t *Tx) CancelBatch(ctx context.Context, id int64) (int, error) {
	b, err := t.lockBatch(ctx, id)
	if err != nil {
		return 0, err
	}
	if b.State != BatchRunning && b.State != BatchPaused {
		return 0, &StateError{b.ID, b.State, "cancelled"}
	}
	n, err := t.conn.exec(ctx, `
UPDATE applicants
SET state = 'cancelled', settled_at = `+t.d.now+`
WHERE batch_id = $1 AND state = 'queued'`, id)
	if err != nil {
		return 0, fmt.Errorf("cancel applicants: %w", err)
	}
	t.move(id, Queued, Cancelled, int(n))
	if err := t.returnPeople(ctx, "", `a.batch_id = $1 AND a.state = 'cancelled'`, id, b.Account); err != nil {
		return 0, err
	}
	_, err = t.conn.exec(ctx, `
DELETE FROM people
WHERE account_id = $2
  AND (person_key, batch_id, row_no) IN (
      SELECT a.person_key, a.batch_id, a.row_no
      FROM applicants a
      WHERE a.batch_id = $1 AND a.state = 'cancelled')`, id, b.Account)
	if err != nil {
		return 0, fmt.Errorf("give people up: %w", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE batches
SET state = 'cancelled', finished_at = `+t.d.now+`
WHERE id = $1`, id)
	if err != nil {
		return 0, fmt.Errorf("cancel batch: %w", err)
	}
	if err := t.tellOfStop(ctx, id); err != nil {
		return 0, err
	}
	_, err = t.conn.exec(ctx, `UPDATE runs SET finished_at = `+t.d.now+` WHERE batch_id = $1 AND finished_at IS NULL`, id)
	return int(n), wrap("finish run", err)
}

// Resolve settles an applicant whose outcome is unknown, by a person's word:
// invited when it was sent, and otherwise failed, which a retry takes. It
// reports whether the applicant was unknown. A session that another applicant
// has is [ErrExists].
func (t *Tx) Resolve(ctx context.Context, k Key, sent bool, sessionID string) (bool, error) {
	b, err := t.Batch(ctx, k.Batch)
	if err != nil {
		return false, err
	}
	state, code, text := Invited, CodeURLLost, "A person found that the invitation was sent; its link is not known."
	if !sent {
		state, code, text = Failed, CodeNotSent, "A person found that no invitation was sent."
	}
	n, err := t.conn.exec(ctx, `
UPDATE applicants
SET state = $3, session_id = $4, error_code = $5, error = $6, settled_at = `+t.d.now+`
WHERE batch_id = $1 AND row_no = $2 AND state = 'unknown'`, k.Batch, k.Row, string(state), sessionID, code, text)
	if err != nil || n == 0 {
		return false, wrap("resolve", err)
	}
	t.move(k.Batch, Unknown, state, int(n))
	if err := t.holdSession(ctx, b.Account, k, sessionID); err != nil {
		return false, wrap("resolve", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE attempts
SET outcome = 'by_person'
WHERE batch_id = $1 AND row_no = $2 AND outcome IN ('unknown', 'in_doubt', '')`, k.Batch, k.Row)
	if err != nil {
		return false, fmt.Errorf("resolve attempts: %w", err)
	}
	return true, t.releasePeople(ctx, b.Account, []Key{k}, Failed)
}

// QueuedAfter lists up to limit queued rows of a batch after a row.
func (q queries) QueuedAfter(ctx context.Context, batch int64, row, limit int) ([]int, error) {
	all, err := collect(ctx, q, `
SELECT row_no
FROM applicants
WHERE batch_id = $1 AND state = 'queued' AND row_no > $2
ORDER BY row_no
LIMIT $3`, []any{batch, row, limit}, scanRow)
	return all, wrap("read queued rows", err)
}

func scanRow(r rows) (n int, err error) { return n, r.Scan(&n) }

// StillQueued picks those of some rows of a batch that are queued.
func (q queries) StillQueued(ctx context.Context, batch int64, rows []int) ([]int, error) {
	arg, err := recordsArg(len(rows), func(i int) []any { return []any{rows[i]} })
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT row_no
FROM applicants
WHERE batch_id = $2 AND state || '' = 'queued'
  AND row_no IN (SELECT k_row FROM `+q.d.records([]col{{"k_row", integer}})+` AS k)
ORDER BY row_no`, []any{arg, batch}, scanRow)
	return all, wrap("read queued rows", err)
}
