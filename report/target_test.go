package report

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLookRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(os.Mkdir(d.path("folder"), 0o700))
	d.save("file", "")
	for link, to := range map[string]string{"loop": "pool", "pool": "loop", "self": "self", "to folder": "folder", "to nowhere": "none/x.csv"} {
		d.must(os.Symlink(to, d.path(link)))
	}
	for asked, want := range map[string]string{
		d.path("folder"):       "it is a folder",
		d.path("to folder"):    "it is a folder",
		d.path("folder") + "/": "name of a folder",
		d.path("new") + "/":    "name of a folder",
		".":                    "it is a folder",
		"":                     "the name is empty",
		d.path("loop"):         "in a circle",
		d.path("self"):         "in a circle",
		d.path("none/x.csv"):   "there is no such folder",
		d.path("to nowhere"):   "there is no such folder",
		d.path("file/x.csv"):   "a file, not a folder",
	} {
		_, err := Look(asked)
		d.wants(asked, want, err)
	}
	if entries, err := os.ReadDir(d.folder); err != nil || len(entries) != 7 {
		t.Errorf("looking left something behind: %v, %v", entries, err)
	}
}

func TestLookRefusesAFolderThatCannotBeWrittenTo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(os.Mkdir(d.path("closed"), 0o500))
	path := d.path("closed/x.csv")
	if os.Geteuid() == 0 {
		path = "/proc/x.csv" // nobody can make a file there, root neither
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		path = d.path("closed/x.csv")
	}
	_, err := Look(path)
	if err == nil {
		t.Errorf("%s: may be written to", path)
	}
}

func TestTargetKnowsTheInput(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.save("people.csv", "x")
	d.save("other.csv", "x")
	d.must(os.Symlink("people.csv", d.path("link.csv")))
	d.must(os.Link(d.path("people.csv"), d.path("hard.csv")))
	for name, want := range map[string]bool{"people.csv": true, "link.csv": true, "hard.csv": true, "other.csv": false, "new.csv": false} {
		target, err := Look(d.path(name))
		d.must(err)
		if got := target.Is(d.path("people.csv")); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
