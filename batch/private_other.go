//go:build !unix

package batch

import "io/fs"

// userSuffix is nothing where the folder for temporary files is a user's own.
func userSuffix() string { return "" }

func isPrivate(fs.FileInfo) bool { return true }

func isClosed(fs.FileInfo) bool { return true }
