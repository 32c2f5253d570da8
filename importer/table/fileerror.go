package table

import (
	"errors"
	"fmt"
	"io/fs"
)

// FileError means that a file is refused whole. It quotes headings, never a
// value of a row.
type FileError struct {
	Name    string // of the file
	Problem string
	Remedy  string
	cause   error // may be nil
}

func (e *FileError) Error() string { return e.Name + ": " + e.Problem }

// Unwrap returns what the refusal is known by, if anything.
func (e *FileError) Unwrap() error { return e.cause }

// Because notes what a refusal is known by: a [LayoutError], or an error of
// whoever understands the rows.
func (e *FileError) Because(cause error) *FileError {
	e.cause = cause
	return e
}

// Hint says what to do about it.
func (e *FileError) Hint() string { return e.Remedy }

// Refuse makes a refusal, in which the file is still to be named.
func Refuse(remedy, problem string, args ...any) *FileError {
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

// refusal reports whether an error is for people already.
func refusal(err error) bool {
	var refused *FileError
	return errors.As(err, &refused)
}

// cause takes the path out of an error that names it already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
