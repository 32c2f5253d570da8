package jobs

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"usher/store"
)

// The sweeper's times. People of a dead process are taken over at the latest
// one lease and sweepSlow after it died, or two when it was the one to sweep.
// While no batch runs it takes sweepIdle times as long.
const (
	sweepPoll = time.Second
	sweepSlow = 5 * time.Second
	sweepIdle = 2
)

// sweepMost is how many jobs or applicants one sweep takes up.
const sweepMost = 1000

// sweeping is what the sweep keeps in mind. But for setBack it is that loop's
// alone.
type sweeping struct {
	setBack   atomic.Bool // the clock may have been set back, and the jobs have not followed
	ahead     bool        // jobs lay in the future at the last look
	aheadSaid bool
	compareAt time.Time // when to look for the forgotten again
}

// sweep keeps watch over what a death leaves behind: applicants in doubt who
// are due for a look-up, jobs that a dead process was running, applicants
// whose job is gone, and imports that were cut off. One process at a time does
// it.
func (s *Service) sweep(ctx context.Context) {
	var slow time.Time
	quick, slowly := passes{first: passFirst, most: passTimeout}, passes{first: sweepFirst, most: sweepLimit}
	for ctx.Err() == nil {
		isSlow := time.Since(slow) >= s.cfg.Sweep
		if isSlow {
			slow = time.Now()
		}
		held := false
		err := quick.do(ctx, func(soon context.Context) (err error) {
			held, err = s.sweepOnce(soon, isSlow)
			return err
		})
		if held && isSlow {
			err = slowly.do(ctx, s.sweepSlowly)
		}
		if err != nil && ctx.Err() == nil {
			s.outages.tell("the sweep failed", err)
		}
		s.restSweep(ctx)
	}
	done, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	_ = s.st.ReleaseLease(done, store.SweepLease(s.account), s.cfg.Worker)
}

// sweepOnce does what is quick, and reports whether the rest is this process's
// to do.
func (s *Service) sweepOnce(ctx context.Context, slowly bool) (held bool, err error) {
	if s.sweeping.setBack.Swap(false) { // the lease may be a dead one's for a while
		if err := s.bringJobsBack(ctx); err != nil {
			s.sweeping.setBack.Store(true)
			return false, err
		}
	}
	held, err = s.st.HoldLease(ctx, store.SweepLease(s.account), s.cfg.Worker, s.cfg.Detail, s.cfg.Lease)
	if err != nil || !held {
		return false, err
	}
	if err := s.enqueueLookups(ctx); err != nil {
		return false, err
	}
	if s.sweeping.ahead && !slowly {
		return true, s.bringJobsBack(ctx)
	}
	return true, nil
}

// enqueueLookups makes the jobs of the look-ups that are due. While the gate is
// closed it makes none: they would be made anew every minute, and all of them
// be worked when it opens.
func (s *Service) enqueueLookups(ctx context.Context) error {
	if _, open := s.gate.lookupsOpen(); !open {
		return nil
	}
	return s.st.InTx(ctx, func(tx *store.Tx) error {
		due, err := tx.DueLookups(ctx, s.account, sweepMost)
		if err != nil || len(due) == 0 {
			return err
		}
		return s.river.insert(ctx, tx, lookupJobs(s.account, due))
	})
}

func (s *Service) sweepSlowly(ctx context.Context) error {
	alive, err := s.aliveWorkers(ctx)
	if err != nil {
		return err
	}
	queues := []string{lookupQueue(s.account), finishQueue, importQueue(s.account)}
	for _, e := range s.errands() {
		queues = append(queues, errandQueue(s.account, e.What))
	}
	if _, err := s.rescueDead(ctx, alive, queues...); err != nil {
		return err
	}
	running, err := s.st.BatchesIn(ctx, s.account, store.BatchRunning)
	if err != nil {
		return err
	}
	for _, b := range running {
		busy, err := s.rescueDead(ctx, alive, batchQueue(b.ID))
		if err == nil && !busy {
			err = s.enqueueIfIdle(ctx, b.ID)
		}
		if err != nil {
			return err
		}
	}
	if err := s.bringJobsBack(ctx); err != nil { // also what was rescued
		return err
	}
	if err := s.compareJobs(ctx, running); err != nil {
		return err
	}
	if err := s.enqueueErrands(ctx); err != nil {
		return err
	}
	if err := s.enqueueUploads(ctx); err != nil || s.cfg.SweepImports == nil {
		return err
	}
	return s.cfg.SweepImports(ctx)
}

func (s *Service) aliveWorkers(ctx context.Context) (map[string]bool, error) {
	leases, err := s.st.Leases(ctx, store.WorkerLease(""))
	alive := make(map[string]bool, len(leases))
	for _, l := range leases {
		alive[l.Holder] = true
	}
	return alive, err
}

// rescueDead makes the jobs of dead processes in some queues available again, and
// reports whether they have jobs that a living one is running. River's own
// rescuer would take an hour, and put them behind the whole backlog.
func (s *Service) rescueDead(ctx context.Context, alive map[string]bool, queues ...string) (busy bool, err error) {
	jobs, err := s.river.list(ctx, queues, sweepMost, rivertype.JobStateRunning)
	if err != nil {
		return false, err
	}
	var dead []*rivertype.JobRow
	for _, job := range jobs {
		if n := len(job.AttemptedBy); n == 0 || !alive[job.AttemptedBy[n-1]] {
			dead = append(dead, job)
		} else {
			busy = true
		}
	}
	if len(dead) == 0 {
		return busy, nil
	}
	s.log.Info("jobs of a dead process are taken over", zap.Strings("queues", queuesOf(dead)), zap.Int("count", len(dead)))
	return true, s.river.rescue(ctx, dead, "its worker process died")
}

// queuesOf are the queues that some jobs are in.
func queuesOf(jobs []*rivertype.JobRow) (queues []string) {
	for _, job := range jobs {
		if !slices.Contains(queues, job.Queue) {
			queues = append(queues, job.Queue)
		}
	}
	return queues
}
