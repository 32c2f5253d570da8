package jobs

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// Lock is an operating system lock beside a SQLite file. It ends with its
// process, however that ends, so whoever holds it knows the others dead.
type Lock struct{ f *flock.Flock }

// HeldError means that another process has the lock.
type HeldError struct {
	What   string // what only one process may do: "worker", "import"
	Holder string // what that process wrote of itself
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("another %s is at this database: %s", e.What, e.Holder)
}

// TakeLock takes the lock for what ("worker", "import") beside the database
// file, and writes the holder's name for people into it.
func TakeLock(database, what, holder string) (*Lock, error) {
	path := database + "." + what + ".lock"
	f := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if !ok {
		b, _ := os.ReadFile(path)
		_ = f.Close()
		return nil, &HeldError{what, strings.TrimSpace(string(b))}
	}
	if err := os.WriteFile(path, []byte(holder+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	return &Lock{f}, nil
}

// Release gives the lock up. The file stays: removing it would let two
// processes lock two files of one name.
func (l *Lock) Release() {
	if l != nil {
		_ = l.f.Close()
	}
}
