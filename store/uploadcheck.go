package store

import (
	"context"
	"time"
)

// checkerMost is how long a process that checks an upload is believed to live
// without a word.
const checkerMost = 10 * time.Second

// ClaimCheck lets a process check a revision of an upload, and reports whether it
// may: it is the present one, which nobody has checked, and no living process does.
func (q queries) ClaimCheck(ctx context.Context, id string, revision int, checker string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE uploads
SET checker = $3, checker_at = `+q.d.now+`, rows_read = 0, bytes_read = 0, bytes_total = 0
WHERE id = $1 AND revision = $2 AND state = 'ready' AND plan_revision <> revision
  AND (checker = '' OR checker = $3 OR checker_at < `+q.d.after("$4")+`)`, id, revision, checker, -checkerMost.Seconds())
	return n == 1, wrap("claim the check of an upload", err)
}

// BeatCheck tells that a check goes on and how far it is, and reports whether it
// is still wanted: it has lost its claim when somebody chose anew, or took it for
// dead.
func (q queries) BeatCheck(ctx context.Context, id string, revision int, checker string, p UploadProgress) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE uploads
SET checker_at = `+q.d.now+`, rows_read = $4, bytes_read = $5, bytes_total = $6
WHERE id = $1 AND revision = $2 AND checker = $3`, id, revision, checker, p.Rows, p.Bytes, p.Total)
	return n == 1, wrap("tell of the check of an upload", err)
}

// ReleaseCheck gives a claim back that came to nothing.
func (q queries) ReleaseCheck(ctx context.Context, id string, revision int, checker string) error {
	_, err := q.conn.exec(ctx, `
UPDATE uploads
SET checker = '', checker_at = NULL
WHERE id = $1 AND revision = $2 AND checker = $3`, id, revision, checker)
	return wrap("give the check of an upload back", err)
}

// SavePlan keeps what a check found, as JSON, and the sheet that it read, and
// reports whether that was still wanted.
func (q queries) SavePlan(ctx context.Context, id string, revision int, checker, plan, sheet string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE uploads
SET plan = $4, plan_revision = revision, sheet = $5, checker = '', checker_at = NULL
WHERE id = $1 AND revision = $2 AND checker = $3`, id, revision, checker, plan, sheet)
	return n == 1, wrap("keep the plan of an upload", err)
}

// InviteUpload hands an upload over to the job that imports it, and reports
// whether this call did: it was ready, and this revision of it, the last one, was
// checked. The job must be enqueued in this transaction.
func (t *Tx) InviteUpload(ctx context.Context, id string, revision, agreed int, by Actor) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE uploads
SET state = 'importing', agreed = $3, inviter_name = $4, inviter_role = $5, inviter_way = $6, refusal = '', refusal_fix = '',
    rows_read = 0, bytes_read = 0, bytes_total = 0, touched_at = `+t.d.now+`
WHERE id = $1 AND revision = $2 AND plan_revision = revision AND state = 'ready'`, id, revision, agreed, by.Name, by.Role, by.Way)
	return n == 1, wrap("invite the people of an upload", err)
}

// BeatImport tells how far the import of an upload is.
func (q queries) BeatImport(ctx context.Context, id string, p UploadProgress) error {
	_, err := q.conn.exec(ctx, `
UPDATE uploads
SET rows_read = $2, bytes_read = $3, bytes_total = $4
WHERE id = $1 AND state = 'importing'`, id, p.Rows, p.Bytes, p.Total)
	return wrap("tell of the import of an upload", err)
}

// UploadImported notes the batch of an upload that was being imported, and lets go
// of the list: what is left points to the batch for so long. [ErrNotFound] when it
// was not being imported any more.
func (t *Tx) UploadImported(ctx context.Context, id string, batch int64, known bool, life time.Duration) error {
	n, err := t.conn.exec(ctx, `
UPDATE uploads
SET state = 'imported', batch_id = $2, known = $3, content_id = '', plan = '', choices = '', refusal = '', refusal_fix = '',
    touched_at = `+t.d.now+`, expires_at = `+t.d.after("$4")+`
WHERE id = $1 AND state = 'importing'`, id, batch, known, life.Seconds())
	if err != nil {
		return wrap("note the batch of an upload", err)
	}
	if n == 0 {
		return wrap("note the batch of an upload", ErrNotFound)
	}
	if err := t.occurrenceImported(ctx, id, batch, known); err != nil {
		return err
	}
	return t.deleteMends(ctx, id)
}

// RefuseUpload takes an upload back from its import, with the reason and what to
// do about it. It is to be checked again. It reports whether it was being imported.
func (q queries) RefuseUpload(ctx context.Context, id, refusal, fix string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE uploads
SET state = 'ready', refusal = $2, refusal_fix = $3, `+q.nextRevision()+`
WHERE id = $1 AND state = 'importing'`, id, refusal, fix)
	return n == 1, wrap("refuse an upload", err)
}
