package main

import (
	"context"

	"usher/importer"
	"usher/jobs"
	"usher/store"
	"usher/upstream"
)

// apiClient is the upstream client, as jobs and the commands use it.
type apiClient = *upstream.Client

// prepare opens what a command needs that imports or works. In a rehearsal the
// database and the API are the sandbox's.
func (a *app) prepare(ctx context.Context, command string, rehearse, keep bool) (*runEnv, error) {
	e := &runEnv{app: a}
	e.id, e.words = process(command)
	err := e.openAll(ctx, rehearse, keep)
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *runEnv) openAll(ctx context.Context, rehearse, keep bool) (err error) {
	over := map[string]string{}
	if rehearse {
		if over, err = e.startSandbox(keep); err != nil {
			return err
		}
	}
	if e.cfg, err = e.config(over); err != nil {
		return err
	}
	e.log = e.logger(e.cfg, true)
	if e.api, err = client(e.cfg); err != nil {
		return err
	}
	if e.st, err = e.open(ctx, e.cfg); err != nil {
		return err
	}
	e.closers = append(e.closers, e.st.Close)
	if rehearse {
		e.account, err = e.st.Account(ctx, sandboxAccount, "")
	} else {
		e.account, err = account(ctx, e.st, e.cfg)
	}
	if err != nil {
		return err
	}
	if e.control, err = jobs.NewControl(e.st, e.log); err != nil {
		return err
	}
	if err = jobs.SeeClock(ctx, e.st, e.log); err != nil { // before anything waits for a lease
		return err
	}
	e.im = importer.New(e.st, e.control, e.id, e.words)
	return nil
}

// lockOnSQLite takes the lock under which one process at a time works or
// imports. Whoever has it knows that those who did before are dead, and need
// not wait for their leases to end.
func (e *runEnv) lockOnSQLite(ctx context.Context, what, leases string) (release func(), err error) {
	if e.st.Path() == "" {
		return func() {}, nil
	}
	lock, err := jobs.TakeLock(e.st.Path(), what, e.words)
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, lock.Release)
	return lock.Release, e.st.EndLeases(ctx, leases)
}

// lockWork takes the worker's lock, which is kept to the end.
func (e *runEnv) lockWork(ctx context.Context) error {
	if e.locked {
		return nil
	}
	if _, err := e.lockOnSQLite(ctx, "worker", store.WorkerLease("")); err != nil {
		return err
	}
	e.locked = true
	if e.st.Path() == "" {
		return nil
	}
	return e.st.EndLeases(ctx, store.SweepLease(e.account))
}

// lockImport takes the importer's lock, which is given up when the import is
// over.
func (e *runEnv) lockImport(ctx context.Context) (err error) {
	e.unlockImport, err = e.lockOnSQLite(ctx, "import", store.ImportLease(e.account))
	return err
}
