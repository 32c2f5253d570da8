package folder

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// inTheWay says why a file that has settled, or is marked as complete, cannot be taken
// yet, and what to do; empty if it can.
func (f *Folder) inTheWay(name string, marked bool) (words, fix string) {
	for _, lock := range []string{"~$" + name, ".~lock." + name + "#"} {
		if _, err := os.Lstat(f.path(lock)); err == nil {
			return "somebody has it open in an office program, as " + lock + " tells", "close it there; if nobody has, take that file away"
		}
	}
	file, err := openFile(f.path(name))
	if err != nil {
		return "it cannot be read: " + causeOf(err), fixOf(err)
	}
	defer func() { _ = file.Close() }() // it was only looked at
	if isLocked(file) {
		return "another program has locked it", "it is taken when that lets go"
	}
	if !marked && hasWriter(file) {
		return "another program still has it open to write to it", "it is taken when that closes it"
	}
	return "", ""
}

// causeOf is why the system did not do something, without the path.
func causeOf(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case errors.Is(err, fs.ErrPermission):
		return "permission is denied"
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// fixOf is what to do about it.
func fixOf(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "make room; it is tried again by itself"
	case errors.Is(err, fs.ErrPermission):
		return "allow the user that usher runs as to read and write the folder and its files"
	}
	return "it is tried again by itself"
}

// trouble tells why nothing more can be done with a file for now. What is no matter of
// the file goes to the log.
func (f *Folder) trouble(row *File, err error) {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.Is(err, errTurned), errors.Is(err, errAway):
	case errors.As(err, &path), errors.As(err, &link), errors.Is(err, syscall.ENOSPC):
		f.notice(row.Name, "it cannot be moved or read: "+causeOf(err), fixOf(err))
	default:
		f.outage(err)
	}
}

// isMissing reports whether there is no such file.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
