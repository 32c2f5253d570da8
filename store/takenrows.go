package store

import (
	"context"
	"fmt"
)

// TakenRows is a piece of the rows that were taken of a database source near its
// mark, by their fingerprints.
type TakenRows struct {
	Last int64  // the highest of their marks, in microseconds since 1970
	Rows []byte // one fingerprint after the other, as package importer makes them
}

// TakenRows are the fingerprints of the rows that may be read again of a source,
// in pieces.
func (q queries) TakenRows(ctx context.Context, account int64, source string) ([][]byte, error) {
	all, err := collect(ctx, q, `
SELECT fingerprints
FROM source_rows
WHERE account_id = $1 AND source = $2`, []any{account, source}, func(r rows) (piece []byte, err error) {
		return piece, r.Scan(&piece)
	})
	return all, wrap("read which rows of the source were taken", err)
}

// KeepTakenRows adds the rows that the batch of a mark took to those that are known,
// and forgets those that lie before the mark's RowsFrom; all, if that is 0. It
// belongs into the transaction that moves the mark.
func (t *Tx) KeepTakenRows(ctx context.Context, account int64, source string, to Mark, all []TakenRows) error {
	if _, err := t.conn.exec(ctx, `
DELETE FROM source_rows
WHERE account_id = $1 AND source = $2 AND (last_at < $3 OR $3 = 0)`, account, source, to.RowsFrom); err != nil {
		return fmt.Errorf("forget which rows of the source were taken: %w", err)
	}
	for piece, r := range all {
		if _, err := t.conn.exec(ctx, `
INSERT INTO source_rows (account_id, source, batch_id, piece, last_at, fingerprints)
VALUES ($1, $2, $3, $4, $5, $6)`, account, source, to.Batch, piece, r.Last, r.Rows); err != nil {
			return fmt.Errorf("keep which rows of the source were taken: %w", err)
		}
	}
	return nil
}
