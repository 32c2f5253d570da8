package store

import (
	"context"
	"fmt"
	"time"
)

// DueLookups picks applicants whose outcome is in doubt and who are due to be
// looked up, and notes that a job was made for them, which must be enqueued in
// this transaction. A job that is lost is made again after a minute.
func (t *Tx) DueLookups(ctx context.Context, account int64, limit int) ([]Key, error) {
	keys, err := collect(ctx, t.queries, `
UPDATE applicants
SET lookup_job_at = `+t.d.now+`
WHERE (batch_id, row_no) IN (
    SELECT a.batch_id, a.row_no
    FROM applicants a
    JOIN batches b ON b.id = a.batch_id
    WHERE b.account_id = $1
      AND b.state IN ('running', 'paused', 'cancelled')
      AND a.state = 'sending'
      AND a.lookup_at <= `+t.d.now+`
      AND (a.lookup_job_at IS NULL OR a.lookup_job_at <= `+t.d.after("-60")+`)
    LIMIT $2)
  AND state = 'sending'
  AND (lookup_job_at IS NULL OR lookup_job_at <= `+t.d.after("-60")+`)
RETURNING batch_id, row_no`, []any{account, limit}, scanKey)
	return keys, wrap("pick look-ups", err)
}

// InDoubt is an applicant whose attempt may have made a session.
type InDoubt struct {
	Applicant
	BatchState BatchState
	Lookups    int       // look-ups of this attempt that found nothing
	Due        bool      // whether the look-up's time has come
	First      time.Time // when the very first attempt began
	From, To   time.Time // when the attempts in doubt began, and the last one's deadline
	Ended      time.Time // when the last one ended, or its deadline
	Now        time.Time // the database's clock
	ReadAt     time.Time // this process's clock at the same moment
	Rivals     int       // others of the account who are sending with the same external_id
	Seen       string    // what the first look-up listed, as it was told; empty before it
}

// InDoubt reads what a look-up needs; [ErrNotFound] when the applicant is not
// in doubt any more.
func (q queries) InDoubt(ctx context.Context, k Key) (InDoubt, error) {
	a, err := q.Applicant(ctx, k)
	if err != nil {
		return InDoubt{}, err
	}
	if a.State != Sending {
		return InDoubt{}, ErrNotFound
	}
	d := InDoubt{Applicant: a}
	var due time.Time
	err = q.queryOne(ctx, `
SELECT a.lookups, a.lookup_at, a.lookup_seen, b.state, `+q.d.now+`
FROM applicants a
JOIN batches b ON b.id = a.batch_id
WHERE a.batch_id = $1 AND a.row_no = $2`, []any{k.Batch, k.Row}, &d.Lookups, timeOf(&due), &d.Seen, &d.BatchState, timeOf(&d.Now))
	if err != nil {
		return InDoubt{}, fmt.Errorf("read look-up: %w", err)
	}
	d.ReadAt = time.Now()
	if d.Rivals, err = q.rivals(ctx, a); err != nil {
		return InDoubt{}, err
	}
	d.Due = !due.IsZero() && !due.After(d.Now)
	attempts, err := q.Attempts(ctx, k)
	for _, at := range attempts {
		if d.First.IsZero() {
			d.First = at.StartedAt
		}
		switch at.Outcome {
		case "", OutcomeInDoubt, OutcomeNotFound, OutcomeCreated:
			if d.From.IsZero() {
				d.From = at.StartedAt
			}
			d.To, d.Ended = at.DeadlineAt, at.EndedAt
			if d.Ended.IsZero() {
				d.Ended = at.DeadlineAt
			}
		}
	}
	return d, err
}

// Lookups is how often the last attempt of an applicant was looked up.
func (q queries) Lookups(ctx context.Context, k Key) (n int, err error) {
	err = q.queryOne(ctx, `SELECT lookups FROM applicants WHERE batch_id = $1 AND row_no = $2`, []any{k.Batch, k.Row}, &n)
	return n, wrap("read look-ups", err)
}

// InDoubtCount is how many applicants of a batch are in doubt, and are being looked
// up. Those who are being sent to at this moment have no code yet.
func (q queries) InDoubtCount(ctx context.Context, batch int64) (n int, err error) {
	err = q.queryOne(ctx, `
SELECT count(*)
FROM applicants
WHERE batch_id = $1 AND state = 'sending' AND error_code <> ''`, []any{batch}, &n)
	return n, wrap("count those in doubt", err)
}

// rivals counts the others of an applicant's account who are being sent to, or
// are in doubt, with the same external_id.
func (q queries) rivals(ctx context.Context, a Applicant) (int, error) {
	var n int
	err := q.queryOne(ctx, `
SELECT count(*)
FROM batches mine
JOIN batches b ON b.account_id = mine.account_id
JOIN applicants o ON o.batch_id = b.id
WHERE mine.id = $1
  AND o.state = 'sending'
  AND o.external_id = $3
  AND NOT (o.batch_id = $1 AND o.row_no = $2)`, []any{a.Batch, a.Row, a.ExternalID}, &n)
	return n, wrap("count rivals", err)
}

// afterLookup does what follows from a look-up's verdict: a person who was not
// sent to and will not be is given up.
func (t *Tx) afterLookup(ctx context.Context, account int64, s Settlement) error {
	if err := t.countLost(ctx, s.Key, s.Attempt); err != nil {
		return err
	}
	if err := t.cancelRequeued(ctx, account, requeued([]Settlement{s})); err != nil || s.State != Cancelled {
		return err
	}
	return t.releasePeople(ctx, account, []Key{s.Key}, Cancelled)
}

// countLost counts an attempt whose process died before it could: it may have
// made a session, so it counts against the limit.
func (t *Tx) countLost(ctx context.Context, k Key, attempt int) error {
	n, err := t.conn.exec(ctx, `
UPDATE attempts
SET outcome = 'in_doubt'
WHERE batch_id = $1 AND row_no = $2 AND n = $3 AND outcome = ''`, k.Batch, k.Row, attempt)
	if err != nil || n == 0 {
		return wrap("count a lost attempt", err)
	}
	_, err = t.conn.exec(ctx, `UPDATE applicants SET counted = counted + 1 WHERE batch_id = $1 AND row_no = $2`, k.Batch, k.Row)
	return wrap("count a lost attempt", err)
}

// PostponeLookup lets the look-up of an attempt that could not be made be tried
// again later. It leaves a newer attempt alone, whose own time is further off.
func (q queries) PostponeLookup(ctx context.Context, k Key, attempt int, d time.Duration) error {
	_, err := q.conn.exec(ctx, `
UPDATE applicants
SET lookup_at = `+q.d.after("$3")+`, lookup_job_at = NULL
WHERE batch_id = $1 AND row_no = $2 AND state = 'sending' AND attempt = $4`, k.Batch, k.Row, d.Seconds(), attempt)
	return wrap("postpone look-up", err)
}
