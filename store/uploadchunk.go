package store

import (
	"context"
	"errors"
)

// AddUploadChunk adds the next bytes of an upload that is coming in, in a short
// transaction of its own. [ErrNotFound] when it was removed in the meantime.
func (s *Store) AddUploadChunk(ctx context.Context, u Upload, n int, data []byte) error {
	err := s.InTx(ctx, func(tx *Tx) error {
		if err := tx.receiving(ctx, "grow upload", `size = size + $2, touched_at = `+tx.d.now, u.ID, len(data)); err != nil {
			return err
		}
		_, err := tx.conn.exec(ctx, `INSERT INTO upload_chunks (content_id, n, data) VALUES ($1, $2, $3)`, u.Content, n, data)
		return err
	})
	return wrap("add to an upload", err)
}

// UploadChunk is the nth piece of a content, from 0, or [ErrNotFound].
func (q queries) UploadChunk(ctx context.Context, content string, n int) (data []byte, err error) {
	err = q.queryOne(ctx, `SELECT data FROM upload_chunks WHERE content_id = $1 AND n = $2`, []any{content, n}, &data)
	return data, wrap("read an upload", err)
}

// deletedChunks is how many pieces one statement removes.
const deletedChunks = 8

// DeleteContent removes the pieces of a content, the last ones first: as long as
// one is left, the first is, by which the sweep finds what was left behind.
func (s *Store) DeleteContent(ctx context.Context, content string) error {
	for content != "" {
		n, err := s.conn.exec(ctx, `
DELETE FROM upload_chunks
WHERE content_id = $1
  AND n IN (SELECT n FROM upload_chunks WHERE content_id = $1 ORDER BY n DESC LIMIT $2)`, content, deletedChunks)
		if err != nil || n < deletedChunks {
			return wrap("remove the bytes of an upload", err)
		}
	}
	return nil
}

// SweepUploads removes what is of no use any more: uploads that are too old, those
// that stopped coming in, and bytes and corrections that belong to none.
func (s *Store) SweepUploads(ctx context.Context) error {
	_, err := s.conn.exec(ctx, `
DELETE FROM uploads
WHERE expires_at < `+s.d.now+` AND state <> 'importing'
   OR state = 'receiving' AND touched_at < `+s.d.after("-600"))
	if err != nil {
		return wrap("sweep uploads", err)
	}
	if _, err := s.conn.exec(ctx, `DELETE FROM upload_mends WHERE upload_id NOT IN (SELECT id FROM uploads)`); err != nil {
		return wrap("sweep uploads", err)
	}
	left, err := collect(ctx, s.queries, `
SELECT content_id
FROM upload_chunks
WHERE n = 0 AND content_id NOT IN (SELECT content_id FROM uploads)`, nil, func(r rows) (id string, err error) {
		return id, r.Scan(&id)
	})
	if err != nil {
		return wrap("sweep uploads", err)
	}
	for _, content := range left {
		err = errors.Join(err, s.DeleteContent(ctx, content))
	}
	return err
}
