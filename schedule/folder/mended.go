package folder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/batch"
)

// candidatesMost is how many refused files a list of problems is tried with.
const candidatesMost = 10

// correct takes a file that is the list of problems of one that was refused, with what
// people corrected: together they are one list, of which everybody is imported. It
// reports whether there is nothing more to do with it for now. A list of problems of
// something else is a list of its own.
func (f *Folder) correct(ctx context.Context, row *File) (done bool, err error) {
	refused, err := f.base.Store.MendableFolderFiles(ctx, f.base.Account, f.dir, candidatesMost)
	if err != nil || len(refused) == 0 || !batch.IsProblemList(ctx, f.path(row.Place)) {
		return false, err
	}
	if i := slices.IndexFunc(refused, func(old File) bool { return isListOf(row.Name, old) }); i > 0 {
		refused[0], refused[i] = refused[i], refused[0] // the one whose name it has is tried first
	}
	for _, old := range refused {
		u, err := f.corrected(ctx, row, old)
		if err == nil {
			row.State, row.Upload, row.Mends = Taken, u.ID, old.ID
			return true, f.save(ctx, row)
		}
		if !errors.As(err, new(*batch.RequestError)) {
			return true, err
		}
	}
	if !isListOf(row.Name, refused[0]) {
		return false, nil
	}
	return true, f.refuse(ctx, row, "this is a list of problems, but not of "+refused[0].Place+" as it is now",
		"correct the whole list, and put that into the watched folder")
}

// isListOf reports whether a name is that of a refused file's list of problems.
func isListOf(name string, old File) bool {
	base := strings.TrimPrefix(old.Place, refusedDir+"/")
	return strings.HasPrefix(name, base+".problems")
}

// corrected makes an upload of a refused file, with what a list corrects in it. It fails
// with a [batch.RequestError] if the list is not one of that file.
func (f *Folder) corrected(ctx context.Context, row *File, old File) (u batch.Upload, err error) {
	if old.Mends == 0 {
		u, err = f.upload(ctx, &old)
	} else {
		var first File
		if first, err = f.base.Store.FolderFile(ctx, old.Mends); err == nil {
			u, err = f.corrected(ctx, &old, first) // it was a list of problems itself
		}
	}
	if err != nil {
		return u, gone(err)
	}
	file, err := openFile(f.path(row.Place))
	if err != nil {
		return u, err
	}
	defer func() { _ = file.Close() }() // it was only read
	replaced, err := f.svc.ReplaceUpload(ctx, f.by, u.ID, u.Revision, row.Name, file, f.cfg.Limit)
	if err == nil && !replaced.Corrected {
		err = &batch.RequestError{Wrong: "the file is no list of problems", Fix: "correct the whole list"}
	}
	if err != nil {
		_ = f.svc.DiscardUpload(ctx, f.by, u.ID) // else it is swept when it is a day old
		return u, err
	}
	return replaced.Upload, nil
}

// gone says that a refused file is not there any more, or not what it was.
func gone(err error) error {
	if errors.Is(err, errChanged) || isMissing(err) {
		return &batch.RequestError{Wrong: fmt.Sprintf("the refused file is not in %s/ as it was", refusedDir), Fix: "correct the whole list"}
	}
	return err
}
