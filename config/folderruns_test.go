package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A schedule's folder counts from usher.yaml, and is the same one wherever others start.
func TestFolderOfASchedule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	load := func(folder string) (*Config, error) {
		text := "schedules:\n  lists: {cron: '@daily', zone: UTC, folder: " + folder + "}\n"
		if err := os.WriteFile(filepath.Join(dir, "usher.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(Options{Dir: dir, Env: home})
	}
	whole := filepath.Join(t.TempDir(), "in")
	for given, want := range map[string]string{"in/new": filepath.Join(dir, "in", "new"), whole: whole} {
		c, err := load(given)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Schedules["lists"]["folder"]; got != want {
			t.Errorf("%s is %s, want %s", given, got, want)
		}
	}
	if _, err := load("~/in"); err == nil || !strings.Contains(err.Error(), "schedules.lists.folder") {
		t.Errorf("a home: %v", err)
	}
}
