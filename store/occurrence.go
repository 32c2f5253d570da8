package store

import (
	"context"
	"fmt"
	"time"
)

// OccurrenceState is where an occurrence of a schedule is.
type OccurrenceState string

// The states of an occurrence.
const (
	OccurrenceDue     OccurrenceState = "due"     // a job does it, or waits for the one before
	OccurrenceAsks    OccurrenceState = "asks"    // an operator is to say yes
	OccurrenceDone    OccurrenceState = "done"    // there is a batch of it, or nothing was to be done
	OccurrenceSkipped OccurrenceState = "skipped" // by one of the schedule's rules, or by an operator
	OccurrenceFailed  OccurrenceState = "failed"  // nobody was invited
)

// Open reports whether something is still to become of it.
func (s OccurrenceState) Open() bool { return s == OccurrenceDue || s == OccurrenceAsks }

// Occurrence is one time that a schedule is due.
type Occurrence struct {
	ID       int64
	Schedule int64
	Local    string // names it among those of its schedule
	DueAt    time.Time
	State    OccurrenceState
	Why      string // a code, such as "missed"; may be empty
	Words    string // for people, of one that failed
	By       string // the person who asked for it, or said yes; empty for the schedule itself
	Agreed   int    // so many people an operator said yes to; 0: the schedule's rule counts
	People   int    // who would be invited, of one that asks
	Tries    int    // so often its list was brought
	Upload   string // that its list is in
	Batch    int64
	MadeAt   time.Time
	EndedAt  time.Time // zero while it is open
}

const occurrenceColumns = `id, schedule_id, local, due_at, state, why, words, by_name, agreed, people, tries, upload_id, batch_id,
made_at, ended_at`

func scanOccurrence(r rows) (o Occurrence, err error) {
	return o, r.Scan(&o.ID, &o.Schedule, &o.Local, timeOf(&o.DueAt), &o.State, &o.Why, &o.Words, &o.By, &o.Agreed, &o.People,
		&o.Tries, &o.Upload, &o.Batch, timeOf(&o.MadeAt), timeOf(&o.EndedAt))
}

func (q queries) occurrences(ctx context.Context, where string, args ...any) ([]Occurrence, error) {
	all, err := collect(ctx, q, `SELECT `+occurrenceColumns+` FROM occurrences `+where, args, scanOccurrence)
	return all, wrap("read occurrences", err)
}

// Occurrences are the last ones of a schedule, so many at most, the newest first.
func (q queries) Occurrences(ctx context.Context, schedule int64, limit int) ([]Occurrence, error) {
	return q.occurrences(ctx, `WHERE schedule_id = $1 ORDER BY due_at DESC, id DESC LIMIT $2`, schedule, limit)
}

// OpenOccurrences are those of a schedule that are not over, the first first.
func (q queries) OpenOccurrences(ctx context.Context, schedule int64) ([]Occurrence, error) {
	return q.occurrences(ctx, `WHERE schedule_id = $1 AND ended_at IS NULL ORDER BY due_at, id`, schedule)
}

// Occurrence is the one with this id, or [ErrNotFound].
func (q queries) Occurrence(ctx context.Context, id int64) (Occurrence, error) {
	return first(q.occurrences(ctx, `WHERE id = $1`, id))
}

// DueOccurrences are the ids of an account's occurrences that a job is to do.
func (q queries) DueOccurrences(ctx context.Context, account int64) ([]int64, error) {
	all, err := collect(ctx, q, `
SELECT o.id
FROM schedules s
JOIN occurrences o ON o.schedule_id = s.id AND o.ended_at IS NULL
WHERE s.account_id = $1 AND o.state = 'due'
ORDER BY o.due_at, o.id`, []any{account}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	return all, wrap("read what is due", err)
}

// InsertOccurrence makes the row of an occurrence, and returns its id; 0 if there is
// one of this name. It is over at once unless its state is open.
func (t *Tx) InsertOccurrence(ctx context.Context, o Occurrence) (int64, error) {
	ended := "NULL"
	if !o.State.Open() {
		ended = t.d.now
	}
	all, err := collect(ctx, t.queries, `
INSERT INTO occurrences (schedule_id, local, due_at, state, why, words, by_name, agreed, people, tries, upload_id, batch_id,
    made_at, ended_at, etag)
VALUES ($1, $2, $3, $4, $5, '', $6, 0, 0, 0, '', 0, `+t.d.now+`, `+ended+`, '')
ON CONFLICT (schedule_id, local) DO NOTHING
RETURNING id`, []any{o.Schedule, o.Local, o.DueAt, string(o.State), o.Why, cleanName(o.By)},
		func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil || len(all) == 0 {
		return 0, wrap("insert an occurrence", err)
	}
	return all[0], nil
}

// ForgetMissed takes back that occurrences after a moment were missed, as the clock was
// ahead when that was said. The others stay: something became of them.
func (t *Tx) ForgetMissed(ctx context.Context, schedule int64, after time.Time) error {
	_, err := t.conn.exec(ctx, `
DELETE FROM occurrences
WHERE schedule_id = $1 AND due_at > $2 AND state = 'skipped' AND why = 'missed'`, schedule, after)
	return wrap("take back what was missed", err)
}

// EndOccurrence ends an open occurrence, and reports whether it was open.
func (q queries) EndOccurrence(ctx context.Context, id int64, state OccurrenceState, why, words string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE occurrences
SET state = $2, why = $3, words = $4, ended_at = `+q.d.now+`
WHERE id = $1 AND ended_at IS NULL`, id, string(state), why, words)
	return n == 1, wrap("end an occurrence", err)
}

// AskOccurrence has an occurrence that is due wait for somebody's yes. Its list is to
// be brought anew after that.
func (q queries) AskOccurrence(ctx context.Context, id int64, why string, people int) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE occurrences
SET state = 'asks', why = $2, people = $3, upload_id = ''
WHERE id = $1 AND state = 'due'`, id, why, people)
	return n == 1, wrap("have an occurrence ask", err)
}

// AgreeOccurrence has an occurrence that asks be done, with so many people at most,
// and reports whether it asked, and for no more than those.
func (t *Tx) AgreeOccurrence(ctx context.Context, id int64, by string, agreed int) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE occurrences
SET state = 'due', why = '', by_name = $2, agreed = $3
WHERE id = $1 AND state = 'asks' AND people <= $3`, id, cleanName(by), agreed)
	return n == 1, wrap("agree to an occurrence", err)
}

// BringOccurrence notes in which upload the list of an occurrence is, in the place of
// another one, and reports whether that still was the one. An empty upload lets go of
// it. The tag names the version of a fetched file, if there is one.
func (q queries) BringOccurrence(ctx context.Context, id int64, was, upload, etag string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE occurrences
SET upload_id = $3, etag = $4, tries = tries + CASE WHEN CAST($3 AS TEXT) = '' THEN 0 ELSE 1 END
WHERE id = $1 AND state = 'due' AND upload_id = $2`, id, was, upload, etag)
	return n == 1, wrap("note the list of an occurrence", err)
}

// TryOccurrence counts that the list of an occurrence could not be brought.
func (q queries) TryOccurrence(ctx context.Context, id int64) error {
	_, err := q.conn.exec(ctx, `UPDATE occurrences SET tries = tries + 1 WHERE id = $1`, id)
	return wrap("count a try of an occurrence", err)
}

// occurrenceImported ends the occurrence whose list an upload is, with its batch.
func (t *Tx) occurrenceImported(ctx context.Context, upload string, batch int64, known bool) error {
	why := ""
	if known {
		why = WhyKnown
	}
	_, err := t.conn.exec(ctx, `
UPDATE schedules
SET etag = (SELECT max(o.etag) FROM occurrences o WHERE o.upload_id = $1 AND o.schedule_id = schedules.id)
WHERE id IN (SELECT o.schedule_id FROM occurrences o WHERE o.upload_id = $1 AND o.ended_at IS NULL AND o.etag <> '')`, upload)
	if err != nil {
		return wrap("note the version of a schedule's file", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE occurrences
SET state = 'done', why = $3, batch_id = $2, ended_at = `+t.d.now+`
WHERE upload_id = $1 AND ended_at IS NULL`, upload, batch, why)
	return wrap("note the batch of an occurrence", err)
}

// WhyKnown is why an occurrence is done without a batch of its own: the same list was
// imported before.
const WhyKnown = "known"

// UnfinishedBatchOf is a batch of a schedule that is not over yet, the first; 0 if
// there is none.
func (q queries) UnfinishedBatchOf(ctx context.Context, schedule int64) (batch int64, err error) {
	all, err := collect(ctx, q, `
SELECT b.id
FROM batches b
WHERE b.state IN ('importing', 'running', 'paused')
  AND (b.id IN (SELECT batch_id FROM occurrences WHERE schedule_id = $1 AND batch_id > 0 AND why <> 'known')
    OR b.id IN (
        SELECT f.batch_id
        FROM folder_files f
        JOIN occurrences o ON o.id = f.occurrence_id
        WHERE o.schedule_id = $1 AND f.occurrence_id <> 0 AND f.batch_id > 0 AND f.state = 'done'))
ORDER BY b.id
LIMIT 1`, []any{schedule}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return 0, fmt.Errorf("read a schedule's batches: %w", err)
	}
	if len(all) == 0 {
		return 0, nil
	}
	return all[0], nil
}

// SweepOccurrences forgets those of an account that ended before a time, but for the
// last of each schedule, so many of them.
func (q queries) SweepOccurrences(ctx context.Context, account int64, before time.Time, keep int) error {
	_, err := q.conn.exec(ctx, `
DELETE FROM occurrences
WHERE id IN (
    SELECT o.id
    FROM (
        SELECT o.id, o.ended_at, o.made_at, row_number() OVER (PARTITION BY o.schedule_id ORDER BY o.due_at DESC, o.id DESC) AS n
        FROM schedules s
        JOIN occurrences o ON o.schedule_id = s.id
        WHERE s.account_id = $1) AS o
    WHERE o.n > $3 AND o.ended_at < $2)`, account, before, keep)
	return wrap("sweep occurrences", err)
}
