package report

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeMemory is a memory that forgets with the test.
type fakeMemory struct {
	mu  sync.Mutex
	all map[string][]string
}

func (m *fakeMemory) FileSums(_ context.Context, path string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all[path], nil
}

func (m *fakeMemory) RememberFile(_ context.Context, path, sum string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[string][]string{}
	}
	m.all[path] = append([]string{sum}, m.all[path]...)
	return nil
}

// desk is a folder of a person who is served by usher.
type desk struct {
	*testing.T
	folder  string
	placing Placing
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, folder, Placing{Memory: &fakeMemory{}}}
}

func (d *desk) path(name string) string { return filepath.Join(d.folder, name) }

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// save is what a person does.
func (d *desk) save(name, text string) {
	d.Helper()
	d.must(os.WriteFile(d.path(name), []byte(text), 0o644))
}

// place is what usher does.
func (d *desk) place(name, text string) (Placed, error) {
	d.Helper()
	target, err := Look(d.path(name))
	if err != nil {
		return Placed{}, err
	}
	return target.Place(d.Context(), d.placing, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// placed is place, which must succeed, and the name that the file got.
func (d *desk) placed(name, text string) string {
	d.Helper()
	placed, err := d.place(name, text)
	d.must(err)
	return filepath.Base(placed.Path)
}

// has compares the folder with these names and texts.
func (d *desk) has(want map[string]string) {
	d.Helper()
	entries, err := os.ReadDir(d.folder)
	d.must(err)
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok {
			d.Errorf("there is a file %q", e.Name())
		}
	}
	for name, text := range want {
		got, err := os.ReadFile(d.path(name))
		if err != nil || string(got) != text {
			d.Errorf("%s: got %q, %v, want %q", name, got, err, text)
		}
	}
}

func (d *desk) wants(what, want string, err error) {
	d.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		d.Errorf("%s: got %v, want %q", what, err, want)
	}
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || hint.Hint() == "" {
		d.Errorf("%s: %v says nothing of what to do", what, err)
	}
}

func TestFileThatUsherWroteIsReplaced(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, text := range []string{"one", "two", "three"} {
		if name := d.placed("r.csv", text); name != "r.csv" {
			t.Errorf("%s went to %s", text, name)
		}
		d.has(map[string]string{"r.csv": text})
	}
	info, err := os.Stat(d.path("r.csv"))
	d.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestFileThatWasEditedIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.placed("r.csv", "one")
	d.save("r.csv", "one, edited")
	d.save("r-2.csv", "a person's own")
	placed, err := d.place("r.csv", "two")
	d.must(err)
	if placed.Path != d.path("r-3.csv") || !strings.Contains(placed.Instead, "was changed") {
		t.Errorf("got %+v", placed)
	}
	d.has(map[string]string{"r.csv": "one, edited", "r-2.csv": "a person's own", "r-3.csv": "two"})
	if name := d.placed("r-3.csv", "three"); name != "r-3.csv" {
		t.Errorf("the next went to %s", name)
	}
}

func TestFileThatSomebodyElseWroteIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.save("r.csv", "a person's own")
	d.placing.Policy = Refuse
	target, err := Look(d.path("r.csv"))
	d.must(err)
	d.wants("before it is written", "so it was left as it is", target.Free(t.Context(), d.placing))
	_, err = d.place("r.csv", "two")
	d.wants("written", "so it was left as it is", err)
	d.has(map[string]string{"r.csv": "a person's own"})

	d.placing.Policy = Replace
	d.must(target.Free(t.Context(), d.placing))
	d.placed("r.csv", "two")
	d.placing.Policy = Refuse
	d.must(target.Free(t.Context(), d.placing))
	d.placed("r.csv", "three")
	d.has(map[string]string{"r.csv": "three"})
}

func TestFileThatIsWriteProtectedIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.placed("r.csv", "one")
	d.must(os.Chmod(d.path("r.csv"), 0o400))
	placed, err := d.place("r.csv", "two")
	d.must(err)
	if placed.Instead != isProtected {
		t.Errorf("got %+v", placed)
	}
	d.has(map[string]string{"r.csv": "one", "r-2.csv": "two"})
}

func TestReportOfAnotherBatchIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.placed("r.csv", "one")
	d.placing.Belongs = "is the report of another batch"
	if name := d.placed("r.csv", "two"); name != "r-2.csv" {
		t.Errorf("it went to %s", name)
	}
	if name := d.placed("new.csv", "two"); name != "new.csv" {
		t.Errorf("where nothing was, it went to %s", name)
	}
}

// The process died after it had said what it would write, and before it did;
// and after it had done so.
func TestFileOfAWriterThatDiedIsKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.placed("r.csv", "one")
	d.must(d.placing.Memory.RememberFile(t.Context(), d.path("r.csv"), "of what was never put there"))
	if name := d.placed("r.csv", "two"); name != "r.csv" {
		t.Errorf("it went to %s", name)
	}
	d.has(map[string]string{"r.csv": "two"})
}

func TestLinkStaysALink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(os.Mkdir(d.path("there"), 0o700))
	for _, name := range []string{"old.csv", "new.csv"} {
		d.must(os.Symlink(filepath.Join("there", name), d.path(name)))
	}
	d.must(os.Symlink("old.csv", d.path("link to a link.csv")))
	d.placed("there/old.csv", "one")
	for _, name := range []string{"old.csv", "new.csv", "link to a link.csv"} {
		d.placed(name, "two")
		if info, err := os.Lstat(d.path(name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v, %v", name, info, err)
		}
		if text, err := os.ReadFile(d.path(name)); string(text) != "two" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	d.save("there/old.csv", "edited")
	placed, err := d.place("old.csv", "three")
	d.must(err)
	if placed.Path != d.path("there/old-2.csv") {
		t.Errorf("it went to %s", placed.Path)
	}
}

// What fails half-way leaves what was there, and nothing else.
func TestWritingThatFailsLeavesTheOldFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.placed("r.csv", "one")
	target, err := Look(d.path("r.csv"))
	d.must(err)
	full := errors.New("the disk is full")
	_, err = target.Place(t.Context(), d.placing, func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("half a report\n", 10_000))
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	d.has(map[string]string{"r.csv": "one"})
}

func TestFileThatAppearsMeanwhileIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, policy := range []Policy{Beside, Refuse} {
		d := newDesk(t)
		d.placing.Policy = policy
		target, err := Look(d.path("r.csv"))
		d.must(err)
		_, err = target.Place(t.Context(), d.placing, func(w io.Writer) error {
			d.save("r.csv", "a person's own")
			_, err := io.WriteString(w, "two")
			return err
		})
		if policy == Refuse {
			d.wants("written", "left as it is", err)
			d.has(map[string]string{"r.csv": "a person's own"})
			continue
		}
		d.must(err)
		d.has(map[string]string{"r.csv": "a person's own", "r-2.csv": "two"})
	}
}

func TestManyAtOnceEachGetAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.save("r.csv", "a person's own")
	want := map[string]string{"r.csv": "a person's own"}
	var wait sync.WaitGroup
	var mu sync.Mutex
	for _, text := range []string{"a", "b", "c", "d", "e"} {
		wait.Go(func() {
			placed, err := d.place("r.csv", text)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			want[filepath.Base(placed.Path)] = text
		})
	}
	wait.Wait()
	if len(want) != 6 {
		t.Errorf("they went to %v", want)
	}
	d.has(want)
}

func TestHalfWrittenFilesOfTheDeadAreSwept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	dead, err := newTemporary(d.path("r.csv"))
	d.must(err)
	dead.close() // the system does that when a process dies
	other, err := newTemporary(d.path("other.csv"))
	d.must(err)
	other.close()
	living, err := newTemporary(d.path("r.csv"))
	d.must(err)
	d.must(living.file.Sync())
	d.placed("r.csv", "one")
	d.has(map[string]string{"r.csv": "one", filepath.Base(living.path): "", filepath.Base(other.path): ""})
	living.discard()
	d.placed("other.csv", "two")
	d.has(map[string]string{"r.csv": "one", "other.csv": "two"})
}

// A name may be as long as the system allows.
func TestLongNamesFit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, long := range []string{strings.Repeat("x", 251), strings.Repeat("é", 125) + "x", strings.Repeat("王", 83) + "ab"} {
		name := long + ".csv"
		d.placed(name, "one")
		d.save(name, "edited")
		second := d.placed(name, "two")
		if len(second) > 255 || !strings.HasSuffix(second, "-2.csv") || strings.ContainsRune(second, '\ufffd') {
			t.Errorf("%s (%d bytes)", second, len(second))
		}
		if report := Name(filepath.Join("in", long+".csv"), ".rehearsal.csv"); len(report) > 255 || !strings.HasSuffix(report, ".rehearsal.csv") {
			t.Errorf("%s (%d bytes)", report, len(report))
		}
	}
	_, err := d.place(strings.Repeat("x", 256), "one")
	d.wants("a longer one", "too long", err)
}

func TestNumbered(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a.b/people.results.csv": "/a.b/people.results-2.csv", "/a/report": "/a/report-2", "/a/.report": "/a/.report-2", "/a/x.XLSX": "/a/x-2.XLSX",
	} {
		if got := filepath.ToSlash(numbered(filepath.FromSlash(path), 2)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	got := []string{Name("dir/people.csv", ".results.csv"), Name("stdin", ".results.csv"), Name("a.b.xlsx", ".rehearsal.csv")}
	if !slices.Equal(got, []string{"people.results.csv", "stdin.results.csv", "a.b.rehearsal.csv"}) {
		t.Errorf("got %q", got)
	}
}
