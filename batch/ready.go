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
// be read, or it works and has lost the right to, which is [ErrNoLease].
func (s *Service) Ready(ctx context.Context) error {
	leases, err := s.st.Leases(ctx, store.WorkerLease(""))
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if s.works.Load() && !slices.ContainsFunc(leases, func(l store.Lease) bool { return l.Holder == s.id }) {
		return ErrNoLease
	}
	return nil
}
