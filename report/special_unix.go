//go:build unix

package report

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openNow opens without waiting, and takes no terminal for its own.
const openNow = syscall.O_NONBLOCK | syscall.O_NOCTTY

// streamWrong says why a stream cannot be written to. Beyond the three that
// everybody has, only those count that the process was given: it closes what
// it opens itself (its database, for one) on exec.
func streamWrong(n int) string {
	flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
	if err != nil || n > 2 && flags&unix.FD_CLOEXEC != 0 {
		return "usher was given no such stream"
	}
	if flags, err = unix.FcntlInt(uintptr(n), unix.F_GETFL, 0); err != nil || flags&unix.O_ACCMODE == unix.O_RDONLY {
		return "it can only be read"
	}
	return ""
}

// openStream opens a second hold on a stream, which goes on where it stands.
func openStream(n int, name string) (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
