package jobs

import (
	"context"
	"errors"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
)

// working knows the jobs that this process is really working. River's table
// knows those that were given to it, which may be more: when the answer to a
// fetch is lost, to a machine that was frozen, a database that failed over or a
// network that stalled, the jobs in it are running in name only, and stay so
// until River's own rescuer comes after an hour.
type working struct {
	mu     sync.Mutex
	now    map[fetch]bool
	absent map[fetch]bool // of the last look: given to this process, but not worked
	told   func(kind, result string)
}

// fetch is one time that a job was given to a worker. The attempt alone does
// not tell two apart: a job that is put off gets it back.
type fetch struct {
	job     int64
	attempt int
	at      int64 // in microseconds, by the database's clock
}

func fetchOf(job *rivertype.JobRow) fetch {
	f := fetch{job: job.ID, attempt: job.Attempt}
	if job.AttemptedAt != nil {
		f.at = job.AttemptedAt.UnixMicro()
	}
	return f
}

func newWorking(told func(kind, result string)) *working {
	return &working{now: map[fetch]bool{}, told: told}
}

// work is the middleware around every job of every kind.
func (w *working) work(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) (err error) {
	f := fetchOf(job)
	w.mu.Lock()
	w.now[f] = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.now, f)
		w.mu.Unlock()
		w.told(job.Kind, resultOf(err))
	}()
	err = errEndedOtherwise // unless it comes back
	err = do(ctx)
	return err
}

// errEndedOtherwise is what became of a job that panicked.
var errEndedOtherwise = errors.New("it did not come to its end")

func resultOf(err error) string {
	var snoozed *river.JobSnoozeError
	switch {
	case err == nil:
		return JobCompleted
	case errors.As(err, &snoozed):
		return JobSnoozed
	}
	return JobErrored
}

// ghosts picks those of the jobs given to this process that it does not have,
// now nor at the last look. One look is not enough: a job is given before it is
// begun, and River notes only a moment after its end that it is over.
func (w *working) ghosts(given []*rivertype.JobRow) (ghosts []*rivertype.JobRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	absent := map[fetch]bool{}
	for _, job := range given {
		f := fetchOf(job)
		switch {
		case w.now[f]:
		case w.absent[f]:
			ghosts = append(ghosts, job)
		default:
			absent[f] = true
		}
	}
	w.absent = absent
	return ghosts
}

// watchWorking takes up again, every now and then, what this process was given
// and does not have. Each process does so for itself, as nobody else can know;
// what a dead one had is the sweeper's. All queues are looked at, also those
// that are not served at the moment: a closed gate opens and a batch is
// resumed.
func (s *Service) watchWorking(ctx context.Context) {
	p := passes{first: passFirst, most: passTimeout}
	for {
		pause(ctx, s.slowSweep())
		if ctx.Err() != nil {
			return
		}
		if err := p.do(ctx, s.rescueGhosts); err != nil && ctx.Err() == nil {
			s.outages.tell("the jobs of this process could not be looked through", err)
		}
	}
}

// rescueGhosts makes jobs available again that are running here in name only.
// One that is taken for such by mistake, as its end has not been noted for so
// long, is worked twice, and the second time finds its applicant claimed or
// settled: the claim fence makes it do nothing.
func (s *Service) rescueGhosts(ctx context.Context) error {
	var given []*rivertype.JobRow
	for after := int64(0); ; {
		page, err := s.river.givenTo(ctx, s.cfg.Worker, after, sweepMost)
		if err != nil {
			return err
		}
		given = append(given, page...)
		if len(page) < sweepMost {
			break
		}
		after = page[len(page)-1].ID
	}
	ghosts := s.working.ghosts(given)
	if len(ghosts) == 0 {
		return nil
	}
	s.log.Warn("jobs that are running in name only are taken up again", zap.Int("count", len(ghosts)))
	return s.river.rescue(ctx, ghosts, "its worker process does not have it")
}
