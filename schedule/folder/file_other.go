//go:build !unix

package folder

import "os"

// openFile opens a file to read it, which fails while another program has it for itself.
func openFile(path string) (*os.File, error) { return os.Open(path) }

// isLocked is for systems that open locked files.
func isLocked(*os.File) bool { return false }
