package report

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Target is where a person asked a file to go. A regular file is put there
// whole ([Target.Place]); a device, a pipe or a stream of the process's own is
// written into, and never replaced.
type Target struct {
	// Path is the absolute path, as it was asked for.
	Path string

	asked string
	real  string    // where its links lead; empty for what is written into
	fd    int       // the process's own stream, or -1
	out   io.Writer // what is written into, once it is open
	file  *os.File  // the same, if it was opened here
}

// TargetError says why a file cannot go where it was asked to, and what to do.
type TargetError struct {
	Asked, Wrong, Fix string
}

func (e *TargetError) Error() string { return e.Asked + ": " + e.Wrong }

// Hint is the next step.
func (e *TargetError) Hint() string { return e.Fix }

// Discreet is what is wrong, without the file, whose name somebody chose.
func (e *TargetError) Discreet() string { return e.Wrong + "; " + e.Fix }

// Standard is the name for standard output.
const Standard = "-"

// Look looks at what a name leads to, and tries whether a file can be put
// there. It leaves nothing behind. What cannot be is a [TargetError].
func Look(asked string) (*Target, error) {
	t := &Target{asked: asked, fd: -1}
	switch {
	case asked == "":
		return nil, &TargetError{`""`, "the name is empty", "name a file"}
	case asked == Standard:
		return t.lookStream(1)
	case os.IsPathSeparator(asked[len(asked)-1]):
		return nil, t.wrong("this is the name of a folder", "name a file in it")
	}
	var err error
	if t.Path, err = filepath.Abs(asked); err != nil {
		return nil, t.cannot(err)
	}
	if n, ok := streamOf(t.Path); ok {
		return t.lookStream(n)
	}
	info, err := os.Stat(t.Path)
	switch {
	case err == nil && info.IsDir():
		return nil, t.wrong("it is a folder", "name a file in it")
	case err == nil && !info.Mode().IsRegular():
		return t.lookSpecial(info.Mode())
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, t.cannot(err)
	}
	return t.lookFile()
}

// lookFile tries the folder that a file is, or will be, in.
func (t *Target) lookFile() (_ *Target, err error) {
	if t.real, err = follow(t.Path); err != nil {
		return nil, t.cannot(err)
	}
	tried, err := newTemporary(t.real)
	if err != nil {
		return nil, t.cannot(err)
	}
	tried.discard()
	return t, nil
}

// Special reports whether it is written into, and never replaced.
func (t *Target) Special() bool { return t.real == "" }

// Stdout reports whether it is the process's standard output.
func (t *Target) Stdout() bool { return t.fd == 1 }

// Is reports whether it is the file at this path, under whatever name.
func (t *Target) Is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && t.IsFile(info)
}

// IsFile reports whether it is this very file.
func (t *Target) IsFile(info fs.FileInfo) bool {
	if t.fd >= 0 {
		return false
	}
	own, err := os.Stat(t.Path)
	return err == nil && own.Mode().IsRegular() && os.SameFile(own, info)
}

func (t *Target) wrong(what, fix string) error { return &TargetError{t.asked, what, fix} }

const anotherName = "make the folder, or name another place"

// cannot puts an error of the system in words, which name the file that was
// asked for and no other.
func (t *Target) cannot(err error) error {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return t.wrong("its links lead in a circle", "name another file")
	case errors.Is(err, syscall.ENAMETOOLONG):
		return t.wrong("the name is too long", "name a shorter one")
	case errors.Is(err, syscall.ENOTDIR):
		return t.wrong("a part of it is a file, not a folder", anotherName)
	case errors.Is(err, fs.ErrNotExist):
		return t.wrong("there is no such folder", anotherName)
	case errors.Is(err, syscall.EROFS):
		return t.wrong("what it is on can only be read", "name another place")
	case errors.Is(err, fs.ErrPermission):
		return t.wrong("its folder cannot be written to", "allow it, or name another place")
	case errors.Is(err, syscall.ENOSPC):
		return t.wrong("the disk is full", "make room, or name another place")
	}
	return t.named(err)
}

// named makes an error of the system name the file that was asked for.
func (t *Target) named(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	var s *os.SyscallError
	switch {
	case errors.As(err, &p):
		return &placeError{t.asked, p.Err}
	case errors.As(err, &l):
		return &placeError{t.asked, l.Err}
	case errors.As(err, &s):
		return &placeError{t.asked, s.Err}
	}
	return err
}

// placeError is an error of the system about the file that was asked for.
type placeError struct {
	asked string
	err   error
}

func (e *placeError) Error() string { return e.asked + ": " + e.err.Error() }

func (e *placeError) Unwrap() error { return e.err }

// Hint is the next step.
func (e *placeError) Hint() string {
	if errors.Is(e.err, syscall.ENOSPC) {
		return "make room, or name another place"
	}
	return "name another place"
}
