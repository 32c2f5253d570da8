package store

import (
	"context"
	"errors"
)

// FolderState is where a file that was put into a watched folder is on its way.
type FolderState string

// The states of a file in a folder. From taking on, usher has it in a folder of its own.
const (
	FolderSeen      FolderState = "seen"      // it lies there, and is not taken yet: Why says what it waits for, if not for its end
	FolderTaking    FolderState = "taking"    // it is being moved, and read
	FolderTaken     FolderState = "taken"     // it is in the database as an upload
	FolderAsks      FolderState = "asks"      // somebody is to say yes: more people are in it than its schedule invites by itself
	FolderImporting FolderState = "importing" // a job makes a batch of it
	FolderDone      FolderState = "done"      // there is a batch of it
	FolderKnown     FolderState = "known"     // nobody in it is new: it was imported before
	FolderRefused   FolderState = "refused"   // Why says what is wrong with it
	FolderVanished  FolderState = "vanished"  // somebody took it away before it was read
)

// FolderFile is a file that was put into a watched folder. Paths are below the folder,
// with slashes.
type FolderFile struct {
	ID      int64
	Account int64
	Folder  string // as an absolute path
	Name    string // as it was found
	State   FolderState
	Place   string // where it is; empty if it is nowhere any more
	// MovingTo is where it is being moved to, or was before a crash; empty if it is not.
	MovingTo string
	Size     int64 // in bytes
	Modified int64 // when it was changed last, in nanoseconds since 1970
	SHA256   string
	Upload   string // the id of its upload, from taken on
	Batch    int64  // of one that is done or known; 0 if there is none
	Mends    int64  // the refused file that it corrects, as a list of problems; usually 0
	Mendable bool   // a list of its rows with problems is beside it
	Why      string // for people
	Result   string // where the results of its batch are, once they are all there
	Version  int    // counts its changes
	// Occurrence is the time of a schedule that it was taken for; 0 if there is none.
	Occurrence int64
	People     int // who would be invited, of one that asks, or asked
	Agreed     int // so many people somebody said yes to; 0 if nobody was asked
}

const folderFileColumns = `id, account_id, folder, name, state, place, moving_to, size, modified_ns, sha256, upload_id,
batch_id, mends_id, mendable, why, result, version, occurrence_id, people, agreed`

func scanFolderFile(r rows) (f FolderFile, err error) {
	return f, r.Scan(&f.ID, &f.Account, &f.Folder, &f.Name, &f.State, &f.Place, &f.MovingTo, &f.Size, &f.Modified, &f.SHA256,
		&f.Upload, &f.Batch, &f.Mends, &f.Mendable, &f.Why, &f.Result, &f.Version, &f.Occurrence, &f.People, &f.Agreed)
}

// InsertFolderFile notes a file that was seen in a folder, and reports whether it was
// not noted already.
func (q queries) InsertFolderFile(ctx context.Context, f FolderFile) (bool, error) {
	n, err := q.conn.exec(ctx, `
INSERT INTO folder_files (account_id, folder, name, state, place, moving_to, size, modified_ns, sha256, upload_id,
    batch_id, mends_id, mendable, why, result, version, found_at, changed_at)
VALUES ($1, $2, $3, 'seen', $3, '', $4, $5, '', '', 0, 0, $6, $7, '', 1, `+q.d.now+`, `+q.d.now+`)
ON CONFLICT (account_id, folder, name) WHERE state = 'seen' DO NOTHING`,
		f.Account, f.Folder, f.Name, f.Size, f.Modified, false, f.Why)
	return n == 1, wrap("note a file of a folder", err)
}

// SaveFolderFile keeps what has become of a file, and reports whether nobody changed
// it since this version was read. The version counts up in f, too.
func (q queries) SaveFolderFile(ctx context.Context, f *FolderFile) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE folder_files
SET state = $3, place = $4, moving_to = $5, size = $6, modified_ns = $7, sha256 = $8, upload_id = $9, batch_id = $10,
    mends_id = $11, mendable = $12, why = $13, result = $14, occurrence_id = $15, people = $16, agreed = $17, version = version + 1,
    changed_at = `+q.d.now+`
WHERE id = $1 AND version = $2`, f.ID, f.Version, string(f.State), f.Place, f.MovingTo, f.Size, f.Modified, f.SHA256, f.Upload,
		f.Batch, f.Mends, f.Mendable, f.Why, f.Result, f.Occurrence, f.People, f.Agreed)
	if err != nil || n == 0 {
		return false, wrap("keep a file of a folder", err)
	}
	f.Version++
	return true, nil
}

// FolderFile is the file with this id, or [ErrNotFound].
func (q queries) FolderFile(ctx context.Context, id int64) (FolderFile, error) {
	all, err := q.folderFiles(ctx, `WHERE id = $1`, id)
	return first(all, err)
}

// OpenFolderFiles are the files of a folder with which something is still to be done,
// the oldest first.
func (q queries) OpenFolderFiles(ctx context.Context, account int64, folder string) ([]FolderFile, error) {
	return q.folderFiles(ctx, `
WHERE account_id = $1 AND folder = $2 AND (state IN ('seen', 'taking', 'taken', 'asks', 'importing') OR moving_to <> '')
ORDER BY id`, account, folder)
}

// FolderFiles lists the files of an account's folder, or of all its folders if that is
// empty, the newest first, so many at most.
func (q queries) FolderFiles(ctx context.Context, account int64, folder string, limit int) ([]FolderFile, error) {
	return q.folderFiles(ctx, `
WHERE account_id = $1 AND (CAST($2 AS TEXT) = '' OR folder = $2)
ORDER BY id DESC
LIMIT $3`, account, folder, limit)
}

// MendableFolderFiles are the refused files of a folder that have a list of problems,
// the newest first.
func (q queries) MendableFolderFiles(ctx context.Context, account int64, folder string, limit int) ([]FolderFile, error) {
	return q.folderFiles(ctx, `
WHERE account_id = $1 AND folder = $2 AND state = 'refused' AND moving_to = '' AND place <> '' AND mendable
ORDER BY id DESC
LIMIT $3`, account, folder, limit)
}

// AwaitingResults are the files of a folder whose batches are finished, and whose
// results are not beside them yet.
func (q queries) AwaitingResults(ctx context.Context, account int64, folder string) ([]FolderFile, error) {
	return q.folderFiles(ctx, `
WHERE account_id = $1 AND folder = $2 AND state = 'done' AND moving_to = '' AND place <> '' AND result = ''
  AND batch_id IN (SELECT id FROM batches WHERE state = 'finished')
ORDER BY id`, account, folder)
}

func (q queries) folderFiles(ctx context.Context, where string, args ...any) ([]FolderFile, error) {
	all, err := collect(ctx, q, `SELECT `+folderFileColumns+` FROM folder_files `+where, args, scanFolderFile)
	return all, wrap("read the files of folders", err)
}

// ContentBatch is the newest batch, which was not cancelled, of a file of the same
// content that was put into a folder or brought by a page; 0 if there is none.
func (q queries) ContentBatch(ctx context.Context, account int64, sha256 string) (batch int64, err error) {
	err = q.queryOne(ctx, `
SELECT b.id
FROM batches b
WHERE b.state <> 'cancelled'
  AND (b.id IN (SELECT batch_id FROM folder_files WHERE account_id = $1 AND sha256 = $2 AND state = 'done')
    OR b.id IN (SELECT batch_id FROM folder_contents WHERE account_id = $1 AND sha256 = $2)
    OR b.id IN (SELECT batch_id FROM uploads WHERE account_id = $1 AND sha256 = $2 AND state = 'imported'))
ORDER BY b.id DESC
LIMIT 1`, []any{account, sha256}, &batch)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return batch, wrap("look for the same content", err)
}
