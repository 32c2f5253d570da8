package folder_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/schedule/folder"
	"usher/store"
	"usher/store/storetest"
)

// folderRunDies has files taken for a time of a schedule by a process that dies at the
// n-th step, and then by one that does not, and reports whether it came that far.
func (h *folderHouse) folderRunDies(n int, occurrence int64) (died bool) {
	h.Helper()
	s := h.process()
	defer s.Close()
	run := batch.FolderRun{
		Occurrence: occurrence, By: batch.Actor{Name: "lists", Role: "schedule", Way: batch.WaySchedule}, LeaveOut: true, MaxPeople: 2,
		Choose: func(c *batch.Choices, file string) { c.Name = "run " + file },
	}
	working, stop := context.WithCancel(h.Context())
	worked := make(chan error, 1)
	go func() { worked <- s.Work(working) }()
	defer func() {
		stop()
		if err := <-worked; err != nil && !errors.Is(err, context.Canceled) {
			h.Error(err)
		}
	}()
	func() {
		f, err := folder.OpenRun(s, h.dir, run)
		h.must(err)
		f.AtStep(func(string) {
			if n--; n == 0 {
				panic(errDied)
			}
		})
		defer func() {
			if r := recover(); r != nil && r != errDied {
				panic(r)
			} else if r != nil {
				died = true
			}
			h.must(s.Base().Store.EndLeases(h.Context(), "folder:"))
		}()
		_, err = f.TakeNow(h.Context())
		h.must(err)
	}()
	_, err := folder.ForSchedules(s).Take(h.Context(), h.dir, run)
	h.must(err)
	return died
}

// folderRunDue makes a time of a schedule.
func (h *folderHouse) folderRunDue(base batch.Base, local string) (id int64) {
	h.Helper()
	h.must(base.Store.InTx(h.Context(), func(tx *store.Tx) error {
		if _, err := tx.PutSchedule(h.Context(), base.Account, "lists", store.OriginFile, "{}"); err != nil {
			return err
		}
		sch, err := tx.Schedule(h.Context(), base.Account, "lists")
		if err != nil {
			return err
		}
		id, err = tx.InsertOccurrence(h.Context(), store.Occurrence{Schedule: sch.ID, Local: local, DueAt: time.Now(), State: store.OccurrenceDue})
		return err
	}))
	return id
}

// Whoever dies at whatever step of the files of a schedule, before or after somebody's
// yes, the next one does what is left, and nothing twice.
func TestFolderRunAfterDeath(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		database func(t *testing.T) string
		from, by int
	}{
		"sqlite":   {func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") }, 1, 2},
		"postgres": {func(t *testing.T) string { return storetest.PostgresMigrated(t, migrated) }, 2, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folderRunDeaths(newFolderHouse(t, c.database(t)), c.from, c.by)
		})
	}
}

// folderRunDeaths has processes die at a step, and at others so far from it.
func folderRunDeaths(h *folderHouse, n, by int) {
	h.settings["folder.settle"] = "100ms"
	people, came := 0, 0
	for died := true; died; n += by {
		few, many, bad := fmt.Sprintf("few-%d.csv", n), fmt.Sprintf("many-%d.csv", n), fmt.Sprintf("bad-%d.csv", n)
		h.put(few, folderCrowd(10*n, 2))
		h.put(many, folderCrowd(10*n+1, 3))
		h.put(bad, "what,is\nthis,list\n")
		s := h.process()
		base := s.Base()
		id := h.folderRunDue(base, fmt.Sprint(n))
		died = h.folderRunDies(n, id)
		is := func(want ...string) {
			h.Helper()
			files, err := base.Store.OccurrenceFiles(h.Context(), id)
			h.must(err)
			var got []string
			for _, f := range files {
				got = append(got, f.Name+" "+string(f.State))
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				h.Errorf("died at step %d: %q, want %q", n, got, want)
			}
		}
		is(bad+" refused", few+" done", many+" asks")
		h.must(base.Store.InTx(h.Context(), func(tx *store.Tx) error { return tx.AgreeFolderFiles(h.Context(), id) }))
		died = h.folderRunDies(n, id) || died
		is(bad+" refused", few+" done", many+" done")
		s.Close()
		people += 5
		if died {
			came = n
		}
	}
	if came < 20 {
		h.Errorf("only %d steps were come to", came)
	}
	for _, place := range h.tree() {
		if !strings.HasPrefix(place, "done/") && !strings.HasPrefix(place, "refused/") {
			h.Errorf("%s is left", place)
		}
	}
	h.watch(h.process(), nil)
	h.eventually("all are invited", func() bool { return len(h.api.Sessions()) >= people })
	h.onceEach(people)
}
