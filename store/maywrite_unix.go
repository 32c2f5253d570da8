//go:build linux || darwin || freebsd || netbsd || openbsd

package store

import "syscall"

// mayWrite asks the system whether a file or folder may be written, without
// opening it.
func mayWrite(path string) error {
	const write, enter = 2, 1
	mode := uint32(write)
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err == nil && info.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		mode |= enter
	}
	return syscall.Access(path, mode)
}
