package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeyReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "key", "first\n")
	write(t, dir, "usher.yaml", "upstream: {api_key_file: key}\n")
	c, err := Load(Options{Dir: dir, Env: home})
	if err != nil {
		t.Fatal(err)
	}
	if c.Upstream.APIKeyFile != path {
		t.Errorf("the key's file is %q, want %q", c.Upstream.APIKeyFile, path)
	}
	write(t, dir, "key", "second\r\n")
	if key, err := c.Upstream.ReadKey(); key != "second" || err != nil {
		t.Errorf("ReadKey() = %q, %v after the file was replaced", key, err)
	}
	for content, want := range map[string]string{
		"":                   "upstream.api_key: the file it names is empty; put the value into it",
		"s3cr3t x":           "upstream.api_key: it has a space, a control character or a character outside ASCII in it; copy the key again, without spaces, quotes or line breaks",
		"s3cr3t\n\n\ns3cr3t": "upstream.api_key: it has a space, a control character or a character outside ASCII in it; copy the key again, without spaces, quotes or line breaks",
	} {
		write(t, dir, "key", content)
		if key, err := c.Upstream.ReadKey(); key != "" || err == nil || err.Error() != want {
			t.Errorf("ReadKey() of %q = %q, %v\nwant %s", content, key, err, want)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if key, err := c.Upstream.ReadKey(); key != "" || err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("ReadKey() of no file = %q, %v", key, err)
	}
}

func TestKeyThatCameFromNoFile(t *testing.T) {
	t.Parallel()
	// The file of a weaker place is not the one to be read again.
	c := mustLoad(t, "upstream: {api_key_file: nowhere}", "USHER_UPSTREAM_API_KEY=k")
	if key, err := c.Upstream.ReadKey(); key != "k" || err != nil || c.Upstream.APIKeyFile != "" {
		t.Errorf("ReadKey() = %q, %v, of the file %q", key, err, c.Upstream.APIKeyFile)
	}
}

// TestFilesHandedOutByKubernetes reads settings and secrets as a ConfigMap and a Secret are mounted: links to a link to
// a folder that is replaced as a whole.
func TestFilesHandedOutByKubernetes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"usher.yaml": "upstream: {api_key_file: key}\nreport: {dir: out}\n", "key": "k-1\n"} {
		if err := os.MkdirAll(filepath.Join(dir, "..2026_11_01"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "..2026_11_01/"+name, content)
		if err := os.Symlink("..data/"+name, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("..2026_11_01", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{Dir: t.TempDir(), File: filepath.Join(dir, "usher.yaml"), Env: home})
	if err != nil {
		t.Fatal(err)
	}
	if c.Upstream.APIKey != "k-1" || c.Upstream.APIKeyFile != filepath.Join(dir, "key") {
		t.Errorf("the key is %q from %s", c.Upstream.APIKey, c.Upstream.APIKeyFile)
	}
}

func TestSettingsTooLarge(t *testing.T) {
	t.Parallel()
	_, err := load(t, "# "+strings.Repeat("x", maxFile))
	want := []string{"usher.yaml: cannot be read (it is too large); name a file this user may read with --config or USHER_CONFIG"}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
