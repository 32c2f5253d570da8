package folder

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"usher/schedule/message"
	"usher/store"
)

// doneMark is the ending of an empty file that somebody puts beside a list when it is
// complete.
const doneMark = ".done"

// temporaryEndings are those of files that programs are still writing.
var temporaryEndings = []string{".part", ".partial", ".filepart", ".crdownload", ".tmp"}

// passedOver reports whether a name is one of those that are never taken: hidden, of a
// program that is still writing, a lock of an office program, or a mark.
func passedOver(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || strings.HasSuffix(lower, doneMark) ||
		slices.ContainsFunc(temporaryEndings, func(end string) bool { return strings.HasSuffix(lower, end) })
}

// sight is what a file looks like from outside.
type sight struct{ size, modified int64 }

func sightOf(info fs.FileInfo) sight { return sight{info.Size(), info.ModTime().UnixNano()} }

// settling knows since when files look as they do, by their places.
type settling map[string]settled

type settled struct {
	sight
	since time.Time
}

// left is how long a file must still stay as it is.
func (s settling) left(place string, now sight, settle time.Duration) time.Duration {
	if was, ok := s[place]; !ok || was.sight != now {
		s[place] = settled{now, time.Now()}
	}
	return max(0, settle-time.Since(s[place].since))
}

// emptyTimes is how many times as long an empty file is waited for: a program that makes
// one will mostly write to it.
const emptyTimes = 12

// takenMost is how many files are taken at a look.
const takenMost = 16

// errAway means that the folder is not there, or not the one that it was.
var errAway = errors.New("the folder is away")

// list are the files in the folder, by name, and the names of everything in it.
func (f *Folder) list() (files map[string]fs.FileInfo, all map[string]bool, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		f.notice("", "the folder cannot be read: "+causeOf(err), "put it back, or mount its share; it is looked for every 10 s")
		return nil, nil, errAway
	}
	files, all, f.odd = map[string]fs.FileInfo{}, map[string]bool{}, nil
	for _, e := range entries {
		name := e.Name()
		all[name] = true
		if passedOver(name) || e.IsDir() {
			continue
		}
		info, err := e.Info()
		switch {
		case err != nil: // it has gone in the meantime
		case info.Mode()&fs.ModeSymlink != 0:
			f.strange(name, "it is a link, which is not followed", "put the file itself here")
		case !info.Mode().IsRegular():
			f.strange(name, "it is no ordinary file", "put a CSV file or an Excel workbook here")
		case !utf8.ValidString(name):
			f.strange(name, "its name has letters that are not UTF-8, so it stays where it is", "give it a name with plain letters")
		default:
			files[name] = info
		}
	}
	return files, all, nil
}

// names are those of the files that are there now.
func (f *Folder) names() (map[string]bool, error) {
	files, _, err := f.list()
	names := map[string]bool{}
	for name := range files {
		names[name] = true
	}
	return names, err
}

// look looks at the folder once: it notes what is new, what has gone, and sends those on
// their way that are complete. It returns all with which there is something to do, and
// when it is to look again at the latest.
func (f *Folder) look(ctx context.Context) (rows []File, next time.Duration, err error) {
	next = lookEvery
	rows, err = f.served(ctx)
	if err != nil {
		return nil, next, err
	}
	files, all, err := f.list()
	if err != nil || f.isAway(rows) {
		f.failed = errAway
		return nil, next, f.keepObstacle(ctx) // nothing is done to what may be somewhere else; it was told
	}
	f.fine("")
	if err := f.keepObstacle(ctx); err != nil {
		return nil, next, err
	}
	seen, err := f.leaving(ctx)
	if err != nil {
		return nil, next, err
	}
	taken := 0
	for i := range rows {
		row := &rows[i]
		if row.State != Seen {
			continue
		}
		seen[row.Name] = true
		info, there := files[row.Name]
		if !there {
			if err := f.vanish(ctx, row); err != nil {
				return nil, next, err
			}
			continue
		}
		left, err := f.ripen(ctx, row, info, all[row.Name+doneMark])
		if err != nil {
			return nil, next, err
		}
		next = min(next, left)
		if row.State == Taking {
			taken++
		}
		if taken == takenMost { // these are looked after first
			next = 0
			break
		}
	}
	if taken == takenMost {
		return rows, next, nil
	}
	added, err := f.noteNew(ctx, files, seen)
	if added { // the rows have ids now
		next = 0
	}
	return rows, next, err
}

// leaving are the places of files that are being moved, whoever does it: they may lie
// there still.
func (f *Folder) leaving(ctx context.Context) (map[string]bool, error) {
	rows, err := f.open(ctx)
	places := map[string]bool{}
	for _, row := range rows {
		if row.State != Seen && row.MovingTo != "" {
			places[row.Place] = true
		}
	}
	return places, err
}

// noteNew notes the files that nobody has noted.
func (f *Folder) noteNew(ctx context.Context, files map[string]fs.FileInfo, seen map[string]bool) (added bool, err error) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		info := files[name]
		if seen[name] || f.only != nil && !f.only[name] {
			continue
		}
		now := sightOf(info)
		f.settling.left(name, now, f.cfg.Settle)
		_, err := f.base.Store.InsertFolderFile(ctx, File{Account: f.base.Account, Folder: f.dir, Name: name, Size: now.size, Modified: now.modified})
		if err != nil {
			return added, err
		}
		added = true
	}
	return added, nil
}

// ripen has a file taken that is complete, or says what it waits for: for so long at the
// least.
func (f *Folder) ripen(ctx context.Context, row *File, info fs.FileInfo, marked bool) (left time.Duration, err error) {
	if f.only != nil && !f.only[row.Name] {
		return lookEvery, nil
	}
	settle := f.cfg.Settle
	left = f.settling.left(row.Name, sightOf(info), settle)
	if left > 0 && !marked {
		return left, nil
	}
	words, fix := f.inTheWay(row.Name, marked)
	if info.Size() == 0 && !marked && words == "" && f.settling.left(row.Name, sightOf(info), emptyTimes*settle) > 0 {
		words, fix = "it is empty so far", "write the list to it; it is refused when it stays so"
	}
	if words != "" {
		f.notice(row.Name, words, fix)
		if row.Why == words {
			return againAfter, nil
		}
		row.Why = words
		return againAfter, f.save(ctx, row)
	}
	delete(f.settling, row.Name)
	return 0, f.take(ctx, row, info)
}

// vanish notes that a file has gone before it was taken.
func (f *Folder) vanish(ctx context.Context, row *File) error {
	delete(f.settling, row.Name)
	row.State, row.Place, row.MovingTo = Vanished, "", ""
	row.Why = "it went away before it was read; put it there again if it is to be imported"
	err := f.save(ctx, row)
	if err == nil {
		f.tell(row)
	}
	return err
}

// isAway reports, and tells, that files which usher holds are not where they were put,
// because their folder is not there: it is another folder then, such as the one below a
// share that is not mounted.
func (f *Folder) isAway(rows []File) bool {
	if !slices.ContainsFunc(rows, func(row File) bool { return strings.HasPrefix(row.Place, takenDir+"/") }) {
		return false
	}
	if _, err := os.Stat(f.path(takenDir)); err == nil {
		return false
	}
	f.notice("", "the folder has lost its own folder "+takenDir+"/, in which files are that are being imported",
		"mount its share; if they are gone for good, make an empty folder "+takenDir+"/ in it")
	return true
}

// errTurned means that another process has changed a file's row.
var errTurned = errors.New("another process goes on with this file")

// save keeps what has become of a file.
func (f *Folder) save(ctx context.Context, row *File) error {
	if row.State == Refused && row.MovingTo != "" && !f.noted[row.ID] {
		return f.saveRefused(ctx, row)
	}
	err := f.saveWith(ctx, f.base.Store, row)
	if err == nil {
		f.step(stepSaved)
	}
	return err
}

// saver is a store, or a transaction.
type saver interface {
	SaveFolderFile(ctx context.Context, row *File) (bool, error)
}

func (f *Folder) saveWith(ctx context.Context, in saver, row *File) error {
	ok, err := in.SaveFolderFile(ctx, row)
	if err == nil && !ok {
		err = errTurned
	}
	return err
}

// saveRefused keeps that a file is refused, and has people told of it.
func (f *Folder) saveRefused(ctx context.Context, row *File) error {
	kept := *row
	err := f.base.Store.InTx(ctx, func(tx *store.Tx) error {
		kept = *row // a transaction may be begun anew
		if err := f.saveWith(ctx, tx, &kept); err != nil {
			return err
		}
		return message.Note(ctx, tx, store.Event{Account: f.base.Account, What: store.EventRefused, Name: filepath.Base(f.dir)})
	})
	if err == nil {
		*row, f.noted[row.ID] = kept, true
	}
	return err
}
