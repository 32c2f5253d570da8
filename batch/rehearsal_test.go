package batch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gofrs/flock"
)

// Only the folders of rehearsals that are dead are removed: not one whose
// process lives, not one that is just being made, and nothing of others.
func TestDeadRehearsalsAreSwept(t *testing.T) {
	t.Parallel()
	private := t.TempDir()
	for _, name := range []string{"usher-rehearsal-dead/lock", "usher-rehearsal-living/lock", "usher-rehearsal-new/", "other/lock", "usher-rehearsal-file"} {
		path := filepath.Join(private, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if name[len(name)-1] == '/' {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	living := flock.New(filepath.Join(private, "usher-rehearsal-living", rehearsalLock))
	if held, err := living.TryLock(); err != nil || !held {
		t.Fatal(held, err)
	}
	defer func() { _ = living.Close() }()
	sweepRehearsals(private)
	entries, err := os.ReadDir(private)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"other", "usher-rehearsal-file", "usher-rehearsal-living", "usher-rehearsal-new"}; !slices.Equal(left, want) {
		t.Errorf("left: %q", left)
	}
}
