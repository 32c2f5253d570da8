package store

import (
	"context"
	"time"
)

// FolderBacklog is how many files of a watched folder something is still to be done with.
type FolderBacklog struct {
	Folder string
	Files  int
	Since  time.Time // when the first of them was found; zero if there are none
}

// FolderBacklogs are those of an account's folders of which a file is known, by folder.
func (q queries) FolderBacklogs(ctx context.Context, account int64) ([]FolderBacklog, error) {
	const open = `state IN ('seen', 'taking', 'taken', 'importing') OR moving_to <> ''`
	all, err := collect(ctx, q, `
SELECT folder, sum(CASE WHEN `+open+` THEN 1 ELSE 0 END) AS files, min(CASE WHEN `+open+` THEN found_at END)
FROM folder_files
WHERE account_id = $1
GROUP BY folder
ORDER BY folder`, []any{account}, func(r rows) (b FolderBacklog, err error) {
		return b, r.Scan(&b.Folder, &b.Files, timeOf(&b.Since))
	})
	return all, wrap("count the files of folders", err)
}
