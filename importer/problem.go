package importer

import "errors"

// Problem is what is wrong with a cell, or with a row as a whole. Its words
// may quote the value: they are for the report and for a person's screen,
// never for a log.
type Problem struct {
	Row    int    `json:"row"`
	Column string `json:"column"` // as the file calls it; empty when it is about the whole row
	Code   string `json:"code"`
	Wrong  string `json:"wrong"`
	Fix    string `json:"fix"`

	At int    `json:"-"`            // the column from 0; -1 when it is about the whole row
	ID string `json:"id,omitempty"` // that the row of a database source has there
}

// wholeRow is the column of a problem that is about no column.
const wholeRow = -1

// String is the problem in sentences.
func (p Problem) String() string {
	text := p.Wrong + ". " + p.Fix + "."
	if p.Column == "" {
		return text
	}
	return p.Column + ": " + text
}

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
