package batch

import (
	"context"
	"errors"

	"usher/jobs"
	"usher/store"
)

// lockOnSQLite takes the lock under which one process at a time works or
// imports. Whoever has it knows that those who did before are dead, and need
// not wait for their leases to end.
func (s *Service) lockOnSQLite(ctx context.Context, what string, leases ...string) (release func(), err error) {
	if s.st.Path() == "" {
		return func() {}, nil
	}
	lock, err := jobs.TakeLock(s.st.Path(), what, s.detail)
	if err != nil {
		return nil, err
	}
	for _, l := range leases {
		if err := s.st.EndLeases(ctx, l); err != nil {
			lock.Release()
			return nil, err
		}
	}
	return lock.Release, nil
}

// Why a service does not do what it was asked to.
var (
	errLooks   = errors.New("this service was opened to look, and has no key to send with")
	errWorking = errors.New("this process works already")
)

// beginWork takes the worker's lock, which is kept to the end. A service is one
// worker: it works once at a time.
func (s *Service) beginWork(ctx context.Context) (end func(), err error) {
	if s.api == nil {
		return nil, errLooks
	}
	if !s.working.TryLock() {
		return nil, errWorking
	}
	if err := s.LockWork(ctx); err != nil {
		s.working.Unlock()
		return nil, err
	}
	return s.working.Unlock, nil
}

// LockWork takes the lock under which, on SQLite, one process at a time works. It
// is kept until the service is closed. [Service.Work] takes it by itself; this is for
// who has something to say before that. It fails with a [HeldError] when another
// process has it.
func (s *Service) LockWork(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked {
		return nil
	}
	release, err := s.lockOnSQLite(ctx, "worker", store.WorkerLease(""), store.SweepLease(s.account))
	if err != nil {
		return err
	}
	s.locked = true
	s.closers = append(s.closers, release)
	return nil
}

// lockImport takes the importer's lock, which is given up when the import is
// over.
func (s *Service) lockImport(ctx context.Context) (release func(), err error) {
	return s.lockOnSQLite(ctx, "import", store.ImportLease(s.account))
}
