package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"

	"usher/importer"
	"usher/jobs"
	"usher/store"
	"usher/upstream"
	"usher/upstream/sandbox"
)

// apiClient is the upstream client, as jobs and the commands use it.
type apiClient = *upstream.Client

// sandboxDatabase is where rehearsals are kept, made anew for each.
const sandboxDatabase = "usher-sandbox.db"

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
		e.account, err = e.st.Account(ctx, "sandbox", "")
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

// startSandbox serves a sandbox inside this process, and returns the settings
// that point to it.
func (e *runEnv) startSandbox(keep bool) (map[string]string, error) {
	for _, f := range e.settings["database"] {
		if f.Changed {
			return nil, usagef("leave --database out; a rehearsal is kept in "+sandboxDatabase,
				"--sandbox has a database of its own")
		}
	}
	if err := e.newSandboxDatabase(keep); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	fmt.Fprintln(e.stderr, "usher: this is a rehearsal: nobody is contacted and nothing is charged")
	server := &http.Server{Handler: sandbox.New(sandbox.Options{Rate: 25, Burst: 35, Daily: 10_000, Balance: -1})}
	go func() { _ = server.Serve(listener) }()
	e.closers = append(e.closers, func() { _ = server.Close() })
	return map[string]string{
		"upstream.base_url": "http://" + listener.Addr().String(),
		"upstream.api_key":  "sandbox",
		"database":          "sqlite:" + sandboxDatabase,
	}, nil
}

// newSandboxDatabase forgets earlier rehearsals, unless they are to be kept or
// one is running.
func (e *runEnv) newSandboxDatabase(keep bool) error {
	if keep {
		return nil
	}
	lock, err := jobs.TakeLock(sandboxDatabase, "worker", e.words)
	if err != nil {
		return err
	}
	defer lock.Release()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(sandboxDatabase + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget the last rehearsal: %w", err)
		}
	}
	return nil
}
