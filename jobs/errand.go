package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
)

// Errand is a kind of work that rooms above have done by jobs: an occurrence of a
// schedule, a file in a folder, a message. What there is to do stands in a row of
// theirs, which decides; the job only brings somebody to it.
type Errand struct {
	// What it is, one word in lower case. It names the errand's own queue, so that no
	// kind waits for another.
	What string
	// Workers is how many of them a process does at once.
	Workers int
	// Do does the one with this id, if it is still to be done. It is done again after a
	// while if that is not 0. An error is one that passes, and has no personal data:
	// it is told, and the errand done again soon. When ctx ends, the process stops.
	Do func(ctx context.Context, id int64) (again time.Duration, err error)
	// Waiting are the ids of those that are to be done by now. One that has no job any
	// more, or never had, gets one.
	Waiting func(ctx context.Context) ([]int64, error)
}

// ErrandArgs name an errand.
type ErrandArgs struct {
	What string `json:"what"`
	ID   int64  `json:"id"`
}

// Kind is River's name for the job.
func (ErrandArgs) Kind() string { return "errand" }

// errandQueue is the queue of an account's errands of one kind.
func errandQueue(account int64, what string) string { return fmt.Sprintf("%s-%d", what, account) }

// errandJob is the job of an errand, to be done at a time; as soon as it can be if
// that is zero.
func errandJob(account int64, what string, id int64, at time.Time) river.InsertManyParams {
	return river.InsertManyParams{Args: ErrandArgs{what, id}, InsertOpts: &river.InsertOpts{
		Queue: errandQueue(account, what), Priority: normal, ScheduledAt: at,
	}}
}

// EnqueueErrand makes the job of an errand, in the transaction of its row.
func (c *Control) EnqueueErrand(ctx context.Context, tx *store.Tx, account int64, what string, id int64, at time.Time) error {
	return c.river.insert(ctx, tx, []river.InsertManyParams{errandJob(account, what, id, at)})
}

// errands are those that this process does.
func (s *Service) errands() []Errand {
	if s.cfg.OnlyBatch != 0 {
		return nil
	}
	return s.cfg.Errands
}

// errandWorker does an errand.
type errandWorker struct {
	river.WorkerDefaults[ErrandArgs]
	s *Service
}

// Work does it. Putting it off uses up none of its job's attempts. A process that
// stops leaves it to others.
func (w *errandWorker) Work(ctx context.Context, job *river.Job[ErrandArgs]) error {
	s := w.s
	ctx, cancel := s.untilStop(ctx)
	defer cancel()
	for _, e := range s.errands() {
		if e.What != job.Args.What {
			continue
		}
		again, err := e.Do(ctx, job.Args.ID)
		if err == nil && again <= 0 {
			return nil
		}
		if err != nil {
			if ctx.Err() == nil {
				s.outages.tell("an errand could not be done, and is tried again", jobError{err, DiscreetWords(err)}, zap.String("errand", e.What), zap.Int64("id", job.Args.ID))
			}
			return snooze()
		}
		return river.JobSnooze(again)
	}
	return nil // of another version: the row is there for those who know it
}

// untilStop is ctx until the process is to stop.
func (s *Service) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// enqueueErrands makes the jobs anew of errands that wait and have none.
func (s *Service) enqueueErrands(ctx context.Context) error {
	for _, e := range s.errands() {
		ids, err := e.Waiting(ctx)
		if err == nil {
			ids, err = withoutJob(ctx, s.river, errandQueue(s.account, e.What), ids, func(a ErrandArgs) int64 { return a.ID })
		}
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			continue
		}
		missing := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			missing[i] = errandJob(s.account, e.What, id, time.Time{})
		}
		if err := s.st.InTx(ctx, func(tx *store.Tx) error { return s.river.insert(ctx, tx, missing) }); err != nil {
			return err
		}
	}
	return nil
}
