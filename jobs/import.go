package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
)

// ErrLater means that an upload cannot be imported yet, as another import is
// running: it is tried again.
var ErrLater = errors.New("another import is running")

// importWorker imports an upload that somebody agreed to.
type importWorker struct {
	river.WorkerDefaults[ImportArgs]
	s *Service
}

// Work imports. What can be told to people is kept with the upload by whoever
// imports, so an error is one that passes: the job is put off, which uses up none
// of its attempts. A process that stops breaks the import off, of which nothing
// stays, and leaves the job to others.
func (w *importWorker) Work(ctx context.Context, job *river.Job[ImportArgs]) error {
	s := w.s
	ctx, cancel := s.untilStop(ctx)
	defer cancel()
	err := s.cfg.ImportUpload(ctx, job.Args.Upload)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && !errors.Is(err, ErrLater) {
		s.outages.tell("an upload could not be imported, and is tried again", jobError{err, DiscreetWords(err)}, zap.String("upload", job.Args.Upload))
	}
	return snooze()
}

// importing reports whether this process imports uploads.
func (s *Service) importing() bool { return s.cfg.OnlyBatch == 0 && s.cfg.ImportUpload != nil }

// enqueueUploads makes the jobs anew of uploads that wait for their import and have
// none: it was deleted or cancelled in River's pages, or discarded. A second job of
// an upload finds it imported.
func (s *Service) enqueueUploads(ctx context.Context) error {
	ids, err := s.st.ImportingUploads(ctx, s.account)
	if err == nil {
		ids, err = withoutJob(ctx, s.river, importQueue(s.account), ids, func(a ImportArgs) string { return a.Upload })
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		s.log.Warn("the job of an upload was gone and has been made again", zap.String("upload", id))
		err := s.st.InTx(ctx, func(tx *store.Tx) error { return s.river.insert(ctx, tx, importJobs(s.account, id)) })
		if err != nil {
			return err
		}
	}
	return nil
}
