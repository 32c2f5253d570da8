//go:build !linux

package folder

import (
	"errors"
	"os"
)

// renameFree is for systems that can do it at once.
func renameFree(_, _ string) error { return errors.ErrUnsupported }

// hasWriter is for systems that can tell who has a file open.
func hasWriter(*os.File) bool { return false }
