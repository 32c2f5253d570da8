package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/store"
)

// ErrNoLease means that this process works and has lost the right to send for now.
var ErrNoLease = errors.New("the worker's lease has ended")

// Ready returns an error if this process cannot do its part now: the database cannot
// be read or, where it works, does not do what the work needs; or it has lost the right
// to work, which is [ErrNoLease]. [FaultWords] are for people.
func (s *Service) Ready(ctx context.Context) error {
	if s.works.Load() {
		if err := s.st.CheckWork(ctx, s.account); err != nil {
			return err
		}
	}
	leases, err := s.st.Leases(ctx, store.WorkerLease(""))
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if s.works.Load() && !slices.ContainsFunc(leases, func(l store.Lease) bool { return l.Holder == s.id }) {
		return ErrNoLease
	}
	return nil
}

// FaultWords say what is wrong with the database, and what to do about it while this
// process tries again.
func FaultWords(err error) string {
	var fault *store.DatabaseError
	switch {
	case !errors.As(err, &fault):
		return "the database cannot be reached, or does not answer in time"
	case fault.Meanwhile() == "":
		return fault.Error()
	}
	return fault.Error() + "; " + fault.Meanwhile()
}
