package batch

import (
	"strings"
	"time"
	"unicode"

	"usher/store"
)

// FolderFile is a file that was put into a watched folder. Its name is what somebody
// called it: it may be anything, and somebody's.
type FolderFile struct {
	ID    int64
	Name  string // as it was found, but for what cannot be shown; see [ShownName]
	Group FolderGroup
	State string // in a few words
	Size  int64  // in bytes
	// FoundAt is when it was seen first, ChangedAt when it came to its state.
	FoundAt, ChangedAt time.Time
	Place              string // where it is now, below the folder; empty if it is nowhere any more
	Batch              int64  // 0 if there is none
	Why                string // a sentence or more; may be empty
	Fix                string // what to do; empty if nothing is
	// Beside are the files that usher has put there for it, below the folder.
	Beside []string
}

// The endings of what is put beside a file in a watched folder.
const (
	FolderWhyEnding          = ".why.txt"       // why it was refused
	FolderNoteEnding         = ".note.txt"      // why nobody of it was invited
	FolderProblemsEnding     = ".problems.csv"  // its rows with problems
	FolderProblemsBookEnding = ".problems.xlsx" // the same, of a workbook
)

// WhatToDo stands before the next step in what is said of a file in a folder.
const WhatToDo = "What to do: "

// folderStateWords are the states of files for people.
var folderStateWords = map[store.FolderState]string{
	store.FolderSeen: "waits", store.FolderTaking: "being read", store.FolderTaken: "being checked", store.FolderAsks: "waits for a yes", store.FolderImporting: "being imported",
	store.FolderDone: "imported", store.FolderKnown: "imported before", store.FolderRefused: "refused", store.FolderVanished: "taken away",
}

func folderFileOf(e store.FolderEntry) FolderFile {
	f := FolderFile{
		ID: e.ID, Name: ShownName(e.Name), Group: groupOf[e.State], State: folderStateWords[e.State], Size: e.Size,
		FoundAt: e.FoundAt, ChangedAt: e.ChangedAt, Place: ShownName(e.Place), Batch: e.Batch,
	}
	f.Why, f.Fix, _ = strings.Cut(e.Why, WhatToDo)
	f.Why, f.Fix = sentenceOf(f.Why), sentenceOf(f.Fix)
	if e.State == store.FolderSeen && f.Why == "" {
		f.Why = "It is taken when it is complete, and the files before it are read."
	}
	f.Beside = besideOf(e.FolderFile)
	for i, name := range f.Beside {
		f.Beside[i] = ShownName(name)
	}
	return f
}

// besideOf are the files that lie beside one that has come to its end.
func besideOf(f store.FolderFile) (all []string) {
	if f.Place == "" || f.MovingTo != "" {
		return nil
	}
	switch f.State {
	case store.FolderRefused:
		all = append(all, f.Place+FolderWhyEnding)
	case store.FolderKnown:
		all = append(all, f.Place+FolderNoteEnding)
	case store.FolderDone:
	default:
		return nil
	}
	if f.Mendable {
		all = append(all, f.Place+problemsEndingOf(f.Name))
	}
	if f.Result != "" {
		all = append(all, f.Result)
	}
	return all
}

// problemsEndingOf is the ending of a file's list of problems. A workbook that is called
// otherwise has one of the other kind, too.
func problemsEndingOf(name string) string {
	if strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		return FolderProblemsBookEnding
	}
	return FolderProblemsEnding
}

// ShownName is the name of a file, or its path, with a mark in place of each letter that
// cannot be seen: what turns the direction of writing would make another name of it.
func ShownName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(name, string(unicode.ReplacementChar)))
}

// sentenceOf is text as sentences; empty for none.
func sentenceOf(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	first := []rune(text)
	text = strings.ToUpper(string(first[:1])) + string(first[1:])
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
