package folder

import (
	"context"
	"fmt"
	"strings"

	"usher/batch"
)

// Event is something that happened to a file, or to the folder if Name is empty. It is
// for people who may see the names of the files.
type Event struct {
	Name  string `json:"name"`
	State State  `json:"state"` // that the file came to; empty if nothing has changed
	Place string `json:"place"` // where the file is now, below the folder
	Batch int64  `json:"batch,omitempty"`
	Words string `json:"words"`
	Fix   string `json:"fix,omitempty"` // what to do about it
}

// tell tells what has become of a file.
func (f *Folder) tell(row *File) {
	delete(f.told, row.Name)
	if f.o.Tell != nil {
		f.o.Tell(Event{Name: row.Name, State: row.State, Place: row.Place, Batch: row.Batch, Words: row.Why})
	}
}

// notice tells what stands in a file's way, or the folder's, once. It reports whether
// it was news.
func (f *Folder) notice(name, words, fix string) bool {
	if f.told[name] == words {
		return false
	}
	f.told[name] = words
	if name == "" {
		f.obstacle = obstacle{words, fix}
	}
	if f.o.Tell != nil {
		f.o.Tell(Event{Name: name, Words: words, Fix: fix})
	}
	return true
}

// fine forgets what stood in the way.
func (f *Folder) fine(name string) {
	if delete(f.told, name); name == "" {
		f.obstacle = obstacle{}
	}
}

// obstacle is what stands in the way of a folder, and what to do about it.
type obstacle struct{ words, fix string }

// oddity is something that lies in a folder, is not taken, and has no row.
type oddity struct {
	name string
	obstacle
}

// strange tells of something that is not taken.
func (f *Folder) strange(name, words, fix string) {
	f.odd = append(f.odd, oddity{name, obstacle{words, fix}})
	f.notice(name, words, fix)
}

// keepObstacle keeps what stands in the folder's way, or else in that of what has no row,
// for those who look at a page.
func (f *Folder) keepObstacle(ctx context.Context) error {
	now := f.obstacle
	if now.words == "" && len(f.odd) > 0 {
		first := f.odd[0]
		name := strings.ReplaceAll(strings.ToValidUTF8(first.name, "\uFFFD"), "\x00", "")
		now = obstacle{fmt.Sprintf("a file called %q is not taken: %s", name, first.words), first.fix}
		if more := len(f.odd) - 1; more > 0 {
			now.words += fmt.Sprintf(" (and %s)", batch.Counted(more, "other like it", "others like it"))
		}
	}
	if now == f.kept {
		return nil
	}
	err := f.base.Store.TroubleFolder(ctx, f.base.Account, f.dir, now.words, now.fix)
	if err == nil {
		f.kept = now
	}
	return err
}

// reported tells that the results of a file's batch are there.
func (f *Folder) reported(row *File) {
	if f.o.Tell != nil {
		f.o.Tell(Event{Name: row.Name, State: row.State, Place: row.Place, Batch: row.Batch, Words: "the results are in " + row.Result})
	}
}
