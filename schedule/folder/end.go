package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/batch"
)

// end has a file moved to where it is to stay, with its words beside it if they are to be
// there. One that was changed after it was read is another list by now: it is put back,
// to be taken again.
func (f *Folder) end(ctx context.Context, row *File, dir, ending string) error {
	delete(f.tries, row.ID)
	info, err := os.Lstat(f.path(row.Place))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if f.isAway([]File{*row}) {
			return errAway
		}
	case err != nil:
		return err
	case sightOf(info) != sight{row.Size, row.Modified}:
		row.Size, row.Modified = info.Size(), info.ModTime().UnixNano()
		row.Why += " The file was changed after it was read, so it was put back, and is read again."
		return f.intend(ctx, row, "")
	}
	if ending != "" {
		words := row.Name + "\n\n" + strings.Replace(row.Why, " "+batch.WhatToDo, "\n\n"+batch.WhatToDo, 1) + "\n"
		if err := f.write(row.Place, ending, func(w io.Writer) error { _, err := io.WriteString(w, words); return err }); err != nil {
			return err
		}
	}
	return f.intend(ctx, row, dir)
}

// sentence makes a sentence of words.
func sentence(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	words = string(unicode.ToUpper(first)) + words[size:]
	if strings.HasSuffix(words, ".") {
		return words
	}
	return words + "."
}

// temporaryName is what files are called that are being written.
const temporaryName = ".usher-*.tmp"

// write puts something beside a file that was taken, whole or not at all. It may be read
// by those who may read the file, whose rows it may tell of.
func (f *Folder) write(place, ending string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o600)
	if info, err := os.Lstat(f.path(place)); err == nil {
		mode |= info.Mode().Perm() & 0o044
	}
	file, err := os.CreateTemp(f.path(takenDir), temporaryName)
	if err != nil {
		return err
	}
	err = write(file)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), f.path(place+ending)) // what is there is usher's own
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// begin clears up what a process left that died: what was half written, and files that
// it took and that no row knows of, as when the database is another one. These are put
// back, to be taken again.
func (f *Folder) begin(ctx context.Context) {
	left, _ := filepath.Glob(f.path(takenDir + "/" + temporaryName))
	for _, name := range left {
		_ = os.Remove(name)
	}
	rows, err := f.open(ctx)
	entries, dirErr := os.ReadDir(f.path(takenDir))
	if err != nil || dirErr != nil {
		return // there is none yet, or it is told by the first look
	}
	known := map[string]bool{}
	for _, row := range rows {
		known[row.Place], known[row.MovingTo] = true, true
	}
	for _, e := range entries {
		place := takenDir + "/" + e.Name()
		if known[place] || !e.Type().IsRegular() || passedOver(e.Name()) || isBeside(e.Name()) {
			continue
		}
		back, err := f.freePlace(ctx, "", e.Name())
		if err == nil && rename(f.path(place), f.path(back)) == nil {
			f.notice(e.Name(), "it was taken by a process that nobody knows of any more, and is put back to be taken again", "")
		}
	}
}

func isBeside(name string) bool {
	for _, ending := range beside {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// results puts the results of batches that are finished beside their files. They have
// the links of people in them, and only the user that usher runs as can read them.
func (f *Folder) results(ctx context.Context) error {
	rows, err := f.base.Store.AwaitingResults(ctx, f.base.Account, f.dir)
	if err != nil {
		return err
	}
	for i := range rows {
		err := f.result(ctx, &rows[i])
		var path *fs.PathError
		if errors.As(err, &path) {
			f.trouble(&rows[i], err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (f *Folder) result(ctx context.Context, row *File) error {
	format := batch.ReportFormat("csv")
	if strings.EqualFold(filepath.Ext(row.Name), ".xlsx") {
		format = "xlsx"
	}
	for n := 1; ; n++ {
		place := row.Place + ".results." + string(format)
		if n > 1 {
			place = fmt.Sprintf("%s.results-%d.%s", row.Place, n, format)
		}
		if _, err := os.Stat(filepath.Dir(f.path(place))); err != nil {
			return err
		}
		target, err := batch.Destination("report", "", f.path(place))
		if err != nil {
			return err
		}
		err = f.svc.WriteReport(ctx, f.by, row.Batch, batch.ReportOptions{Format: format, Target: target})
		var taken *batch.TakenError
		if errors.As(err, &taken) {
			continue
		}
		if err != nil {
			return err
		}
		row.Result = place
		if err := f.save(ctx, row); err != nil {
			return err
		}
		delete(f.awaited, row.ID)
		f.reported(row)
		return nil
	}
}
