//go:build unix

package config

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// specials makes one of each kind that is no regular file, and a link to one. Nobody writes into the pipe: whoever
// opened it in the ordinary way would wait for ever.
func specials(t *testing.T) map[string]string {
	t.Helper()
	dir, err := os.MkdirTemp("", "usher") // short, as the name of a socket must be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	pipe, link, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return map[string]string{dir: "a folder", pipe: "a pipe", link: "a pipe", socket: "a socket", "/dev/zero": "a device", "/dev/tty": "a device"}
}

func TestSpecialFilesAsSettings(t *testing.T) {
	t.Parallel()
	for path, what := range specials(t) {
		for use, o := range map[string]Options{
			"--config":     {File: path},
			"USHER_CONFIG": {Env: []string{"USHER_CONFIG=" + path}},
			"the key":      {Env: []string{"USHER_UPSTREAM_API_KEY_FILE=" + path}},
			"the database": {Env: []string{"USHER_DATABASE_FILE=" + path}},
			"a source":     {File: write(t, t.TempDir(), "u.yaml", "sources:\n  hr:\n    url_file: "+path+"\n    query: SELECT 1\n")},
		} {
			o.Dir, o.Env = t.TempDir(), append(o.Env, home...)
			_, err := Load(o)
			if err == nil || !strings.Contains(err.Error(), "cannot be read (it is "+what+", not a file); name a file") {
				t.Errorf("%s: %s: %v", use, path, err)
			}
		}
	}
}

func TestSpecialFilesAsDatabase(t *testing.T) {
	t.Parallel()
	for path, what := range specials(t) {
		_, err := load(t, "", "USHER_DATABASE=sqlite:"+path)
		if err == nil || err.Error() != "database (USHER_DATABASE): it is "+what+", not a file; name a database file, or one that is to be made" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestSettingsThatAreALinkToNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("elsewhere.yaml", filepath.Join(dir, "usher.yaml")); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{Dir: dir, Env: home})
	if err == nil || !strings.HasPrefix(err.Error(), "usher.yaml: cannot be read (it is a link to nothing)") {
		t.Errorf("got %v", err)
	}
}

func TestNoSettingsAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "usher.yaml", "upstream: {rate: 3}\n")
	c, err := Load(Options{Dir: dir, File: "/dev/null", Env: home})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Source("upstream.rate"); got != "default" {
		t.Errorf("the rate is from %s", got)
	}
}
