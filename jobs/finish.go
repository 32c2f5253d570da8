package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
)

// cancelledLook is how often it is looked whether the last of a cancelled batch is
// settled.
const cancelledLook = 2 * time.Second

// finishWorker writes the report of a run that is over.
type finishWorker struct {
	river.WorkerDefaults[FinishArgs]
	s *Service
}

// Work writes the report unless the batch has been opened again since, or the
// report is there: people may have edited it by now.
func (w *finishWorker) Work(ctx context.Context, job *river.Job[FinishArgs]) error {
	b, err := w.s.st.Batch(ctx, job.Args.Batch)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if b.Run != job.Args.Run || w.s.cfg.Finished == nil {
		return nil
	}
	if done, err := w.s.st.Reported(ctx, b.ID, b.Run); err != nil || done {
		return err
	}
	if b.State == store.BatchCancelled { // its report is there, but for those who are on their way
		if open, err := w.s.st.HasOpen(ctx, b.ID); err != nil || open {
			return cmp.Or(err, error(river.JobSnooze(cancelledLook)))
		}
	}
	if err := w.s.cfg.Finished(ctx, b); err != nil {
		return w.s.notWritten(b.ID, err)
	}
	w.s.writtenAfterAll(b.ID)
	return w.s.st.MarkReported(ctx, b.ID, b.Run)
}

// finish finishes a batch of which nobody is left to send to, and enqueues the
// writing of its report in the same transaction: so it is done once, whoever
// dies.
func (s *Service) finish(ctx context.Context, b store.Batch) error {
	left, err := s.st.HasOpen(ctx, b.ID)
	if err != nil || left {
		return err
	}
	var finished bool
	err = s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		if finished, err = tx.FinishBatch(ctx, b.ID); err != nil || !finished {
			return err
		}
		if b, err = tx.Batch(ctx, b.ID); err != nil { // it may have been retried since it was read
			return err
		}
		if s.cfg.Ended != nil {
			if err := s.cfg.Ended(ctx, tx, b); err != nil {
				return err
			}
		}
		return s.river.insert(ctx, tx, []river.InsertManyParams{{
			Args: FinishArgs{b.ID, b.Run}, InsertOpts: &river.InsertOpts{Queue: finishQueue},
		}})
	})
	if err != nil {
		return fmt.Errorf("finish batch %d: %w", b.ID, err)
	}
	if finished {
		s.log.Info("the batch is finished", zap.Int64("batch", b.ID), zap.Int("run", b.Run))
	}
	return nil
}
