package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"usher/store"
)

// jobError is why a job could not be done, in words that River may keep in its
// table and show on its pages: they name neither a person nor a file, whose name
// somebody chose.
type jobError struct {
	error // as it was
	words string
}

// Error are the words to keep.
func (e jobError) Error() string { return e.words }

// Unwrap is the error as it was, by which River tells a stop from a failure.
func (e jobError) Unwrap() error { return e.error }

// keepWords is the middleware around every job that lets River keep only words
// which name nobody. A job that panics is one that could not be done: of the value
// only a word of the runtime's is kept, as any other may quote what it was about.
func (s *Service) keepWords(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) (err error) {
	defer func() {
		broken := recover()
		if broken == nil {
			return
		}
		err = fmt.Errorf("the job broke: %T", broken)
		if r, ok := broken.(runtime.Error); ok {
			err = fmt.Errorf("the job broke: %w", r)
		}
		s.log.Error("a job broke, and is tried again", zap.String("kind", job.Kind), zap.Int64("job", job.ID), zap.Error(err), zap.ByteString("at", debug.Stack()))
	}()
	err = do(ctx)
	var snoozed *rivertype.JobSnoozeError
	var cancelled *rivertype.JobCancelError
	if err == nil || errors.As(err, &snoozed) || errors.As(err, &cancelled) {
		return err
	}
	var fault *store.DatabaseError
	if errors.As(err, &fault) && fault.Passing() { // River tells of it nowhere
		s.outages.met(fault)
	}
	return jobError{err, DiscreetWords(err)}
}

// DiscreetWords are the words of an error that name nobody: its own where it has such,
// those of the database, which are cleaned where they come from, of the system without
// the file, and of the end of a time.
func DiscreetWords(err error) string {
	var own interface{ Discreet() string }
	var db *store.DatabaseError
	var file *fs.PathError
	var link *os.LinkError
	var system syscall.Errno
	switch {
	case errors.As(err, &own):
		return own.Discreet()
	case errors.As(err, &db):
		return db.Error()
	case errors.As(err, &file):
		return file.Op + ": " + file.Err.Error()
	case errors.As(err, &link):
		return link.Op + ": " + link.Err.Error()
	case errors.As(err, &system):
		return system.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "it was not done in time, or was broken off"
	}
	return "it could not be done, and why is not told here, since that may name somebody"
}
