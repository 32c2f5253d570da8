package store

import "context"

// OccurrenceFiles are the files that were taken from a folder for a time of a schedule,
// in the order in which they were found.
func (q queries) OccurrenceFiles(ctx context.Context, occurrence int64) ([]FolderFile, error) {
	return q.folderFiles(ctx, `WHERE occurrence_id = $1 AND occurrence_id <> 0 ORDER BY id`, occurrence)
}

// isLeft is true of files that nobody's schedule has: of watched folders, and of times
// that are over.
const isLeft = `NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.id = folder_files.occurrence_id AND o.ended_at IS NULL)`

// ServedFolderFiles are those of [queries.OpenFolderFiles] that are looked after by who
// serves the folder for a time of a schedule, or for itself if that is 0: its own,
// and those that nobody else has.
func (q queries) ServedFolderFiles(ctx context.Context, account int64, folder string, occurrence int64) ([]FolderFile, error) {
	return q.folderFiles(ctx, `
WHERE account_id = $1 AND folder = $2 AND (state IN ('seen', 'taking', 'taken', 'asks', 'importing') OR moving_to <> '')
  AND (occurrence_id = $3 OR `+isLeft+`)
ORDER BY id`, account, folder, occurrence)
}

// UntidyFolders are the folders of an account that schedules took files from, and in
// which something is still to be done with them: the results of their batches are not
// beside them, or they were taken for times that are over.
func (q queries) UntidyFolders(ctx context.Context, account int64) ([]string, error) {
	all, err := collect(ctx, q, `
SELECT DISTINCT folder
FROM folder_files
WHERE account_id = $1 AND occurrence_id <> 0
  AND ((state IN ('taking', 'taken', 'asks', 'importing') OR moving_to <> '') AND `+isLeft+`
    OR state = 'done' AND moving_to = '' AND place <> '' AND result = '' AND batch_id IN (SELECT id FROM batches WHERE state = 'finished'))
ORDER BY folder`, []any{account}, func(r rows) (folder string, err error) { return folder, r.Scan(&folder) })
	return all, wrap("read the folders of schedules", err)
}

// AgreeFolderFiles has the files of an occurrence that wait for somebody's yes go on,
// with so many people each as they were said to have.
func (t *Tx) AgreeFolderFiles(ctx context.Context, occurrence int64) error {
	_, err := t.conn.exec(ctx, `
UPDATE folder_files
SET state = 'taken', agreed = people, why = '', version = version + 1, changed_at = `+t.d.now+`
WHERE occurrence_id = $1 AND occurrence_id <> 0 AND state = 'asks'`, occurrence)
	return wrap("agree to the files of an occurrence", err)
}

// EndAsking leaves out the times of a schedule, which is removed, that wait for
// somebody's yes.
func (t *Tx) EndAsking(ctx context.Context, account int64, schedule string) error {
	_, err := t.conn.exec(ctx, `
UPDATE occurrences
SET state = 'skipped', why = 'removed', ended_at = `+t.d.now+`
WHERE state = 'asks' AND ended_at IS NULL AND schedule_id IN (SELECT id FROM schedules WHERE account_id = $1 AND name = $2)`, account, schedule)
	return wrap("leave out what asks", err)
}
