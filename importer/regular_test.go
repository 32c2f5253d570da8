//go:build unix

package importer

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"usher/importer/database"
	"usher/importer/heading"
	"usher/importer/table"
)

// TestSpecialFiles hands over what is no list of people. Nobody writes into the
// pipe: whoever opened it in the ordinary way would wait for ever.
func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "usher") // short, as the name of a socket must be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	pipe, link, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "link.csv"), filepath.Join(dir, "socket")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(pipe, link)); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for path, want := range map[string]string{
		dir: "this is a folder", pipe: "this is a pipe", link: "this is a pipe", socket: "this is a socket",
		"/dev/zero": "this is a device", "/dev/tty": "this is a device", "/dev/null": "this is a device",
	} {
		src, err := table.OpenFile(path)
		if err == nil {
			_ = src.Close()
		}
		if refused := (*table.FileError)(nil); !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), path+": "+want) || refused.Remedy == "" {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := heading.LoadProfile(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s as a profile: %v", path, err)
		}
		if _, err := database.Open(t.Context(), database.Query{Name: "hr", URL: "sqlite:" + path, SQL: "SELECT 1"}); err == nil ||
			!strings.Contains(err.Error(), "a folder, a device or a pipe, not a database file") {
			t.Errorf("%s as a source: %v", path, err)
		}
	}
}
