package folder

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
	if f.o.Tell != nil {
		f.o.Tell(Event{Name: name, Words: words, Fix: fix})
	}
	return true
}

// fine forgets what stood in the way.
func (f *Folder) fine(name string) { delete(f.told, name) }

// reported tells that the results of a file's batch are there.
func (f *Folder) reported(row *File) {
	if f.o.Tell != nil {
		f.o.Tell(Event{Name: row.Name, State: row.State, Place: row.Place, Batch: row.Batch, Words: "the results are in " + row.Result})
	}
}
