package store

import "context"

// MakeSchedule makes a schedule that is said on a page, and reports whether it did: it
// does not when there is one of this name, from wherever. It is looked at from now on,
// and not paused; what an earlier one of this name did, which was removed, stays done.
func (t *Tx) MakeSchedule(ctx context.Context, account int64, name, spec string) (bool, error) {
	now, err := t.Now(ctx)
	if err != nil {
		return false, err
	}
	n, err := t.conn.exec(ctx, `
INSERT INTO schedules (account_id, name, origin, spec, revision, looked_at, looked_from, paused_by, etag, made_at, changed_at)
VALUES ($1, $2, '`+OriginPage+`', $3, 1, $4, $4, '', '', $4, $4)
ON CONFLICT (account_id, name) DO UPDATE
SET origin = excluded.origin, spec = excluded.spec, revision = schedules.revision + 1, changed_at = excluded.changed_at,
    looked_at = excluded.looked_at, looked_from = excluded.looked_at, etag = '', paused_at = NULL, paused_by = '', removed_at = NULL
WHERE schedules.removed_at IS NOT NULL`, account, name, spec, now)
	return n == 1, wrap("make a schedule", err)
}

// ChangeSchedule changes what was said of a schedule on a page, if this is its last
// revision, and reports whether it was. It is looked at from now on.
func (t *Tx) ChangeSchedule(ctx context.Context, id int64, revision int, spec string) (bool, error) {
	now, err := t.Now(ctx)
	if err != nil {
		return false, err
	}
	n, err := t.conn.exec(ctx, `
UPDATE schedules
SET spec = $3, revision = revision + 1, changed_at = $4, looked_at = $4, looked_from = $4, etag = ''
WHERE id = $1 AND revision = $2 AND origin = '`+OriginPage+`' AND removed_at IS NULL`, id, revision, spec, now)
	return n == 1, wrap("change a schedule", err)
}

// LastOccurrences are the last one of each schedule of an account that was not removed.
func (q queries) LastOccurrences(ctx context.Context, account int64) ([]Occurrence, error) {
	return q.occurrences(ctx, `
WHERE id IN (
    SELECT (SELECT o.id FROM occurrences o WHERE o.schedule_id = s.id ORDER BY o.due_at DESC, o.id DESC LIMIT 1)
    FROM schedules s
    WHERE s.account_id = $1 AND s.removed_at IS NULL)`, account)
}

// AskingOccurrences are those of an account that wait for somebody's yes, the first
// first.
func (q queries) AskingOccurrences(ctx context.Context, account int64) ([]Occurrence, error) {
	return q.occurrences(ctx, `
WHERE ended_at IS NULL AND state = 'asks'
    AND schedule_id IN (SELECT id FROM schedules WHERE account_id = $1 AND removed_at IS NULL)
ORDER BY due_at, id`, account)
}
