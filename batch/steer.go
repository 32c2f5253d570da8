package batch

import (
	"context"
	"errors"
	"fmt"

	"usher/jobs"
	"usher/store"
)

// Pause stops sending for a running batch; what is in flight ends.
func (s *Service) Pause(ctx context.Context, by Actor, batch int64) error {
	return s.steer(ctx, batch, func() error { return s.control.Pause(ctx, by, batch) })
}

// Resume sets a paused batch going again.
func (s *Service) Resume(ctx context.Context, by Actor, batch int64) error {
	return s.steer(ctx, batch, func() error { return s.control.Resume(ctx, by, batch) })
}

// Cancel gives up on those of a batch who have not been sent to, writes its
// report, has its results delivered once nobody is in flight, and returns how many
// they are.
func (s *Service) Cancel(ctx context.Context, by Actor, batch int64) (n int, err error) {
	err = s.steer(ctx, batch, func() error {
		n, err = s.control.Cancel(ctx, by, batch)
		return err
	})
	if err != nil {
		return 0, err
	}
	err = s.refresh(ctx, batch)
	if err != nil {
		err = WithHint(fmt.Errorf("batch %d is cancelled, but its report could not be written: %w", batch, err),
			fmt.Sprintf("'usher report %d -o FILE' writes it elsewhere", batch))
	}
	return n, errors.Join(err, s.deliverNow(ctx, batch, 1, nil))
}

// steer does something to a batch that there is.
func (s *Service) steer(ctx context.Context, batch int64, do func() error) error {
	if _, err := s.batch(ctx, batch); err != nil {
		return err
	}
	return stateHint(do(), batch)
}

// refresh writes the report of a batch anew, as it says what is no longer so.
func (s *Service) refresh(ctx context.Context, batch int64) error {
	b, err := s.st.Batch(ctx, batch)
	if err != nil {
		return err
	}
	return s.filing().write(ctx, b)
}

// PlanRetry says what [Service.Retry] would send. Nobody at all is no invitations.
func (s *Service) PlanRetry(ctx context.Context, batch int64) (Question, error) {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return Question{}, err
	}
	n, err := s.control.Retryable(ctx, batch)
	if err != nil {
		return Question{}, stateHint(err, batch)
	}
	return s.question(ctx, n, ruleOf(b.Quiet))
}

// retryExact is how many rows a plan goes through to say how many of them can be
// sent to again. Who they are depends on everybody else: 18,000 take some seconds.
const retryExact = 2_000

// PlanRetrySoon is as [Service.PlanRetry], and soon there however many failed: then
// it says how many are sent to at most.
func (s *Service) PlanRetrySoon(ctx context.Context, batch int64) (q Question, atMost bool, err error) {
	b, err := s.Batch(ctx, batch)
	if err != nil {
		return q, false, err
	}
	n := b.Counts[store.Failed] + b.Counts[store.Duplicate]
	if n <= retryExact || b.State == GivenUp || b.State == BeingImported {
		q, err = s.PlanRetry(ctx, batch)
		return q, false, err
	}
	q, err = s.question(ctx, n, ruleOf(b.quiet))
	return q, true, err
}

// Retry queues again those of a batch whom the API refused, and duplicates whose
// other row has failed, and nobody else. It returns how many. The batch keeps its
// breakers, but for those that were given with flags.
func (s *Service) Retry(ctx context.Context, by Actor, batch int64) (n int, err error) {
	err = s.steer(ctx, batch, func() error {
		n, err = s.control.Retry(ctx, by, batch, s.breakersGiven)
		return err
	})
	return n, err
}

// Resolution is a person's word on people whose outcome is unknown.
type Resolution struct {
	Rows      []int
	Sent      bool   // they were invited; else nobody was
	SessionID string // of the one row, if it is known
}

// Resolve settles people of a batch whose outcome is unknown: all of them or
// none. The report of a finished batch is written anew.
func (s *Service) Resolve(ctx context.Context, by Actor, batch int64, r Resolution) error {
	if _, err := s.batch(ctx, batch); err != nil {
		return err
	}
	err := s.control.Resolve(ctx, by, batch, r.Rows, r.Sent, r.SessionID)
	var other *jobs.NotUnknownError
	var taken *jobs.SessionTakenError
	switch {
	case errors.As(err, &taken):
		return WithHint(fmt.Errorf("session %s is another person's; nothing was changed", r.SessionID),
			fmt.Sprintf("'usher find %s' shows whose", r.SessionID))
	case errors.As(err, &other):
		return WithHint(fmt.Errorf("%w; nothing was changed", err), fmt.Sprintf("'usher resolve %d' lists those who are", batch))
	case err != nil:
		return err
	}
	b, err := s.st.Batch(ctx, batch)
	if err != nil || b.State != store.BatchFinished {
		return err
	}
	return errors.Join(s.notReported(b, s.refresh(ctx, batch)), s.deliverNow(ctx, batch, 1, nil))
}
