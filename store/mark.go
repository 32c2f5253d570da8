package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Mark is how far a database source has been read. The zero Mark is that of a
// source that was never read.
type Mark struct {
	Value     string
	Kind      string // of the values that are compared, as package importer names it
	Batch     int64  // that moved it there
	UpdatedAt time.Time
	// RowsFrom is the time from which on every row that was taken is known by
	// [Store.TakenRows], in microseconds since 1970; 0 if none is.
	RowsFrom int64
}

// ErrMarkMoved means that a source was read further by somebody else.
var ErrMarkMoved = errors.New("the source was imported by another process in the meantime")

// SourceMark is the mark of a source, or the zero Mark.
func (q queries) SourceMark(ctx context.Context, account int64, source string) (m Mark, err error) {
	err = q.queryOne(ctx, `
SELECT mark, kind, batch_id, updated_at, rows_from
FROM source_marks
WHERE account_id = $1 AND source = $2`, []any{account, source}, &m.Value, &m.Kind, &m.Batch, timeOf(&m.UpdatedAt), &m.RowsFrom)
	if errors.Is(err, ErrNotFound) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("read the source's mark: %w", err)
	}
	return m, nil
}

// MoveMark moves the mark of a source, which must still be where it was read,
// or else it returns [ErrMarkMoved].
func (t *Tx) MoveMark(ctx context.Context, account int64, source string, from, to Mark) error {
	n, err := t.moveMark(ctx, account, source, from, to)
	switch {
	case err != nil:
		return fmt.Errorf("move the source's mark: %w", err)
	case n == 0:
		return ErrMarkMoved
	}
	return nil
}

func (t *Tx) moveMark(ctx context.Context, account int64, source string, from, to Mark) (int64, error) {
	if from.Kind == "" {
		return t.conn.exec(ctx, `
INSERT INTO source_marks (account_id, source, mark, kind, batch_id, updated_at, rows_from)
VALUES ($1, $2, $3, $4, $5, `+t.d.now+`, $6)
ON CONFLICT DO NOTHING`, account, source, to.Value, to.Kind, to.Batch, to.RowsFrom)
	}
	return t.conn.exec(ctx, `
UPDATE source_marks
SET mark = $3, kind = $4, batch_id = $5, updated_at = `+t.d.now+`, rows_from = $9
WHERE account_id = $1 AND source = $2 AND mark = $6 AND kind = $7 AND batch_id = $8`,
		account, source, to.Value, to.Kind, to.Batch, from.Value, from.Kind, from.Batch, to.RowsFrom)
}
