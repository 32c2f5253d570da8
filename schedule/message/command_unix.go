//go:build unix

package message

import (
	"os/exec"
	"syscall"
)

// alone gives a program a group of its own, so that what it has started ends with it
// when its time is over.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
