package folder_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/batch"
	"usher/schedule/folder"
)

// folderEvents are what was told.
type folderEvents struct {
	mu  sync.Mutex
	all []folder.Event
}

func (e *folderEvents) tell(one folder.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, one)
}

// has reports whether these words were told of a name.
func (e *folderEvents) has(name, words string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.all {
		if one.Name == name && strings.Contains(one.Words, words) {
			return true
		}
	}
	return false
}

// Many files that are written slowly, some twice, some broken, while processes are
// stopped and begun anew: each good list is imported once, each bad one explained.
func TestWatchMany(t *testing.T) {
	onBoth(t, func(h *folderHouse) {
		const lists = 24
		var writers sync.WaitGroup
		writers.Go(func() {
			for i := range lists {
				text := folderCrowd(i, 3)
				switch i % 6 {
				case 4:
					text = folderCrowd(i-1, 3) // as the one before
				case 5:
					text = strings.Replace(text, "@", "#", 1)
				}
				writers.Go(func() { h.write(fmt.Sprintf("list-%02d.csv", i), text) })
				time.Sleep(20 * time.Millisecond)
			}
		})
		first := h.process()
		stop := h.watch(first, nil)
		h.eventually("some are done", func() bool { return strings.Count(strings.Join(h.tree(), "\n"), "done/") > 2 })
		stop()
		first.Close()
		stop = h.watch(h.process(), nil)
		writers.Wait()
		h.eventually("all are somewhere", func() bool {
			n := 0
			for _, place := range h.tree() {
				if strings.HasSuffix(place, ".csv") && !strings.Contains(place, ".csv.") && !strings.HasPrefix(place, "taken/") && strings.Contains(place, "/") {
					n++
				}
			}
			return n == lists
		})
		h.eventually("all are invited", func() bool { return len(h.api.Sessions()) >= 3*lists*4/6 })
		stop()
		for i := range lists {
			name, dir := fmt.Sprintf("list-%02d.csv", i), "done/"
			if i%6 == 5 {
				dir = "refused/"
				h.read(dir + name + ".why.txt")
			}
			h.read(dir + name)
		}
		h.onceEach(3 * lists * 4 / 6)
	})
}

// write writes a file in small pieces.
func (h *folderHouse) write(name, text string) {
	file, err := os.Create(filepath.Join(h.dir, name))
	if err != nil {
		h.Error(err)
		return
	}
	defer func() { _ = file.Close() }()
	for piece := range bytes.Lines([]byte(text)) {
		if _, err := file.Write(piece); err != nil {
			h.Error(err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// Of two processes one serves the folder, and the other one when that ends.
func TestWatchByOne(t *testing.T) {
	h := sqliteHouse(t)
	one, two := h.process(), h.process()
	var events folderEvents
	serve := func(s *batch.Service, tell func(folder.Event)) (stop func()) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		f := h.folder(s, tell)
		go func() { defer close(done); f.Watch(ctx) }()
		return func() { cancel(); <-done }
	}
	stop := serve(one, nil)
	h.put("a.csv", folderCrowd(1, 1))
	h.eventually("the first has it", func() bool { return h.has("taken/a.csv") })
	defer serve(two, events.tell)()
	h.eventually("the second stands by", func() bool { return events.has("", "stands by") })
	ctx, cancel := context.WithTimeout(h.Context(), time.Second)
	defer cancel()
	var busy *folder.BusyError
	if _, err := h.folder(two, nil).Take(ctx); !errors.As(err, &busy) && !errors.Is(err, context.DeadlineExceeded) {
		h.Errorf("taken by a third: %v", err)
	}
	stop()
	h.put("b.csv", folderCrowd(2, 1))
	h.eventually("the second has it", func() bool { return h.has("taken/b.csv") })
}

func (h *folderHouse) has(place string) bool {
	_, err := os.Lstat(filepath.Join(h.dir, place))
	return err == nil
}

// A folder that goes away is waited for, and nothing that is in it counts as lost. What
// lies in its place meanwhile is left alone.
func TestWatchAway(t *testing.T) {
	h := sqliteHouse(t)
	h.put("a.csv", folderCrowd(1, 2))
	h.dieAt(3) // it is being imported
	var events folderEvents
	h.watch(h.process(), events.tell)
	away := h.dir + "-away"
	h.must(os.Rename(h.dir, away))
	h.eventually("it is told", func() bool { return events.has("", "cannot be read") || events.has("a.csv", "Imported") })
	h.must(os.RemoveAll(h.dir)) // nothing is there, if it was told
	h.must(os.Rename(away, h.dir))
	h.eventually("it goes on", func() bool { return h.has("done/a.csv") })
}

// What cannot be taken stays, and why is told.
func TestTakeObstacles(t *testing.T) {
	h := sqliteHouse(t)
	h.put("open.csv", folderCrowd(1, 1))
	writer, err := os.OpenFile(filepath.Join(h.dir, "open.csv"), os.O_WRONLY|os.O_APPEND, 0)
	h.must(err)
	defer func() { _ = writer.Close() }()
	reader, err := folder.OpenFile(filepath.Join(h.dir, "open.csv"))
	h.must(err)
	knowable := folder.HasWriter(reader)
	_ = reader.Close()
	h.put("book.csv", folderCrowd(2, 1))
	h.put("~$book.csv", "")
	files := h.take()
	if f := files["book.csv"]; f.State != folder.Seen || !strings.Contains(f.Why, "~$book.csv") {
		h.Errorf("%+v", f)
	}
	if f := files["open.csv"]; knowable && (f.State != folder.Seen || !strings.Contains(f.Why, "open to write")) {
		h.Errorf("%+v", f)
	}
	_ = writer.Close()
	h.must(os.Remove(filepath.Join(h.dir, "~$book.csv")))
	files = h.take()
	if files["book.csv"].State != folder.Done || files["open.csv"].State != folder.Done {
		h.Errorf("%+v", files)
	}
}

// A file that is too large is refused unread, and one that has gone is told.
func TestTakeTooLargeOrGone(t *testing.T) {
	h := sqliteHouse(t)
	h.settings["folder.limit"] = "1MB"
	h.put("large.csv", folderCrowd(1, 40_000))
	h.put("gone.csv", "")
	h.take() // it is empty so far
	h.must(os.Remove(filepath.Join(h.dir, "gone.csv")))
	files := h.take()
	if f := files["gone.csv"]; f.State != folder.Vanished {
		h.Errorf("%+v", f)
	}
	if why := h.read("refused/large.csv.why.txt"); !strings.Contains(why, "larger than 1 MB") {
		h.Error(why)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a.csv": false, ".a.csv": true, "~$a.xlsx": true, "a.csv.PART": true, "a.csv.done": true, "a.tmp": true, "party.csv": false, "done": false} {
		if folder.PassedOver(name) != want {
			t.Errorf("%s is passed over: %t", name, !want)
		}
	}
	long := strings.Repeat("ü", 200) + ".csv"
	for _, name := range []string{"a.csv", "a", ".a", long} {
		for n := range 3 {
			if got := folder.Numbered(name, n+1); len(got) > 240 || n > 0 && !strings.Contains(got, fmt.Sprintf("-%d", n+1)) {
				t.Errorf("the %d. name like %.10s is %s", n+1, name, got)
			}
		}
	}
}
