package store

import (
	"context"
	"time"
)

// UploadState is where an upload is on its way to a batch.
type UploadState string

// The states of an upload. One that is discarded, or too old, is gone.
const (
	UploadReceiving UploadState = "receiving" // its bytes are coming in
	UploadReady     UploadState = "ready"     // to be looked at, corrected, and agreed to
	UploadImporting UploadState = "importing" // somebody agreed, and a job does the rest
	UploadImported  UploadState = "imported"  // there is a batch of it
)

// Upload is a list that somebody brought by a page: a file, or the name of a
// database source.
type Upload struct {
	ID      string
	Account int64
	Owner   string // the user who brought it; empty if it is to take the place of another
	Name    string // for people
	Source  string // of the settings; empty for a file
	Content string // names the chunks that the file is in; empty if there are none
	State   UploadState
	Size    int64  // of the file, in bytes
	SHA256  string // of the file, in hex
	// Revision counts the choices and corrections from 1, and PlanRevision is the
	// one that was checked last, 0 before the first.
	Revision     int
	PlanRevision int
	Choices      string // as JSON
	Sheet        string // of a workbook: the one that the last check read
	Progress     UploadProgress
	Agreed       int   // invitations that were agreed to
	Inviter      Actor // who did
	Refusal      string
	RefusalFix   string // what to do about it; the refusal is why the last import brought nothing
	Batch        int64  // of an imported one
	Known        bool   // the batch is of an earlier import of the same list
	CreatedAt    time.Time
	TouchedAt    time.Time
	ExpiresAt    time.Time
}

// UploadProgress is how far the check or the import of an upload is.
type UploadProgress struct {
	Rows  int
	Bytes int64 // read of Total
	Total int64
}

const uploadColumns = `id, account_id, owner, name, source, content_id, state, size, sha256, revision, plan_revision,
choices, sheet, rows_read, bytes_read, bytes_total, agreed, inviter_name, inviter_role, inviter_way,
refusal, refusal_fix, batch_id, known, created_at, touched_at, expires_at`

func scanUpload(r rows) (u Upload, err error) {
	return u, r.Scan(&u.ID, &u.Account, &u.Owner, &u.Name, &u.Source, &u.Content, &u.State, &u.Size, &u.SHA256,
		&u.Revision, &u.PlanRevision, &u.Choices, &u.Sheet, &u.Progress.Rows, &u.Progress.Bytes, &u.Progress.Total,
		&u.Agreed, &u.Inviter.Name, &u.Inviter.Role, &u.Inviter.Way, &u.Refusal, &u.RefusalFix, &u.Batch, &u.Known,
		timeOf(&u.CreatedAt), timeOf(&u.TouchedAt), timeOf(&u.ExpiresAt))
}

// InsertUpload adds an upload as new as its state says, which is removed when it
// is older than life.
func (q queries) InsertUpload(ctx context.Context, u Upload, life time.Duration) error {
	_, err := q.conn.exec(ctx, `
INSERT INTO uploads (id, account_id, owner, name, source, content_id, state, size, sha256, revision, choices, plan,
    plan_revision, sheet, checker, rows_read, bytes_read, bytes_total, agreed, inviter_name, inviter_role, inviter_way,
    refusal, refusal_fix, batch_id, known, created_at, touched_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', 1, $8, '', 0, '', '', 0, 0, 0, 0, '', '', '', '', '', 0, $9,
    `+q.d.now+`, `+q.d.now+`, `+q.d.after("$10")+`)`,
		u.ID, u.Account, u.Owner, u.Name, u.Source, u.Content, string(u.State), u.Choices, false, life.Seconds())
	return wrap("insert upload", err)
}

// Upload is the upload with this id, or [ErrNotFound].
func (q queries) Upload(ctx context.Context, id string) (Upload, error) {
	all, err := q.uploads(ctx, `WHERE id = $1`, id)
	return first(all, err)
}

// Uploads lists an account's uploads that are not imported, the newest first: of
// one owner, or of all if that is empty. A file that comes in to take the place of
// another has no owner, and is in no list.
func (q queries) Uploads(ctx context.Context, account int64, owner string) ([]Upload, error) {
	return q.uploads(ctx, `
WHERE account_id = $1 AND state <> 'imported' AND owner <> '' AND (CAST($2 AS TEXT) = '' OR owner = $2)
ORDER BY created_at DESC, id`, account, owner)
}

// ImportingUploads are the ids of an account's uploads that wait for their import,
// or are in it.
func (q queries) ImportingUploads(ctx context.Context, account int64) (ids []string, err error) {
	all, err := q.uploads(ctx, `WHERE account_id = $1 AND state = 'importing' ORDER BY touched_at`, account)
	for _, u := range all {
		ids = append(ids, u.ID)
	}
	return ids, err
}

func (q queries) uploads(ctx context.Context, where string, args ...any) ([]Upload, error) {
	all, err := collect(ctx, q, `SELECT `+uploadColumns+` FROM uploads `+where, args, scanUpload)
	return all, wrap("read uploads", err)
}

// UploadPlan is what the last check of an upload found, as JSON, and the revision
// that was checked; empty and 0 before the first. [ErrNotFound] if there is no
// such upload.
func (q queries) UploadPlan(ctx context.Context, id string) (plan string, revision int, err error) {
	err = q.queryOne(ctx, `SELECT plan, plan_revision FROM uploads WHERE id = $1`, []any{id}, &plan, &revision)
	return plan, revision, wrap("read an upload's plan", err)
}

// TouchUpload notes that an upload is still coming in, however slowly.
// [ErrNotFound] when it is not.
func (q queries) TouchUpload(ctx context.Context, id string) error {
	return q.receiving(ctx, "touch upload", `touched_at = `+q.d.now, id)
}

// FinishUpload notes that all of an upload is there. [ErrNotFound] when it was
// removed in the meantime.
func (q queries) FinishUpload(ctx context.Context, id, sha256 string) error {
	return q.receiving(ctx, "finish upload", `state = 'ready', sha256 = $2, touched_at = `+q.d.now, id, sha256)
}

// receiving changes an upload whose bytes are coming in.
func (q queries) receiving(ctx context.Context, doing, set string, args ...any) error {
	n, err := q.conn.exec(ctx, `UPDATE uploads SET `+set+` WHERE id = $1 AND state = 'receiving'`, args...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return wrap(doing, err)
}

// nextRevision are the columns of another revision, which nobody has checked yet. What
// checks the one before finds itself without its claim.
func (q queries) nextRevision() string {
	return `revision = revision + 1, checker = '', checker_at = NULL, rows_read = 0, bytes_read = 0, bytes_total = 0,
    touched_at = ` + q.d.now
}

// ChooseUpload keeps choices as another revision of an upload that is ready, and
// reports whether revision was its last one.
func (q queries) ChooseUpload(ctx context.Context, id string, revision int, choices string) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE uploads
SET choices = $3, refusal = '', refusal_fix = '', `+q.nextRevision()+`
WHERE id = $1 AND revision = $2 AND state = 'ready'`, id, revision, choices)
	return n == 1, wrap("choose", err)
}

// ReplaceUpload puts a file that has come in as another upload, which is gone then,
// in the place of the one of an upload that is ready, and reports whether revision
// was that one's last. What was mended goes with the old file. [ErrNotFound] when
// the new file was removed in the meantime.
func (t *Tx) ReplaceUpload(ctx context.Context, id string, revision int, file Upload, choices string) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE uploads
SET name = $3, source = '', content_id = $4, size = $5, sha256 = $6, choices = $7, sheet = '', refusal = '', refusal_fix = '',
    `+t.nextRevision()+`
WHERE id = $1 AND revision = $2 AND state = 'ready'`, id, revision, file.Name, file.Content, file.Size, file.SHA256, choices)
	if err != nil || n == 0 {
		return false, wrap("replace upload", err)
	}
	n, err = t.conn.exec(ctx, `DELETE FROM uploads WHERE id = $1 AND content_id = $2`, file.ID, file.Content)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return false, wrap("replace upload", err)
	}
	return true, t.deleteMends(ctx, id)
}

// DeleteUpload removes an upload that nobody is importing, nor has, and reports
// whether there was one: what was imported leads to its batch. Its chunks are for [Store.DeleteContent].
func (t *Tx) DeleteUpload(ctx context.Context, id string) (bool, error) {
	n, err := t.conn.exec(ctx, `DELETE FROM uploads WHERE id = $1 AND state IN ('receiving', 'ready')`, id)
	if err != nil || n == 0 {
		return false, wrap("delete upload", err)
	}
	return true, t.deleteMends(ctx, id)
}
