// Package folder owns watched folders: it takes the files that people put into one,
// has each imported as an upload is, and moves it to done/ or refused/ with what there
// is to say of it beside it.
//
// What is to be done with a file stands in its row (store.FolderFile), and every move
// is noted there before it is made. So whoever comes after a crash finds the file in the
// old place or in the new one, and goes on. No file is deleted, and none is written over.
// The package must not know commands, pages or schedules; those who do bring them to it.
package folder

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// The folders in a watched one that are usher's own.
const (
	takenDir   = "taken"   // what is being read and imported
	doneDir    = "done"    // what was imported, and what was known
	refusedDir = "refused" // what could not be imported
)

// File is a file that was put into a folder, and what has become of it.
type File = store.FolderFile

// State is where a file is on its way; see [store.FolderState].
type State = store.FolderState

// The states of a file.
const (
	Seen      = store.FolderSeen
	Taking    = store.FolderTaking
	Taken     = store.FolderTaken
	Asks      = store.FolderAsks
	Importing = store.FolderImporting
	Done      = store.FolderDone
	Known     = store.FolderKnown
	Refused   = store.FolderRefused
	Vanished  = store.FolderVanished
)

// Options say how a folder is served.
type Options struct {
	// Dir is the folder's path.
	Dir string
	// By is who brings the lists: the folder itself if it has no name.
	By batch.Actor
	// Reading says how the lists are read.
	Reading batch.Reading
	// Tell is told what happens to files; it may be nil.
	Tell func(Event)
	// Run is set where a schedule has the files taken, by its own rules, and in the place
	// of By and Reading.
	Run *batch.FolderRun
}

// Folder is a watched folder. It is for one goroutine at a time.
type Folder struct {
	svc    *batch.Service
	base   batch.Base
	cfg    config.Folder
	dir    string // absolute, and no link
	by     batch.Actor
	o      Options
	holder string // of its lease

	settling settling
	told     map[string]string // what was told last of a file, or of the folder
	tries    map[int64]int     // imports of a file that came to nothing
	noted    map[int64]bool    // files that were refused, of which people are told
	awaited  map[int64]bool    // files whose batches this process began, and whose results are not there yet
	only     map[string]bool   // the names that are taken; nil is all
	several  bool              // there are more files than one to be told apart
	left     int               // files that a schedule has not taken
	failed   error             // what went wrong at the last look
	obstacle obstacle          // what stands in the folder's way
	odd      []oddity          // what lies there and has no row
	kept     obstacle          // what is stored of these
	swept    time.Time         // when rows of old files were last looked for
	step     func(name string) // is told each step; for tests that die there
}

// Open looks at a folder. It fails if there is none.
func Open(svc *batch.Service, o Options) (*Folder, error) {
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	var info os.FileInfo
	if err == nil {
		info, err = os.Stat(dir)
	}
	switch {
	case err != nil:
		return nil, batch.WithHint(fmt.Errorf("the folder cannot be watched: %w", err), "make it, or mount the share that has it")
	case !info.IsDir():
		return nil, batch.WithHint(errors.New("what is to be watched is a file, not a folder"), "name the folder that lists are put into")
	case !utf8.ValidString(dir):
		return nil, batch.WithHint(errors.New("the folder's path has letters that are not UTF-8"), "give it another name")
	}
	if err := o.Reading.Columns.Check(); err != nil {
		return nil, err
	}
	base := svc.Base()
	f := &Folder{
		svc: svc, base: base, cfg: base.Config.Folder, dir: dir, by: o.By, o: o, holder: base.Worker + " " + rand.Text()[:6],
		settling: settling{}, told: map[string]string{}, tries: map[int64]int{}, awaited: map[int64]bool{}, noted: map[int64]bool{}, step: func(string) {},
	}
	if o.Run != nil {
		f.by, f.holder = o.Run.By, f.holder+runEnding
	}
	if f.by.Name == "" {
		f.by = batch.Actor{Name: filepath.Base(dir), Role: "folder", Way: batch.WayFolder}
	}
	return f, nil
}

// Dir is the folder's path, without links.
func (f *Folder) Dir() string { return f.dir }

// path is where something below the folder is.
func (f *Folder) path(place string) string { return filepath.Join(f.dir, filepath.FromSlash(place)) }
