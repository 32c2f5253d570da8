package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/importer/database"
	"usher/importer/heading"
	"usher/jobs"
	"usher/store"
)

// ErrNothingNew means that a database source has no rows that were not imported
// before.
var ErrNothingNew = database.ErrNothingNew

// ErrNotFound means that there is no such batch, person or upload.
var ErrNotFound = store.ErrNotFound

// Away reports whether an error means that the database does not answer at the
// moment. What was asked for was not done.
func Away(err error) bool { return store.Passing(err) }

// missingError says what is not there. It is an [ErrNotFound].
type missingError struct{ words string }

func missing(format string, args ...any) error { return &missingError{fmt.Sprintf(format, args...)} }

func (e *missingError) Error() string { return e.words }

func (e *missingError) Unwrap() error { return ErrNotFound }

// OptionError means that an option of an import has a value it cannot have.
type OptionError = heading.OptionError

// HeldError means that another process does what only one may do at a time.
type HeldError = jobs.HeldError

// hinted adds to an error what to do next.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// Hint is the next step.
func (e *hinted) Hint() string { return e.hint }

// WithHint adds to an error what to do next; see [Hint].
func WithHint(err error, hint string) error { return &hinted{err, hint} }

// Hint is the next step after an error, or "" if there is none to tell.
func Hint(err error) string {
	var own interface{ Hint() string }
	var schema *store.SchemaError
	var held *jobs.HeldError
	switch {
	case errors.As(err, &own) && own.Hint() != "":
		return own.Hint()
	case errors.As(err, &schema) && schema.Have < schema.Want:
		return "run 'usher migrate'"
	case errors.As(err, &schema):
		return "install the newer usher"
	case errors.As(err, &held):
		return "wait until it is done or stop it; on PostgreSQL several can work at once"
	}
	return ""
}

// hintSetting adds to an error without a next step that the setting may be wrong.
func hintSetting(err error) error {
	if Hint(err) != "" || errors.Is(err, context.Canceled) {
		return err
	}
	return WithHint(err, "check the database setting: 'usher doctor' shows it")
}

// RequestError means that what was asked for cannot be, however things stand.
type RequestError struct{ Wrong, Fix string }

func (e *RequestError) Error() string { return e.Wrong }

// Hint is the next step.
func (e *RequestError) Hint() string { return e.Fix }

func requestError(fix, format string, args ...any) error {
	return &RequestError{fmt.Sprintf(format, args...), fix}
}

// InterruptedError means that something was broken off because its context
// ended. It says what is left, and what to do.
type InterruptedError struct{ Left, Fix string }

func (e *InterruptedError) Error() string { return e.Left }

// Hint is the next step.
func (e *InterruptedError) Hint() string { return e.Fix }

// Unwrap is [context.Canceled].
func (e *InterruptedError) Unwrap() error { return context.Canceled }

// WaitError means that the API could not be called, or nobody be invited in quiet
// times, for as long as somebody was willing to wait.
type WaitError struct {
	Waited time.Duration
	Gate   Gate
	Quiet  string // until when the batch is quiet, in words; empty if it is not
	Forgot bool   // it was a rehearsal of which nothing is kept
}

func (e *WaitError) Error() string {
	words := fmt.Sprintf("stopped: the API could not be called for %s: %s", e.Waited, e.Gate.Words)
	if e.Gate.Open {
		words = fmt.Sprintf("stopped: nobody could be invited for %s: %s", e.Waited, e.Quiet)
	}
	if e.Forgot {
		words += "; nothing of the rehearsal is kept"
	}
	return words
}

// Hint is the next step.
func (e *WaitError) Hint() string {
	if e.Forgot {
		return rehearseAgain
	}
	return "everything is kept; run the same command again to go on"
}

const rehearseAgain = "run the same command again to rehearse from the start; with --keep it goes on where it was"

// Ended puts the end of a rehearsal that is forgotten in words: it cannot go on
// where it was. Other errors are as they were.
func (s *Service) Ended(err error) error {
	var waited *WaitError
	switch {
	case !s.Forgets():
		return err
	case errors.Is(err, context.Canceled):
		return &InterruptedError{"interrupted; it was a rehearsal: nobody was contacted, and nothing of it is kept", rehearseAgain}
	case errors.As(err, &waited):
		return &WaitError{waited.Waited, waited.Gate, waited.Quiet, true}
	}
	return err
}

// stateHint adds where the state of a batch is shown that stands in the way.
func stateHint(err error, batch int64) error {
	var state *store.StateError
	if errors.As(err, &state) {
		return WithHint(err, fmt.Sprintf("'usher status %d' shows it", batch))
	}
	return err
}

// What stands in the way of an act, for those who have other words for it.
type (
	StateError        = store.StateError       // the batch is in a state in which this cannot be done
	RowStateError     = store.RowStateError    // somebody is
	NewerError        = store.NewerError       // somebody was invited again since
	NotUnknownError   = jobs.NotUnknownError   // somebody's outcome is known
	SessionTakenError = jobs.SessionTakenError // a session is somebody else's
)

// DiscreetWords are the words of an error that name neither a person nor a file.
func DiscreetWords(err error) string { return jobs.DiscreetWords(err) }
