package store

import (
	"context"
	"math"
	"strings"
	"time"
)

// Folder is a folder that is watched, or was.
type Folder struct {
	ID       int64
	Path     string    // absolute
	ServedBy string    // for people: the process that began last to serve it; empty if that is not known
	ServedAt time.Time // when it began, by the database's clock; zero if that is not known
	// Trouble is what stands in its way, or in that of something in it that has no row,
	// for people; empty if nothing does. Fix is what to do about it.
	Trouble, Fix string
}

const folderColumns = `id, path, served_by, served_at, trouble, trouble_fix`

func scanFolder(r rows) (f Folder, err error) {
	return f, r.Scan(&f.ID, &f.Path, &f.ServedBy, timeOf(&f.ServedAt), &f.Trouble, &f.Fix)
}

// ServeFolder notes which process begins to serve a folder at this moment.
func (q queries) ServeFolder(ctx context.Context, account int64, path, by string) error {
	_, err := q.conn.exec(ctx, `
INSERT INTO folders (account_id, path, served_by, served_at, trouble, trouble_fix)
VALUES ($1, $2, $3, `+q.d.now+`, '', '')
ON CONFLICT (account_id, path) DO UPDATE
SET served_by = excluded.served_by, served_at = excluded.served_at, trouble = '', trouble_fix = ''`, account, path, by)
	return wrap("note who serves a folder", err)
}

// TroubleFolder notes what stands in a folder's way, and what to do about it; empty words
// when nothing does any more.
func (q queries) TroubleFolder(ctx context.Context, account int64, path, trouble, fix string) error {
	_, err := q.conn.exec(ctx, `
UPDATE folders
SET trouble = $3, trouble_fix = $4
WHERE account_id = $1 AND path = $2`, account, path, trouble, fix)
	return wrap("note the trouble of a folder", err)
}

// Folders are those of an account, by path.
func (q queries) Folders(ctx context.Context, account int64) ([]Folder, error) {
	return q.folders(ctx, `WHERE account_id = $1 ORDER BY path, id`, account)
}

// Folder is the folder of an account with this id, or [ErrNotFound].
func (q queries) Folder(ctx context.Context, account, id int64) (Folder, error) {
	return first(q.folders(ctx, `WHERE account_id = $1 AND id = $2`, account, id))
}

func (q queries) folders(ctx context.Context, where string, args ...any) ([]Folder, error) {
	all, err := collect(ctx, q, `SELECT `+folderColumns+` FROM folders `+where, args, scanFolder)
	return all, wrap("read folders", err)
}

// FolderCount is how many files of a folder are in a state.
type FolderCount struct {
	Path  string
	State FolderState
	Files int
}

// FolderCounts are those of all of an account's folders, or of one if path is not empty.
func (q queries) FolderCounts(ctx context.Context, account int64, path string) ([]FolderCount, error) {
	all, err := collect(ctx, q, `
SELECT folder, state, count(*)
FROM folder_files
WHERE account_id = $1 AND (CAST($2 AS TEXT) = '' OR folder = $2)
GROUP BY folder, state
ORDER BY folder, state`, []any{account, path}, func(r rows) (c FolderCount, err error) {
		return c, r.Scan(&c.Path, &c.State, &c.Files)
	})
	return all, wrap("count the files of folders", err)
}

// FolderEntry is a file of a folder with its times, by the database's clock.
type FolderEntry struct {
	FolderFile
	FoundAt   time.Time
	ChangedAt time.Time // when its row was changed last
}

// FolderFilter says which files of a folder are listed. A zero field does not filter.
type FolderFilter struct {
	Account int64
	Path    string // of the folder; it is always asked
	States  []FolderState
	Before  int64 // older than the file with this id
	Limit   int
}

// where are the conditions of a filter, with their arguments.
func (f FolderFilter) where() *conditions {
	c := &conditions{}
	before := int64(math.MaxInt64)
	if f.Before > 0 {
		before = f.Before
	}
	c.add("account_id = %s AND folder = %s AND id < %s", f.Account, f.Path, before)
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = c.arg(string(s))
		}
		c.all = append(c.all, "state IN ("+strings.Join(states, ", ")+")")
	}
	return c
}

// FolderPage lists files of a folder, the newest first.
func (q queries) FolderPage(ctx context.Context, f FolderFilter) ([]FolderEntry, error) {
	c := f.where()
	limit := c.arg(f.Limit)
	return q.folderEntries(ctx, c.String()+" ORDER BY id DESC LIMIT "+limit, c.args...)
}

func (q queries) folderEntries(ctx context.Context, where string, args ...any) ([]FolderEntry, error) {
	all, err := collect(ctx, q, `SELECT `+folderFileColumns+`, found_at, changed_at FROM folder_files WHERE `+where, args,
		func(r rows) (e FolderEntry, err error) {
			e.FolderFile, err = scanFolderFile(&withTimes{r, []any{timeOf(&e.FoundAt), timeOf(&e.ChangedAt)}})
			return e, err
		})
	return all, wrap("read the files of folders", err)
}

// withTimes scans more columns than it is asked for.
type withTimes struct {
	rows
	more []any
}

func (w *withTimes) Scan(dest ...any) error { return w.rows.Scan(append(dest, w.more...)...) }
