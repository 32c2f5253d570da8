package folder

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameFree gives a file another name, which nobody may have. It fails with an error
// that is [errors.ErrUnsupported] where the file system cannot do that at once.
func renameFree(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL {
		return unix.ENOSYS
	}
	return err
}

// hasWriter reports whether a program on this machine has the file open to write to it,
// however long it has not written. That is known if a lease on the file, which is given
// back at once, is refused for it; of a file of another user's it is not known.
func hasWriter(file *os.File) bool {
	_, err := unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		_, _ = unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return err == unix.EAGAIN
}
