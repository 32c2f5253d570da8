//go:build unix

package folder

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFile opens a file to read it. A link is not followed, and a pipe that has taken
// its place is not waited for.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// isLocked reports whether another program says that the file is its own for now, in
// either of the two ways that systems have.
func isLocked(file *os.File) bool {
	if err := unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		return true
	} else if err == nil {
		_ = unix.Flock(int(file.Fd()), unix.LOCK_UN)
	}
	lock := unix.Flock_t{Type: unix.F_RDLCK}
	err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock)
	return err == nil && lock.Type != unix.F_UNLCK
}
