//go:build !linux

package storetest

import (
	"os"
	"testing"
)

// AsOther does something that opens files with the rights of a user who is not
// root, who may do everything.
func AsOther(t testing.TB, do func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("only Linux lets a thread give up root's rights to files")
	}
	do()
}
