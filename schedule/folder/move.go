package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"usher/batch"
)

// The endings of what lies beside a file, and moves with it.
const (
	whyEnding          = batch.FolderWhyEnding
	noteEnding         = batch.FolderNoteEnding
	problemsEnding     = batch.FolderProblemsEnding
	problemsBookEnding = batch.FolderProblemsBookEnding
)

var beside = []string{whyEnding, noteEnding, problemsEnding, problemsBookEnding, doneMark}

// The steps of a move, for tests that die there.
const (
	stepIntended = "intended" // it is recorded
	stepBeside   = "beside"   // what lies beside the file is there already
	stepMoved    = "moved"    // the file is there, which is not recorded
	stepSaved    = "saved"    // something else has become of a file
)

// intend records where a file is to be moved, with all else that is new in its row.
func (f *Folder) intend(ctx context.Context, row *File, dir string) (err error) {
	if dir != "" {
		if err := f.makeDir(dir); err != nil {
			return err
		}
	}
	if row.MovingTo, err = f.freePlace(ctx, dir, row.Name); err != nil {
		return err
	}
	if err := f.save(ctx, row); err != nil {
		return err
	}
	f.step(stepIntended)
	return nil
}

// makeDir makes one of usher's own folders, which those may read who may read the
// watched one.
func (f *Folder) makeDir(dir string) error {
	info, err := os.Stat(f.dir)
	if err != nil {
		return err
	}
	err = os.Mkdir(f.path(dir), info.Mode().Perm()|0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// freePlace is a place in a folder for a file of this name, and for what lies beside it,
// where nothing is, nor is to be: with a number if need be.
func (f *Folder) freePlace(ctx context.Context, dir, name string) (string, error) {
	rows, err := f.open(ctx)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		place := path.Join(dir, numbered(name, n))
		if slices.ContainsFunc(rows, func(row File) bool { return row.MovingTo == place }) {
			continue
		}
		free, err := f.isFree(place)
		if err != nil || free {
			return place, err
		}
	}
}

func (f *Folder) isFree(place string) (bool, error) {
	for _, ending := range append([]string{""}, beside...) {
		_, err := os.Lstat(f.path(place + ending))
		if err == nil {
			return false, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}

// nameRoom is how many bytes of a name leave room for what is added to it.
const nameRoom = 255 - len(".problems-9999.xlsx")

// numbered is the n-th name like this one.
func numbered(name string, n int) string {
	ext := filepath.Ext(name)
	if len(ext) > 16 || ext == name {
		ext = ""
	}
	stem, number := strings.TrimSuffix(name, ext), ""
	if n > 1 {
		number = "-" + strconv.Itoa(n)
	}
	if most := nameRoom - len(ext) - len(number); len(stem) > most {
		stem = strings.ToValidUTF8(stem[:most], "")
	}
	return stem + number + ext
}

// move makes the move that is recorded, or finds that it was made before a crash, and
// records that. What the file is then nowhere has no place.
func (f *Folder) move(ctx context.Context, row *File) error {
	from, to := f.path(row.Place), f.path(row.MovingTo)
	if row.State == Taking {
		if err := moveBeside(from, to, []string{doneMark}); err != nil {
			return err
		}
	} else if strings.Contains(row.MovingTo, "/") {
		if err := moveBeside(from, to, beside); err != nil {
			return err
		}
	}
	f.step(stepBeside)
	err := moveFile(from, to, sight{row.Size, row.Modified})
	switch {
	case errors.Is(err, fs.ErrExist): // somebody was faster
		return f.intend(ctx, row, strings.TrimSuffix(path.Dir(row.MovingTo), "."))
	case errors.Is(err, fs.ErrNotExist):
		return f.lost(ctx, row)
	case err != nil:
		return err
	}
	f.step(stepMoved)
	row.Place, row.MovingTo = row.MovingTo, ""
	if !strings.Contains(row.Place, "/") { // it was put back, and is another file from now on
		row.Place = ""
	}
	return f.save(ctx, row)
}

// lost notes that a file is neither where it was nor where it was to be.
func (f *Folder) lost(ctx context.Context, row *File) error {
	if _, err := os.Stat(f.path(path.Dir(row.MovingTo))); err != nil {
		return errAway
	}
	if row.State == Taking {
		return f.vanish(ctx, row)
	}
	row.Place, row.MovingTo = "", ""
	row.Why += " The file itself was taken away by somebody."
	return f.save(ctx, row)
}

// moveFile moves a file that looked like this. It is nil if it was moved before, an
// [fs.ErrExist] if something else is in its place, and an [fs.ErrNotExist] if it is in
// neither.
func moveFile(from, to string, looked sight) error {
	was, fromErr := os.Lstat(from)
	is, toErr := os.Lstat(to)
	switch {
	case fromErr != nil && !errors.Is(fromErr, fs.ErrNotExist):
		return fromErr
	case toErr != nil && !errors.Is(toErr, fs.ErrNotExist):
		return toErr
	case fromErr != nil && toErr != nil:
		return fs.ErrNotExist
	case fromErr != nil:
		return nil
	case toErr == nil && os.SameFile(was, is): // it has both names
		return os.Remove(from)
	case toErr == nil && sightOf(was) == looked && sightOf(is) != looked:
		return fs.ErrExist
	case toErr == nil: // what has the old name now is another file
		return nil
	}
	if err := rename(from, to); err != nil {
		return err
	}
	syncDir(filepath.Dir(to))
	syncDir(filepath.Dir(from))
	return nil
}

// rename gives a file another name, and takes it from nobody. Where the system cannot do
// that at once, the file has both names for a moment. Where a file can have one name
// only, the place is taken by an empty file first.
func rename(from, to string) error {
	err := renameFree(from, to)
	if !errors.Is(err, errors.ErrUnsupported) {
		return named(err, from)
	}
	err = os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EPERM) {
		return err
	}
	taken, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_ = taken.Close()
	if err := os.Rename(from, to); err != nil {
		_ = os.Remove(to)
		return err
	}
	return nil
}

// named makes an error of the system one of a path.
func named(err error, path string) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: "rename", Path: path, Err: err}
}

// moveBeside moves what lies beside a file. What is there already was moved before.
func moveBeside(from, to string, endings []string) error {
	for _, ending := range endings {
		err := rename(from+ending, to+ending)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// syncDir makes a folder's names outlive a crash of the machine, where that can be done.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
