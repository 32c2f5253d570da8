//go:build unix

package batch

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// userSuffix tells the folders of users apart.
func userSuffix() string { return fmt.Sprintf("-%d", os.Geteuid()) }

// isPrivate reports whether a folder is the user's, and nobody else's to enter.
func isPrivate(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o077 == 0
}

// isClosed reports whether nobody but its owner may open a file.
func isClosed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
