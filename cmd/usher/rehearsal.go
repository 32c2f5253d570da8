package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"usher/upstream/sandbox"
)

const (
	// sandboxDatabase is where rehearsals are kept that are to be kept.
	sandboxDatabase = "usher-sandbox.db"
	// sandboxAccount is the account of rehearsals. No address of an API is
	// called so, so whatever belongs to it is a rehearsal.
	sandboxAccount = "sandbox"
)

// startSandbox serves a sandbox inside this process, and returns the settings
// that point to it.
func (e *runEnv) startSandbox(keep bool) (map[string]string, error) {
	for _, f := range e.settings["database"] {
		if f.Changed {
			return nil, usagef("leave --database out; --keep keeps a rehearsal in "+sandboxDatabase,
				"--sandbox has a database of its own")
		}
	}
	database := sandboxDatabase
	if !keep {
		folder, err := e.rehearsalFolder()
		if err != nil {
			return nil, withHint(fmt.Errorf("a rehearsal needs a folder for temporary files: %w", err), "set TMPDIR to one that can be written to")
		}
		database, e.forgets = filepath.Join(folder, "rehearsal.db"), true
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	e.rehearsal = true
	fmt.Fprintln(e.stderr, "usher: this is a rehearsal: nobody is contacted and nothing is charged")
	server := &http.Server{Handler: sandbox.New(sandbox.Options{Rate: 25, Burst: 35, Daily: 10_000, Balance: -1})}
	go func() { _ = server.Serve(listener) }()
	e.closers = append(e.closers, func() { _ = server.Close() })
	return map[string]string{
		"upstream.base_url": "http://" + listener.Addr().String(),
		"upstream.api_key":  "sandbox",
		"database":          "sqlite:" + database,
	}, nil
}

// rehearsalPrefix is what the names of rehearsals' folders begin with.
const rehearsalPrefix = "usher-rehearsal-"

// rehearsalFolder makes a folder for one rehearsal, which is removed when this
// process ends. Those of rehearsals that were killed are removed first.
func (e *runEnv) rehearsalFolder() (string, error) {
	private, err := makePrivateFolder()
	if err != nil {
		private = os.TempDir() // somebody else has that name
	} else {
		sweepRehearsals(private)
	}
	for {
		folder, err := os.MkdirTemp(private, rehearsalPrefix) // mode 0700
		if err != nil {
			return "", err
		}
		path := filepath.Join(folder, rehearsalLock)
		lock := flock.New(path, flock.SetPermissions(0o600))
		held, err := lock.TryLock()
		remove := func() {
			_ = lock.Close()
			_ = os.RemoveAll(folder)
		}
		if _, swept := os.Stat(path); held && swept == nil {
			e.closers = append(e.closers, remove)
			return folder, nil
		}
		remove() // another one took it for a dead one's
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
}

// rehearsalLock is the file that a living rehearsal holds a lock on.
const rehearsalLock = "lock"

// sweepRehearsals removes what killed rehearsals left. A folder without a lock
// is one that is just being made, or removed.
func sweepRehearsals(private string) {
	entries, err := os.ReadDir(private)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), rehearsalPrefix) {
			continue
		}
		folder := filepath.Join(private, entry.Name())
		lock := flock.New(filepath.Join(folder, rehearsalLock), flock.SetFlag(os.O_RDWR))
		if dead, err := lock.TryLock(); err == nil && dead {
			_ = lock.Close()
			_ = os.RemoveAll(folder)
		}
		_ = lock.Close()
	}
}

// ended puts the end of a rehearsal that is forgotten in words: it cannot go
// on where it was.
func (e *runEnv) ended(err error) error {
	if !e.forgets {
		return err
	}
	const again = "run the same command again to rehearse from the start; with --keep it goes on where it was"
	var status *exitStatus
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &status) && status.code == exitInterrupted:
		return &exitStatus{exitInterrupted, "interrupted; it was a rehearsal: nobody was contacted, and nothing of it is kept", again}
	case status != nil && status.code == exitGate:
		return &exitStatus{exitGate, status.words + "; nothing of the rehearsal is kept", again}
	}
	return err
}
