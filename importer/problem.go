package importer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Problem is what is wrong with a cell, or with a row as a whole. Its words
// may quote the value: they are for the report and for a person's screen,
// never for a log.
type Problem struct {
	Row    int    `json:"row"`
	Column string `json:"column"` // as the file calls it; empty when it is about the whole row
	Code   string `json:"code"`
	Wrong  string `json:"wrong"`
	Fix    string `json:"fix"`
}

// String is the problem in sentences.
func (p Problem) String() string {
	text := p.Wrong + ". " + p.Fix + "."
	if p.Column == "" {
		return text
	}
	return p.Column + ": " + text
}

// flaw is a problem before it is known where: what a check of a value returns.
type flaw struct{ code, wrong, fix string }

// maxShown is how much of a value a problem quotes, in characters.
const maxShown = 60

// shown quotes a value for a problem. Control characters would garble a
// terminal, so they are replaced.
func shown(value string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, value)
	return `"` + clip(clean, maxShown) + `"`
}

// clip cuts s to n characters and marks the cut.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// FileError means that a file is refused whole. It quotes headings, never a
// value of a row.
type FileError struct {
	Name    string // of the file
	Problem string
	Remedy  string
	cause   error // of this package; may be nil
}

func (e *FileError) Error() string { return e.Name + ": " + e.Problem }

// Unwrap returns what this package knows the refusal by, if anything.
func (e *FileError) Unwrap() error { return e.cause }

// Hint says what to do about it.
func (e *FileError) Hint() string { return e.Remedy }

func refuse(remedy, problem string, args ...any) *FileError {
	return &FileError{Problem: fmt.Sprintf(problem, args...), Remedy: remedy}
}

// named puts the file's name into a refusal.
func named(name string, err error) error {
	var refused *FileError
	if errors.As(err, &refused) {
		refused.Name = name
	}
	return err
}

// OptionError means that an option of the import has a value it cannot have.
type OptionError struct{ Option, Problem, Remedy string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Problem }

// Hint says what to do about it.
func (e *OptionError) Hint() string { return e.Remedy }

// BusyError means that another import into the same account is running.
type BusyError struct{ Detail string } // of who runs it

func (e *BusyError) Error() string {
	if e.Detail == "" {
		return "another import is running"
	}
	return "another import is running: " + e.Detail
}

// Hint says what to do about it.
func (e *BusyError) Hint() string {
	return "imports run one at a time; try again when that one is done (one that died is cleared away by itself)"
}

// ErrLeaseLost means that the import lost its right to go on, because the
// database did not hear from it for too long. Nothing of it stays.
var ErrLeaseLost = errors.New("the import was given up: the database did not hear from it in time, so others may import now")
