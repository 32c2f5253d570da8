//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd

package store

import (
	"io/fs"
	"os"
)

// mayWrite looks at the file's own mark. What else stands in the way shows when
// it is opened.
func mayWrite(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() && info.Mode().Perm()&0o200 == 0 {
		return fs.ErrPermission
	}
	return err
}
