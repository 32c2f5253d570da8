package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// BatchState is where a batch is in its life.
type BatchState string

// The states of a batch.
const (
	BatchImporting BatchState = "importing" // rows are coming in, nobody is sent to yet
	BatchRunning   BatchState = "running"
	BatchPaused    BatchState = "paused"
	BatchFinished  BatchState = "finished"
	BatchCancelled BatchState = "cancelled"
)

// BatchStates are all states of a batch, in the order of its life.
var BatchStates = []BatchState{BatchImporting, BatchRunning, BatchPaused, BatchFinished, BatchCancelled}

// Batch is one import: its source, its options and its state.
type Batch struct {
	ID           int64
	Account      int64
	Name         string
	Source       string // the file or the source the rows came from, as it was given
	Fingerprint  string // SHA-256 of the file and the options that shape its rows
	Options      string // those options, as JSON
	State        BatchState
	PauseReason  string // why it is paused: "by_person", "workflow_not_found", "same_refusal", "canary"
	PauseDetail  string
	Run          int      // 1, and one more for each retry
	ExtraColumns []string // the input's own columns, for the report
	Delimiter    string   // of the input, if that was a text
	Marked       bool     // the input began with a byte order mark
	ReportPath   string   // where the report goes when a run finishes; may be empty
	Importer     string   // the holder of the import lease that writes it
	Owner        string   // the user who brought it by a page; empty if it came another way
	Quiet        string   // the rule of its quiet times; empty if it has none
	Window       QuietWindow
	IsQuiet      bool // nobody of it may be invited now, by the database's clock
	Astray       bool // its window is not of now, and to be found anew
	Breakers     Breakers
	CanaryTo     int // the row of the last of those who go first, while the others are held back; else 0
	CreatedAt    time.Time
	ImportedAt   time.Time
	FinishedAt   time.Time
}

const batchColumns = `id, account_id, name, source, fingerprint, options, state, pause_reason, pause_detail, run,
extra_columns, delimiter, marked, report_path, importer, owner, created_at, imported_at, finished_at, canary, same_refusal, tolerate, canary_to`

func scanBatch(r rows) (b Batch, err error) {
	var extra string
	w := &b.Window
	err = r.Scan(&b.ID, &b.Account, &b.Name, &b.Source, &b.Fingerprint, &b.Options, &b.State, &b.PauseReason,
		&b.PauseDetail, &b.Run, &extra, &b.Delimiter, &b.Marked, &b.ReportPath, &b.Importer, &b.Owner,
		timeOf(&b.CreatedAt), timeOf(&b.ImportedAt), timeOf(&b.FinishedAt),
		&b.Breakers.Canary, &b.Breakers.SameRefusal, &b.Breakers.Tolerate, &b.CanaryTo,
		&b.Quiet, timeOf(&w.Since), timeOf(&w.From), timeOf(&w.Until), &b.IsQuiet, &b.Astray)
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(extra), &b.ExtraColumns)
}

// InsertBatch adds a batch in state importing and returns its id.
func (q queries) InsertBatch(ctx context.Context, b Batch) (int64, error) {
	extra, err := json.Marshal(b.ExtraColumns)
	if err != nil {
		return 0, err
	}
	if b.ExtraColumns == nil {
		extra = []byte("[]")
	}
	var id int64
	err = q.queryOne(ctx, `
INSERT INTO batches (account_id, name, source, fingerprint, options, state, pause_reason, pause_detail, run,
    extra_columns, delimiter, marked, report_path, importer, owner, created_at)
VALUES ($1, $2, $3, $4, $5, 'importing', '', '', 1, $6, $7, $8, $9, $10, $11, `+q.d.now+`)
RETURNING id`,
		[]any{b.Account, b.Name, b.Source, b.Fingerprint, b.Options, string(extra), b.Delimiter, b.Marked, b.ReportPath, b.Importer, b.Owner}, &id)
	if err != nil {
		return 0, fmt.Errorf("insert batch: %w", err)
	}
	return id, nil
}

// ActivateBatch sets an importing batch running, which is when people start to
// be sent to, and opens its first run. [ErrNotFound] when it is not importing.
func (t *Tx) ActivateBatch(ctx context.Context, id int64) error {
	var account int64
	err := t.queryOne(ctx, `
UPDATE batches
SET state = 'running', imported_at = `+t.d.now+`, importer = ''
WHERE id = $1 AND state = 'importing'
RETURNING account_id`, []any{id}, &account)
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("activate batch: %w", err)
	}
	if err := t.insertRun(ctx, id, 1); err != nil {
		return err
	}
	return t.tellOfRunning(ctx, account)
}

func (t *Tx) insertRun(ctx context.Context, batch int64, run int) error {
	_, err := t.conn.exec(ctx, `INSERT INTO runs (batch_id, run, started_at) VALUES ($1, $2, `+t.d.now+`)`, batch, run)
	if err != nil {
		return fmt.Errorf("insert run: %w", err)
	}
	return nil
}

// Batch is the batch with this id, or [ErrNotFound].
func (q queries) Batch(ctx context.Context, id int64) (Batch, error) {
	all, err := q.batches(ctx, `WHERE id = $1`, id)
	return first(all, err)
}

// BatchFilter says which batches are listed. A zero field does not filter.
type BatchFilter struct {
	Account int64
	States  []BatchState
	Search  string // a part of the name or the source, whatever its case and accents
	Before  int64  // the last batch of the page before
	Limit   int    // 0 is all
}

// Batches lists batches, the newest first.
func (q queries) Batches(ctx context.Context, f BatchFilter) ([]Batch, error) {
	arg, err := recordsArg(len(f.States), func(i int) []any { return []any{string(f.States[i])} })
	if err != nil {
		return nil, err
	}
	search, limit := folded(f.Search), math.MaxInt32
	if f.Limit > 0 && search == "" { // a search goes through all
		limit = f.Limit
	}
	all, err := q.batches(ctx, `
WHERE (CAST($2 AS BIGINT) = 0 OR account_id = $2)
  AND (CAST($3 AS BIGINT) = 0 OR id < $3)
  AND (CAST($4 AS BIGINT) = 0 OR state IN (SELECT k_state FROM `+q.d.records([]col{{"k_state", text}})+` AS k))
ORDER BY id DESC
LIMIT $5`, arg, f.Account, f.Before, len(f.States), limit)
	if err != nil {
		return nil, err
	}
	if search != "" {
		all = slices.DeleteFunc(all, func(b Batch) bool {
			return !strings.Contains(folded(b.Name), search) && !strings.Contains(folded(b.Source), search)
		})
	}
	if f.Limit > 0 {
		all = all[:min(len(all), f.Limit)]
	}
	return all, nil
}

// BatchesIn lists an account's batches that are in a state, the oldest first.
func (q queries) BatchesIn(ctx context.Context, account int64, state BatchState) ([]Batch, error) {
	return q.batches(ctx, `WHERE account_id = $1 AND state = $2 ORDER BY id`, account, string(state))
}

// BatchByFingerprint is the newest batch of the same input that was not
// cancelled, or [ErrNotFound].
func (q queries) BatchByFingerprint(ctx context.Context, account int64, fingerprint string) (Batch, error) {
	all, err := q.batches(ctx, `
WHERE account_id = $1 AND fingerprint = $2 AND state <> 'cancelled'
ORDER BY id DESC
LIMIT 1`, account, fingerprint)
	return first(all, err)
}

// CancelledByFingerprint is the newest batch of the same input that was
// cancelled, or [ErrNotFound].
func (q queries) CancelledByFingerprint(ctx context.Context, account int64, fingerprint string) (Batch, error) {
	all, err := q.batches(ctx, `
WHERE account_id = $1 AND fingerprint = $2 AND state = 'cancelled'
ORDER BY id DESC
LIMIT 1`, account, fingerprint)
	return first(all, err)
}

// ReportedOver is the newest batch whose report took the place of that of another, or
// [ErrNotFound]: both are at the same path, and it is later.
func (q queries) ReportedOver(ctx context.Context, batch int64, path string) (Batch, error) {
	all, err := q.batches(ctx, `
WHERE id > $1 AND report_path = $2 AND EXISTS (SELECT 1 FROM runs r WHERE r.batch_id = batches.id AND r.reported_at IS NOT NULL)
ORDER BY id DESC
LIMIT 1`, batch, path)
	return first(all, err)
}

func (q queries) batches(ctx context.Context, where string, args ...any) ([]Batch, error) {
	all, err := collect(ctx, q, `SELECT `+batchColumns+`, `+q.d.quietColumns()+` FROM batches `+where, args, scanBatch)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	return all, nil
}

func first[T any](all []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(all) == 0:
		return none, ErrNotFound
	}
	return all[0], nil
}

// PauseBatch is [Tx.PauseBatch] in a transaction of its own.
func (s *Store) PauseBatch(ctx context.Context, id int64, reason, detail string) (paused bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		paused, err = tx.PauseBatch(ctx, id, reason, detail)
		return err
	})
	return paused, err
}

// PauseBatch stops a running batch, with the reason and what to tell people, and
// notes that as an event. It reports whether the batch was running.
func (t *Tx) PauseBatch(ctx context.Context, id int64, reason, detail string) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE batches
SET state = 'paused', pause_reason = $2, pause_detail = $3
WHERE id = $1 AND state = 'running'`, id, reason, detail)
	if err != nil || n == 0 {
		return false, wrap("pause batch", err)
	}
	if err := t.tellOfStop(ctx, id); err != nil {
		return false, err
	}
	return true, t.noteBatch(ctx, EventPaused, id, reason)
}

// ResumeBatch sets a paused batch running again, and reports whether it was
// paused. Who is refused is counted anew. One that paused itself as people were refused
// holds nobody back any more: whoever resumes it has seen why. Where those who went first
// are queued again by then, they go first again.
func (q queries) ResumeBatch(ctx context.Context, id int64) (bool, error) {
	var account int64
	err := q.queryOne(ctx, `
UPDATE batches
SET state = 'running', pause_reason = '', pause_detail = '',
    canary_to = CASE
        WHEN pause_reason IN ('same_refusal', 'too_many_refused') THEN 0
        WHEN pause_reason = 'canary' AND (canary = 0 OR NOT EXISTS (
            SELECT 1 FROM applicants WHERE batch_id = $1 AND applicants.state = 'queued' AND row_no <= canary_to)) THEN 0
        ELSE canary_to END,
    refused = 0, refusal = '', refusals_in_row = 0, invited_before = `+invitedNow+`, invited_at_refusal = `+invitedNow+`
WHERE id = $1 AND state = 'paused'
RETURNING account_id`, []any{id}, &account)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("resume batch: %w", err)
	}
	return true, q.tellOfRunning(ctx, account)
}

// FinishBatch finishes a running batch when nobody of it is queued or sending,
// notes that as an event, and reports whether this call did. So a run is finished exactly once. The
// batch is locked first: a statement that waited for a retry to commit would
// not see whom that queued.
func (t *Tx) FinishBatch(ctx context.Context, id int64) (bool, error) {
	if _, err := t.lockBatch(ctx, id); err != nil {
		return false, wrap("finish batch", err)
	}
	n, err := t.conn.exec(ctx, `
UPDATE batches
SET state = 'finished', finished_at = `+t.d.now+`
WHERE id = $1
  AND state = 'running'
  AND NOT EXISTS (SELECT 1 FROM applicants WHERE batch_id = $1 AND state = 'queued')
  AND NOT EXISTS (SELECT 1 FROM applicants WHERE batch_id = $1 AND state = 'sending')`, id)
	if err != nil || n == 0 {
		return false, wrap("finish batch", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE runs
SET finished_at = `+t.d.now+`
WHERE batch_id = $1 AND finished_at IS NULL`, id)
	if err != nil {
		return false, fmt.Errorf("finish run: %w", err)
	}
	if err := t.noteBatch(ctx, EventFinished, id, ""); err != nil {
		return false, err
	}
	return true, t.foldCounts(ctx, id)
}

// Reported tells whether the report of a run was written.
func (q queries) Reported(ctx context.Context, batch int64, run int) (bool, error) {
	var at time.Time
	err := q.queryOne(ctx, `SELECT reported_at FROM runs WHERE batch_id = $1 AND run = $2`, []any{batch, run}, timeOf(&at))
	return !at.IsZero(), wrap("read run", err)
}

// MarkReported notes that the report of a run was written.
func (q queries) MarkReported(ctx context.Context, batch int64, run int) error {
	_, err := q.conn.exec(ctx, `UPDATE runs SET reported_at = `+q.d.now+` WHERE batch_id = $1 AND run = $2`, batch, run)
	return wrap("mark run reported", err)
}

// SetReportPath says where the report of a batch goes.
func (q queries) SetReportPath(ctx context.Context, batch int64, path string) error {
	_, err := q.conn.exec(ctx, `UPDATE batches SET report_path = $2 WHERE id = $1`, batch, path)
	return wrap("set report path", err)
}

// SetBatchOwner says which user a batch belongs to.
func (q queries) SetBatchOwner(ctx context.Context, batch int64, owner string) error {
	_, err := q.conn.exec(ctx, `UPDATE batches SET owner = $2 WHERE id = $1`, batch, owner)
	return wrap("set the owner of a batch", err)
}

// Runs is a batch's run times, the first run first.
func (q queries) Runs(ctx context.Context, batch int64) ([]Run, error) {
	all, err := collect(ctx, q, `
SELECT run, started_at, finished_at, reported_at
FROM runs
WHERE batch_id = $1
ORDER BY run`, []any{batch}, func(r rows) (v Run, err error) {
		return v, r.Scan(&v.Run, timeOf(&v.StartedAt), timeOf(&v.FinishedAt), timeOf(&v.ReportedAt))
	})
	return all, wrap("read runs", err)
}

// Run is one pass over a batch: the first, or a retry.
type Run struct {
	Run                               int
	StartedAt, FinishedAt, ReportedAt time.Time
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
