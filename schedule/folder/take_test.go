package folder_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/batch"
	"usher/schedule/folder"
)

// What is put there is imported or refused, and the folder tells the story.
func TestTake(t *testing.T) {
	onBoth(t, func(h *folderHouse) {
		h.put("a.csv", folderCrowd(1, 3))
		h.put("b.csv", folderCrowd(1, 3)) // the same list under another name
		h.put("bad.csv", strings.Replace(folderCrowd(2, 3), "ann.2.1@example.com", "nobody", 1))
		h.put("junk.csv", "no list\x00\x01at all")
		h.put("none.csv", "")
		h.put("none.csv.done", "")
		h.put("half.csv.part", "first_name")
		h.put(".hidden.csv", folderCrowd(3, 1))
		h.must(os.Symlink("a.csv", filepath.Join(h.dir, "link.csv")))
		files := h.take()
		for name, want := range map[string]folder.State{"a.csv": folder.Done, "b.csv": folder.Known, "bad.csv": folder.Refused, "junk.csv": folder.Refused, "none.csv": folder.Refused} {
			if f := files[name]; f.State != want || f.Why == "" || f.MovingTo != "" {
				h.Errorf("%s: %+v, want %s", name, f, want)
			}
		}
		there := []string{".hidden.csv", "half.csv.part", "link.csv", "done/a.csv", "done/b.csv", "done/b.csv.note.txt",
			"refused/bad.csv", "refused/bad.csv.why.txt", "refused/bad.csv.problems.csv", "refused/junk.csv", "refused/junk.csv.why.txt",
			"refused/none.csv", "refused/none.csv.done", "refused/none.csv.why.txt"}
		if _, err := os.Stat(filepath.Join(h.dir, "done/a.csv.results.csv")); err == nil { // its people were invited before the last file was done
			there = append(there, "done/a.csv.results.csv")
		}
		h.is(there...)
		if why := h.read("refused/bad.csv.why.txt"); !strings.Contains(why, "1 of 3 rows has a problem") || !strings.Contains(why, "What to do: ") {
			h.Errorf("bad.csv.why.txt: %s", why)
		}
		s := h.process()
		acts, err := s.Acts(h.Context(), batch.ActFilter{})
		h.must(err)
		acts = slices.DeleteFunc(acts, func(a batch.Act) bool { return a.Act == "report" })
		if len(acts) != 1 || acts[0].Act != "import" || acts[0].Way != batch.WayFolder || acts[0].Actor != filepath.Base(h.dir) {
			h.Errorf("acts: %+v", acts)
		}
		h.watch(s, nil)
		h.eventually("the results are beside the list", func() bool {
			info, err := os.Stat(filepath.Join(h.dir, "done/a.csv.results.csv"))
			return err == nil && info.Mode().Perm() == 0o600
		})
		h.onceEach(3)
		if report := h.read("done/a.csv.results.csv"); strings.Count(report, ",invited,") != 3 {
			h.Errorf("the results: %s", report)
		}
	})
}

// A list that was imported from the command line, or has other people's name, is known.
func TestTakeWhatWasImported(t *testing.T) {
	h := sqliteHouse(t)
	s := h.process()
	list := filepath.Join(h.TempDir(), "other.csv")
	h.must(os.WriteFile(list, []byte(folderCrowd(1, 2)), 0o600))
	p, err := s.Import(h.Context(), batch.Actor{Name: "ann", Way: batch.WayCommandLine}, batch.Feed{File: list}, batch.ImportOptions{})
	h.must(err)
	h.must(p.Start(h.Context()))
	s.Close()
	h.put("list.csv", folderCrowd(1, 2))
	if f := h.take()["list.csv"]; f.State != folder.Known || f.Batch != p.Batch.ID {
		h.Errorf("%+v, want batch %d", f, p.Batch.ID)
	}
}

// The list of problems of a refused file, corrected and put there, makes it whole; what
// is still wrong is told again.
func TestTakeCorrected(t *testing.T) {
	onBoth(t, func(h *folderHouse) {
		list := folderCrowd(1, 4)
		list = strings.Replace(list, "ann.1.1@example.com", "wrong-1", 1)
		list = strings.Replace(list, "ann.1.2@example.com", "wrong-2", 1)
		h.put("list.csv", list)
		h.take()
		first := strings.Replace(h.read("refused/list.csv.problems.csv"), "wrong-1", "ann.1.1@example.com", 1)
		h.put("list.csv.problems.csv", first)
		if f := h.take()["list.csv.problems.csv"]; f.State != folder.Refused || !f.Mendable || f.Mends == 0 {
			h.Fatalf("corrected by half: %+v", f)
		}
		var second string
		for _, place := range h.tree() {
			if strings.HasPrefix(place, "refused/list.csv.problems") && strings.HasSuffix(place, ".problems.csv") && place != "refused/list.csv.problems.csv" {
				if text := h.read(place); strings.Contains(text, "wrong-2") && !strings.Contains(text, "ann.1.1@") {
					second = text
				}
			}
		}
		h.put("whatever.csv", strings.Replace(second, "wrong-2", "ann.1.2@example.com", 1))
		f := h.take()["whatever.csv"]
		if f.State != folder.Done || f.Batch == 0 {
			h.Fatalf("corrected: %+v; %q", f, h.tree())
		}
		h.watch(h.process(), nil)
		h.eventually("all are invited", func() bool { return len(h.api.Sessions()) == 4 })
		h.onceEach(4)
	})
}

// With the rule leave_out the others are invited, and the rows with problems are beside
// the list; corrected, they are a list of their own.
func TestTakeLeavingOut(t *testing.T) {
	h := sqliteHouse(t)
	h.settings["folder.problems"] = "leave_out"
	h.put("list.csv", strings.Replace(folderCrowd(1, 3), "ann.1.1@example.com", "wrong", 1))
	if f := h.take()["list.csv"]; f.State != folder.Done || !strings.Contains(f.Why, "1 row with problems left out") {
		h.Errorf("%+v", f)
	}
	h.put("mended.csv", strings.Replace(h.read("done/list.csv.problems.csv"), "wrong", "ann.1.1@example.com", 1))
	if f := h.take()["mended.csv"]; f.State != folder.Done || f.Batch != 2 {
		h.Errorf("%+v", f)
	}
}

// Names that are taken get a number, and nothing is written over.
func TestTakeNameTwice(t *testing.T) {
	h := sqliteHouse(t)
	for i := range 3 {
		h.put("list.csv", folderCrowd(i+1, 1))
		h.take()
	}
	for i, place := range []string{"done/list.csv", "done/list-2.csv", "done/list-3.csv"} {
		if h.read(place) != folderCrowd(i+1, 1) {
			h.Errorf("%s is another list", place)
		}
	}
}
