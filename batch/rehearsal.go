package batch

import (
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
	// KeptRehearsals is the database of rehearsals that are to be kept.
	KeptRehearsals = "usher-sandbox.db"
	// sandboxAccount is the account of rehearsals. No address of an API is
	// called so, so whatever belongs to it is a rehearsal.
	sandboxAccount = "sandbox"
)

// Rehearsal is a sandbox inside this process, and the database of what is sent
// to it.
type Rehearsal struct {
	forgets  bool
	settings map[string]string
	closers  []func()
}

// NewRehearsal serves a sandbox. What is kept goes on from earlier rehearsals that
// were kept in this folder; else nothing stays.
func NewRehearsal(keep bool) (*Rehearsal, error) {
	r := &Rehearsal{}
	database := KeptRehearsals
	if !keep {
		folder, err := r.folder()
		if err != nil {
			return nil, WithHint(fmt.Errorf("a rehearsal needs a folder for temporary files: %w", err), "set TMPDIR to one that can be written to")
		}
		database, r.forgets = filepath.Join(folder, "rehearsal.db"), true
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	server := &http.Server{Handler: sandbox.New(sandbox.Options{Rate: 25, Burst: 35, Daily: 10_000, Balance: -1})}
	go func() { _ = server.Serve(listener) }()
	r.closers = append(r.closers, func() { _ = server.Close() })
	r.settings = map[string]string{
		"upstream.base_url": "http://" + listener.Addr().String(),
		"upstream.api_key":  "sandbox",
		"database":          "sqlite:" + database,
	}
	return r, nil
}

// Settings are those that point to it, by their paths. They go before all others.
func (r *Rehearsal) Settings() map[string]string { return r.settings }

// Close ends it.
func (r *Rehearsal) Close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
	r.closers = nil
}

// rehearsalPrefix is what the names of rehearsals' folders begin with.
const rehearsalPrefix = "usher-rehearsal-"

// folder makes a folder for one rehearsal, which is removed at its end. Those of rehearsals that were killed are removed first.
func (r *Rehearsal) folder() (string, error) {
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
			r.closers = append(r.closers, remove)
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
