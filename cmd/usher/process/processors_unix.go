//go:build unix

package process

import (
	"syscall"
	"time"
)

// processTime is the processor time that the process has taken, and zero where it is
// not known.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
