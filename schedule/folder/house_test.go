package folder_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule/folder"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// folderHouse is a database with an API, and a folder.
type folderHouse struct {
	*testing.T
	database, dir string
	api           *sandbox.Server
	settings      map[string]string
}

// onBoth runs a test on SQLite, and on PostgreSQL.
func onBoth(t *testing.T, test func(h *folderHouse)) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") },
		"postgres": func(t *testing.T) string { return storetest.PostgresMigrated(t, migrated) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newFolderHouse(t, database(t)))
		})
	}
}

func migrated(database string) error {
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err == nil {
		_, err = batch.Upgrade(context.Background(), cfg, nil)
	}
	return err
}

func newFolderHouse(t *testing.T, database string) *folderHouse {
	api := sandbox.New(sandbox.Options{Balance: -1})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return &folderHouse{T: t, database: database, dir: t.TempDir(), api: api, settings: map[string]string{
		"database": database, "upstream.base_url": server.URL, "upstream.api_key": "key", "upstream.rate": "0", "upstream.daily": "0",
		"report.dir": t.TempDir(), "folder.settle": "200ms",
	}}
}

func sqliteHouse(t *testing.T) *folderHouse {
	t.Parallel()
	return newFolderHouse(t, "sqlite:"+filepath.Join(t.TempDir(), "usher.db"))
}

func (h *folderHouse) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v (%s)", err, batch.Hint(err))
	}
}

// process opens a process.
func (h *folderHouse) process() *batch.Service {
	h.Helper()
	cfg, err := config.Load(config.Options{Flags: h.settings})
	h.must(err)
	s, err := batch.Open(h.Context(), cfg, batch.Options{Command: "test", Send: true, Profiles: filepath.Join(h.TempDir(), "profiles")})
	h.must(err)
	h.Cleanup(s.Close)
	return s
}

func (h *folderHouse) folder(s *batch.Service, tell func(folder.Event)) *folder.Folder {
	h.Helper()
	f, err := folder.Open(s, folder.Options{Dir: h.dir, Tell: tell})
	h.must(err)
	return f
}

// take takes what is there in a process of its own, and returns the files by name.
func (h *folderHouse) take() map[string]folder.File {
	h.Helper()
	s := h.process()
	defer s.Close()
	ctx, cancel := context.WithTimeout(h.Context(), 5*time.Minute)
	defer cancel()
	files, err := h.folder(s, nil).TakeWorking(ctx)
	h.must(err)
	all := map[string]folder.File{}
	for _, f := range files {
		all[f.Name] = f
	}
	return all
}

// put puts a file into the folder.
func (h *folderHouse) put(name, text string) {
	h.Helper()
	h.must(os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644))
}

// read is what a file below the folder has in it.
func (h *folderHouse) read(place string) string {
	h.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, place))
	h.must(err)
	return string(text)
}

// tree are the files below the folder.
func (h *folderHouse) tree() (all []string) {
	h.Helper()
	h.must(filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			place, _ := filepath.Rel(h.dir, path)
			all = append(all, filepath.ToSlash(place))
		}
		return err
	}))
	return all
}

// is compares what is below the folder.
func (h *folderHouse) is(want ...string) {
	h.Helper()
	got := h.tree()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.Errorf("the folder has\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// eventually waits for something.
func (h *folderHouse) eventually(what string, is func() bool) {
	h.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("never: %s; the folder has %q", what, h.tree())
		}
	}
}

// onceEach checks that so many people were invited, nobody twice.
func (h *folderHouse) onceEach(people int) {
	h.Helper()
	invited := map[string]int{}
	for _, s := range h.api.Sessions() {
		if invited[s.Email]++; invited[s.Email] == 2 {
			h.Errorf("%s was invited twice", s.Email)
		}
	}
	if len(invited) != people {
		h.Errorf("%d people were invited, want %d", len(invited), people)
	}
}

// watch has a process serve the folder, and work, until the function that it returns is
// called or the test ends.
func (h *folderHouse) watch(s *batch.Service, tell func(folder.Event)) (stop func()) {
	h.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f, done := h.folder(s, tell), make(chan error, 1)
	go func() { done <- f.WatchWorking(ctx) }()
	stopped := false
	stop = func() {
		if cancel(); !stopped {
			if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
				h.Error(err)
			}
		}
		stopped = true
	}
	h.Cleanup(stop)
	return stop
}

// folderCrowd is a list of so many people, who are others for each tag.
func folderCrowd(tag, n int) string {
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range n {
		fmt.Fprintf(&b, "Ann,Lee,ann.%d.%d@example.com,+4477%04d%04d\n", tag, i, tag, i)
	}
	return b.String()
}
