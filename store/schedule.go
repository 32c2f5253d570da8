package store

import (
	"context"
	"time"
)

// Where a schedule was made. One that was made in one place is not changed in the
// other.
const (
	OriginFile = "file" // usher.yaml
	OriginPage = "page"
)

// Schedule is when a list is fetched by itself, and what is done with it.
type Schedule struct {
	ID       int64
	Account  int64
	Name     string // of those of the account, also of those that were removed
	Origin   string
	Spec     string // all that was said of it, as JSON
	Revision int    // counts its changes
	// LookedAt is up to when every occurrence has a row, by the database's clock.
	LookedAt time.Time
	// LookedFrom is from when the last look went that made some.
	LookedFrom time.Time
	PausedAt   time.Time // zero if it is not paused
	PausedBy   string
	ETag       string // of the file that was imported last; may be empty
	MadeAt     time.Time
	ChangedAt  time.Time
	RemovedAt  time.Time // zero unless it was
}

// Paused reports whether it makes no occurrences until somebody resumes it.
func (s Schedule) Paused() bool { return !s.PausedAt.IsZero() }

const scheduleColumns = `id, account_id, name, origin, spec, revision, looked_at, looked_from, paused_at, paused_by, etag, made_at,
changed_at, removed_at`

func scanSchedule(r rows) (s Schedule, err error) {
	return s, r.Scan(&s.ID, &s.Account, &s.Name, &s.Origin, &s.Spec, &s.Revision, timeOf(&s.LookedAt), timeOf(&s.LookedFrom), timeOf(&s.PausedAt),
		&s.PausedBy, &s.ETag, timeOf(&s.MadeAt), timeOf(&s.ChangedAt), timeOf(&s.RemovedAt))
}

func (q queries) schedules(ctx context.Context, where string, args ...any) ([]Schedule, error) {
	all, err := collect(ctx, q, `SELECT `+scheduleColumns+` FROM schedules `+where, args, scanSchedule)
	return all, wrap("read schedules", err)
}

// Schedules are those of an account that were not removed, by name.
func (q queries) Schedules(ctx context.Context, account int64) ([]Schedule, error) {
	return q.schedules(ctx, `WHERE account_id = $1 AND removed_at IS NULL ORDER BY name`, account)
}

// Schedule is the one with this name that was not removed, or [ErrNotFound].
func (q queries) Schedule(ctx context.Context, account int64, name string) (Schedule, error) {
	return first(q.schedules(ctx, `WHERE account_id = $1 AND name = $2 AND removed_at IS NULL`, account, name))
}

// ScheduleByID is a schedule, also one that was removed, or [ErrNotFound].
func (q queries) ScheduleByID(ctx context.Context, id int64) (Schedule, error) {
	return first(q.schedules(ctx, `WHERE id = $1`, id))
}

// LockSchedule is [queries.ScheduleByID], for a transaction that changes it, or makes
// its occurrences.
func (t *Tx) LockSchedule(ctx context.Context, id int64) (Schedule, error) {
	return first(t.schedules(ctx, `WHERE id = $1 `+t.d.forUpdate, id))
}

// PutSchedule makes a schedule, or changes what was said of one that has this name and
// comes from the same place, and reports whether it did: it does not when one of this
// name is from another place. A new one, and one that had been removed, is looked at
// from now on, and not paused; what an earlier one of this name did stays done.
func (t *Tx) PutSchedule(ctx context.Context, account int64, name, origin, spec string) (bool, error) {
	now, err := t.Now(ctx)
	if err != nil {
		return false, err
	}
	n, err := t.conn.exec(ctx, `
INSERT INTO schedules (account_id, name, origin, spec, revision, looked_at, looked_from, paused_by, etag, made_at, changed_at)
VALUES ($1, $2, $3, $4, 1, $5, $5, '', '', $5, $5)
ON CONFLICT (account_id, name) DO UPDATE
SET origin = excluded.origin, spec = excluded.spec, revision = schedules.revision + 1, changed_at = excluded.changed_at,
    looked_at = excluded.looked_at, looked_from = excluded.looked_at, etag = '',
    paused_at = CASE WHEN schedules.removed_at IS NULL THEN schedules.paused_at END,
    paused_by = CASE WHEN schedules.removed_at IS NULL THEN schedules.paused_by ELSE '' END, removed_at = NULL
WHERE schedules.removed_at IS NOT NULL OR schedules.origin = excluded.origin`, account, name, origin, spec, now)
	return n == 1, wrap("put a schedule", err)
}

// RemoveSchedule removes one of an account that comes from this place, and reports
// whether there was one. What it did stays known.
func (t *Tx) RemoveSchedule(ctx context.Context, account int64, name, origin string) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE schedules
SET removed_at = `+t.d.now+`
WHERE account_id = $1 AND name = $2 AND origin = $3 AND removed_at IS NULL`, account, name, origin)
	return n == 1, wrap("remove a schedule", err)
}

// PauseSchedule has a schedule make no occurrences until it is resumed, and reports
// whether it did so far.
func (t *Tx) PauseSchedule(ctx context.Context, id int64, by string) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE schedules
SET paused_at = `+t.d.now+`, paused_by = $2
WHERE id = $1 AND paused_at IS NULL AND removed_at IS NULL`, id, cleanName(by))
	return n == 1, wrap("pause a schedule", err)
}

// ResumeSchedule has a paused schedule go on from now, and reports whether it was
// paused. What would have been due meanwhile is not made up for.
func (t *Tx) ResumeSchedule(ctx context.Context, id int64) (bool, error) {
	now, err := t.Now(ctx)
	if err != nil {
		return false, err
	}
	n, err := t.conn.exec(ctx, `
UPDATE schedules
SET paused_at = NULL, paused_by = '', looked_at = $2, looked_from = $2
WHERE id = $1 AND paused_at IS NOT NULL AND removed_at IS NULL`, id, now)
	return n == 1, wrap("resume a schedule", err)
}

// ScheduleLooked notes that every occurrence up to a moment has its row, after a look
// that went from another one.
func (t *Tx) ScheduleLooked(ctx context.Context, id int64, from, at time.Time) error {
	_, err := t.conn.exec(ctx, `UPDATE schedules SET looked_from = $2, looked_at = $3 WHERE id = $1`, id, from, at)
	return wrap("note that a schedule was looked at", err)
}
