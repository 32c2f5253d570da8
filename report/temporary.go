package report

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

// temporary is a file on its way to its place, in the same folder. While its
// writer lives it is locked, so that the next writer of the same name can tell
// what a dead one has left.
type temporary struct {
	path string
	file *os.File
	lock *flock.Flock
	sum  string // SHA-256 of what was written, in hex
}

// locks: on Windows a lock keeps its own process from writing, so nothing is
// locked there and nothing swept.
const locks = runtime.GOOS != "windows"

// temporaryPrefix is what the names begin with that are made for a file. It is
// short, however long the file's own name is.
func temporaryPrefix(base string) string {
	sum := sha256.Sum256([]byte(base))
	return ".usher-" + hex.EncodeToString(sum[:8]) + "-"
}

// newTemporary makes one for the file at path, which only its owner can read,
// and sweeps away what the dead left for the same.
func newTemporary(path string) (*temporary, error) {
	folder, prefix := filepath.Dir(path), temporaryPrefix(filepath.Base(path))
	sweep(folder, prefix)
	for {
		t, err := openTemporary(filepath.Join(folder, prefix+rand.Text()[:12]+".tmp"))
		if err != nil || t != nil {
			return t, err
		}
	}
}

// openTemporary makes a file and locks it. Somebody else may sweep it away
// before it is locked: then there is none, and no error.
func openTemporary(path string) (*temporary, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &temporary{path: path, file: file, lock: flock.New(path, flock.SetFlag(os.O_RDWR))}
	if !locks {
		return t, nil
	}
	if _, err := t.lock.TryLock(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, nil // a file system without locks: nobody can sweep there either
	}
	if info, err := file.Stat(); err != nil || !(&Target{Path: path, fd: -1}).IsFile(info) {
		t.close()
		return nil, nil
	}
	return t, nil
}

// sweep removes what was left half-written by writers that are dead.
func sweep(folder, prefix string) {
	if !locks {
		return
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(folder, e.Name())
		lock := flock.New(path, flock.SetFlag(os.O_RDWR))
		if dead, err := lock.TryLock(); err == nil && dead {
			_ = os.Remove(path)
		}
		_ = lock.Close()
	}
}

// fill writes the whole file, and makes it outlive a crash of the machine.
func (t *temporary) fill(write func(io.Writer) error) error {
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(t.file, hash), 64<<10)
	err := write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = t.file.Sync()
	}
	if closed := t.file.Close(); err == nil {
		err = closed
	}
	t.sum = hex.EncodeToString(hash.Sum(nil))
	return err
}

// rename puts it in the place of the file at path.
func (t *temporary) rename(path string) error { return os.Rename(t.path, path) }

// appear puts it at path, where nothing may be: what has come there in the
// meantime stays, and the error is [fs.ErrExist]. Where a file can have one
// name only, the place is taken by an empty file first.
func (t *temporary) appear(path string) error {
	err := os.Link(t.path, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	taken, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_ = taken.Close()
	if err := t.rename(path); err != nil {
		_ = os.Remove(path)
		return err
	}
	return nil
}

func (t *temporary) close() {
	_ = t.file.Close() // closed already if it is filled
	_ = t.lock.Close()
}

// discard removes it, if it is not in its place by now.
func (t *temporary) discard() {
	_ = os.Remove(t.path)
	t.close()
}

// sumOf is the SHA-256 of a file, in hex.
func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
