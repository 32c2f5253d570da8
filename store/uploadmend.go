package store

import (
	"context"
	"fmt"
	"slices"
)

// UploadMend is what a person put in place of a cell of an upload.
type UploadMend struct {
	Sheet  string // of a workbook
	Row    int    // as a spreadsheet shows it
	Column int    // from 0; [LeftOut] leaves the row out
	Text   string
}

// LeftOut as a column says that nobody is to be invited by the row.
const LeftOut = -1

// UploadMends are the corrections of an upload, by sheet, row and column.
func (q queries) UploadMends(ctx context.Context, id string) ([]UploadMend, error) {
	all, err := collect(ctx, q, `
SELECT sheet, row_no, column_no, text
FROM upload_mends
WHERE upload_id = $1
ORDER BY sheet, row_no, column_no`, []any{id}, func(r rows) (m UploadMend, err error) {
		return m, r.Scan(&m.Sheet, &m.Row, &m.Column, &m.Text)
	})
	return all, wrap("read what was mended", err)
}

// MendedRows is how many rows of an upload are corrected, or left out.
func (q queries) MendedRows(ctx context.Context, id string) (n int, err error) {
	err = q.queryOne(ctx, `
SELECT count(*)
FROM (SELECT DISTINCT sheet, row_no FROM upload_mends WHERE upload_id = $1) AS mended`, []any{id}, &n)
	return n, wrap("count what was mended", err)
}

// MendUpload keeps corrections, and takes others back, as another revision of an
// upload that is ready. It reports whether revision was the last one.
func (t *Tx) MendUpload(ctx context.Context, id string, revision int, put, back []UploadMend) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE uploads
SET refusal = '', refusal_fix = '', `+t.nextRevision()+`
WHERE id = $1 AND revision = $2 AND state = 'ready'`, id, revision)
	if err != nil || n == 0 {
		return false, wrap("mend", err)
	}
	for chunk := range slices.Chunk(append(slices.Clone(back), put...), mendsAtOnce) {
		if err := t.removeMends(ctx, id, chunk); err != nil {
			return false, err
		}
	}
	columns := []string{"upload_id", "sheet", "row_no", "column_no", "text"}
	err = t.conn.insertRows(ctx, "upload_mends", columns, len(put), func(i int) []any {
		m := put[i]
		return []any{id, m.Sheet, m.Row, m.Column, m.Text}
	})
	return true, wrap("mend", err)
}

// mendsAtOnce is how many corrections one statement takes back.
const mendsAtOnce = 1000

var mendCols = []col{{"k_sheet", text}, {"k_row", integer}, {"k_column", integer}}

func (t *Tx) removeMends(ctx context.Context, id string, all []UploadMend) error {
	arg, err := recordsArg(len(all), func(i int) []any { return []any{all[i].Sheet, all[i].Row, all[i].Column} })
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `
DELETE FROM upload_mends
WHERE upload_id = $2 AND (sheet, row_no, column_no) IN (SELECT k_sheet, k_row, k_column FROM `+t.d.records(mendCols)+` AS k)`, arg, id)
	return wrap("take back what was mended", err)
}

func (t *Tx) deleteMends(ctx context.Context, id string) error {
	if _, err := t.conn.exec(ctx, `DELETE FROM upload_mends WHERE upload_id = $1`, id); err != nil {
		return fmt.Errorf("forget what was mended: %w", err)
	}
	return nil
}
