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
	From, To   time.Time // when the attempts in doubt began, and the last one's deadline
	Ended      time.Time // when the last one ended, or its deadline
	Now        time.Time // the database's clock
	ReadAt     time.Time // this process's clock at the same moment
	Rivals     int       // others of the account who are sending with the same external_id
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
SELECT a.lookups, a.lookup_at, b.state, `+q.d.now+`
FROM applicants a
JOIN batches b ON b.id = a.batch_id
WHERE a.batch_id = $1 AND a.row_no = $2`, []any{k.Batch, k.Row}, &d.Lookups, timeOf(&due), &d.BatchState, timeOf(&d.Now))
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

// SessionHolders tells which of these session ids are some applicant's. Those
// that were abandoned are not among them; see [queries.AbandonedSessions].
func (q queries) SessionHolders(ctx context.Context, ids []string) (map[string]Key, error) {
	type holder struct {
		id string
		k  Key
	}
	arg, err := recordsArg(len(ids), func(i int) []any { return []any{ids[i]} })
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT session_id, batch_id, row_no
FROM applicants
WHERE session_id <> '' AND session_id IN (SELECT k_id FROM `+q.d.records([]col{{"k_id", text}})+` AS k)`,
		[]any{arg}, func(r rows) (h holder, err error) { return h, r.Scan(&h.id, &h.k.Batch, &h.k.Row) })
	holders := make(map[string]Key, len(all))
	for _, h := range all {
		holders[h.id] = h.k
	}
	return holders, wrap("read session holders", err)
}

// SettleLookup records what a look-up found, and reports whether it did: only
// while the applicant is sending with that attempt and that many look-ups
// behind it. A session is not given to a second applicant: look-ups that
// settle are done one after the other, by the gate's row.
func (t *Tx) SettleLookup(ctx context.Context, account int64, s Settlement, lookups int) (bool, error) {
	if _, err := t.lockGate(ctx, account); err != nil {
		return false, err
	}
	if err := t.holdBatches(ctx, requeued([]Settlement{s})); err != nil {
		return false, err
	}
	session, url, links := s.SessionID, s.SessionURL, s.Links
	if s.State == Queued {
		session, url, links = "", "", "" // an abandoned session is the attempt's, not the next one's
	}
	n, err := t.conn.exec(ctx, `
UPDATE applicants
SET state = $4, session_id = $5, session_url = $6, links = $7, error_code = $8, error = $9,
    lookups = lookups + 1, lookup_job_at = NULL,
    lookup_at = CASE WHEN $4 = 'sending' THEN `+t.d.after("$10")+` END,
    sent_at = CASE WHEN $4 = 'queued' THEN NULL ELSE sent_at END,
    settled_at = CASE WHEN $4 IN ('queued', 'sending') THEN NULL ELSE `+t.d.now+` END
WHERE batch_id = $1 AND row_no = $2 AND attempt = $3 AND state = 'sending' AND lookups = $11
  AND NOT EXISTS (
      SELECT 1 FROM applicants o
      WHERE $5 <> '' AND o.session_id = $5 AND o.session_id <> '' AND NOT (o.batch_id = $1 AND o.row_no = $2))`,
		s.Batch, s.Row, s.Attempt, string(s.State), session, url, links, s.ErrorCode, s.Error,
		s.LookupIn.Seconds(), lookups)
	if err != nil || n == 0 {
		return false, wrap("settle look-up", err)
	}
	if err := t.afterLookup(ctx, account, s); err != nil || s.Outcome == "" {
		return true, err
	}
	_, err = t.conn.exec(ctx, `
UPDATE attempts
SET outcome = $4, session_id = $5, ended_at = coalesce(ended_at, `+t.d.now+`)
WHERE batch_id = $1 AND row_no = $2 AND n <= $3 AND outcome IN ('', 'in_doubt', 'created')`,
		s.Batch, s.Row, s.Attempt, s.Outcome, s.SessionID)
	return true, wrap("settle attempts", err)
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

// AbandonedSessions are the ids of sessions that were made for an applicant and
// given up.
func (q queries) AbandonedSessions(ctx context.Context, k Key) (map[string]bool, error) {
	attempts, err := q.Attempts(ctx, k)
	ids := map[string]bool{}
	for _, a := range attempts {
		if a.Outcome == OutcomeAbandoned {
			ids[a.SessionID] = true
		}
	}
	return ids, err
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
