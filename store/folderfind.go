package store

import (
	"context"
	"strings"
)

// FolderFound are files whose names have what was looked for.
type FolderFound struct {
	Files []FolderEntry
	// Next is the id before which the search goes on; 0 if it has come to the end.
	Next int64
}

// FindFolderFiles looks for files of a folder by a part of their name, without regard to
// capital letters and accents, which no database can do by itself. It reads so many
// names at the most.
func (q queries) FindFolderFiles(ctx context.Context, f FolderFilter, name string, most int) (FolderFound, error) {
	ids, next, err := q.folderNames(ctx, f, folded(name), most)
	if err != nil || len(ids) == 0 {
		return FolderFound{Next: next}, err
	}
	arg, err := idsArg(ids)
	if err != nil {
		return FolderFound{}, err
	}
	files, err := q.folderEntries(ctx, `id IN (SELECT k_id FROM `+q.d.records([]col{{"k_id", integer}})+` AS k) ORDER BY id DESC`, arg)
	return FolderFound{files, next}, err
}

// folderNames are the ids of the files whose names have a part, and where to go on.
func (q queries) folderNames(ctx context.Context, f FolderFilter, part string, most int) (ids []int64, next int64, err error) {
	c := f.where()
	limit := c.arg(most)
	rs, err := q.conn.query(ctx, `SELECT id, name FROM folder_files WHERE `+c.String()+` ORDER BY id DESC LIMIT `+limit, c.args...)
	if err != nil {
		return nil, 0, wrap("find files of a folder", err)
	}
	defer rs.Close()
	for looked := 1; rs.Next(); looked++ {
		var id int64
		var name string
		if err := rs.Scan(&id, &name); err != nil {
			return nil, 0, scanError(err)
		}
		if strings.Contains(folded(name), part) {
			ids = append(ids, id)
		}
		if looked == most || len(ids) == f.Limit {
			return ids, id, nil
		}
	}
	return ids, 0, wrap("find files of a folder", cleanError(rs.Err()))
}
