package folder_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/schedule/folder"
)

// errDied is what a process dies of at a step.
var errDied = errors.New("died")

// dieAt has a process serve the folder until it has come to the n-th step in all, and
// reports whether it came that far. Its lease ends with it, as it would after a while.
func (h *folderHouse) dieAt(n int) (died bool) {
	h.Helper()
	s := h.process()
	defer s.Close()
	f := h.folder(s, nil)
	f.AtStep(func(step string) {
		if step == "saved" {
			return
		}
		if n--; n == 0 {
			panic(errDied)
		}
	})
	ctx, cancel := context.WithTimeout(h.Context(), 5*time.Minute)
	defer cancel()
	working, stop := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- s.Work(working) }()
	defer func() {
		if r := recover(); r != nil && r != errDied {
			panic(r)
		} else if r != nil {
			died = true
		}
		stop()
		if err := <-worked; err != nil && !errors.Is(err, context.Canceled) {
			h.Error(err)
		}
		h.must(s.Base().Store.EndLeases(ctx, "folder:"))
	}()
	_, err := f.Take(ctx)
	h.must(err)
	return false
}

// Whoever dies between what is recorded and what is done, or after it, leaves a folder
// in which the next one finds everything.
func TestTakeAfterDeath(t *testing.T) {
	h := sqliteHouse(t)
	people := 0
	for n := 1; ; n++ {
		tag := 10 * n
		good, bad := fmt.Sprintf("good-%d.csv", n), fmt.Sprintf("bad-%d.csv", n)
		h.put(good, folderCrowd(tag, 2))
		h.put(good+".done", "")
		h.put(bad, strings.Replace(folderCrowd(tag+1, 2), "@", "#", 1))
		died := h.dieAt(n)
		h.take()
		people += 2
		for place, want := range map[string]string{
			"done/" + good: folderCrowd(tag, 2), "done/" + good + ".done": "", "refused/" + bad: strings.Replace(folderCrowd(tag+1, 2), "@", "#", 1),
		} {
			if h.read(place) != want {
				h.Errorf("died at step %d: %s has other words", n, place)
			}
		}
		for _, place := range []string{"refused/" + bad + ".why.txt", "refused/" + bad + ".problems.csv"} {
			if h.read(place) == "" {
				h.Errorf("died at step %d: %s is empty", n, place)
			}
		}
		for _, place := range h.tree() {
			if !strings.HasPrefix(place, "done/") && !strings.HasPrefix(place, "refused/") {
				h.Errorf("died at step %d: %s is left", n, place)
			}
		}
		if !died {
			if n < 12 { // two files, two moves each, three steps each
				h.Errorf("only %d steps were come to", n-1)
			}
			break
		}
	}
	h.watch(h.process(), nil)
	h.eventually("all are invited", func() bool { return len(h.api.Sessions()) >= people })
	h.onceEach(people)
	for _, place := range h.tree() {
		if strings.HasPrefix(place, "done/good-") && strings.Contains(place, "csv-") {
			h.Errorf("a file is there twice: %s", place)
		}
	}
}

// A file that nobody's row knows, as after the database was lost, is taken again.
func TestTakeWhatWasLeft(t *testing.T) {
	h := sqliteHouse(t)
	h.put("list.csv", folderCrowd(1, 2))
	h.dieAt(3) // it lies with those that were taken
	h.is("taken/list.csv")
	other := newFolderHouse(t, "sqlite:"+t.TempDir()+"/other.db")
	other.dir = h.dir
	if f := other.take()["list.csv"]; f.State != folder.Done {
		h.Errorf("%+v", f)
	}
	h.is("done/list.csv")
}
