package store

import (
	"context"
	"errors"
	"time"
)

// FolderKeep says which files of a folder keep their rows, whatever became of them.
type FolderKeep struct {
	Newest int           // so many of them
	Age    time.Duration // those that changed within that time
	AtOnce int           // how many others lose theirs at the most
}

// SweepFolder forgets files of a folder that are at their end, and returns how many it
// forgot. It keeps one with which there is something to do, whose results are still to
// come, or that another one corrects which has a row. What was imported is still known
// by its content; see [queries.ContentBatch].
func (t *Tx) SweepFolder(ctx context.Context, account int64, path string, k FolderKeep) (int, error) {
	var oldest int64
	err := t.queryOne(ctx, `
SELECT id
FROM folder_files
WHERE account_id = $1 AND folder = $2
ORDER BY id DESC
LIMIT 1 OFFSET $3`, []any{account, path, max(0, k.Newest-1)}, &oldest)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, wrap("sweep the files of a folder", err)
	}
	ids, err := collect(ctx, t.queries, `
SELECT f.id
FROM folder_files f
WHERE f.account_id = $1 AND f.folder = $2 AND f.id < $3 AND f.changed_at < `+t.d.after("$4")+`
  AND f.state IN ('done', 'known', 'refused', 'vanished') AND f.moving_to = ''
  AND NOT (f.state = 'done' AND f.place <> '' AND f.result = ''
    AND EXISTS (SELECT 1 FROM batches b WHERE b.id = f.batch_id AND b.state <> 'cancelled'))
  AND NOT EXISTS (SELECT 1 FROM folder_files m WHERE m.mends_id = f.id AND m.mends_id <> 0)
ORDER BY f.id
LIMIT $5`, []any{account, path, oldest, -k.Age.Seconds(), k.AtOnce}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil || len(ids) == 0 {
		return 0, wrap("sweep the files of a folder", err)
	}
	return len(ids), wrap("sweep the files of a folder", t.forgetFolderFiles(ctx, ids))
}

// forgetFolderFiles deletes rows, and keeps of which batches their contents are.
func (t *Tx) forgetFolderFiles(ctx context.Context, ids []int64) error {
	arg, err := idsArg(ids)
	if err != nil {
		return err
	}
	these := `id IN (SELECT k_id FROM ` + t.d.records([]col{{"k_id", integer}}) + ` AS k)`
	_, err = t.conn.exec(ctx, `
INSERT INTO folder_contents (account_id, sha256, batch_id)
SELECT DISTINCT account_id, sha256, batch_id
FROM folder_files
WHERE `+these+` AND state = 'done' AND sha256 <> '' AND batch_id <> 0
ON CONFLICT DO NOTHING`, arg)
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `DELETE FROM folder_files WHERE `+these, arg)
	return err
}
