package schedule_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule"
	"usher/schedule/folder"
	"usher/store"
)

// folderRuns is a house with a folder that the schedule "lists" takes files from.
type folderRuns struct {
	*house
	dir string
}

func folderRunsOnBoth(t *testing.T, test func(h *folderRuns)) {
	onBoth(t, func(h *house) {
		f := &folderRuns{h, filepath.Join(h.TempDir(), "in")}
		h.must(os.Mkdir(f.dir, 0o755))
		f.say("max_people", "")
		test(f)
	})
}

// say says of the schedule what is new, in pairs of keys and texts.
func (h *folderRuns) say(pairs ...string) {
	said := config.Schedule{"cron": "0 0 1 1 *", "zone": "UTC", "folder": h.dir}
	for i := 0; i < len(pairs); i += 2 {
		said[pairs[i]] = pairs[i+1]
	}
	h.said["lists"] = said
}

// open opens a process, which knows folders.
func (h *folderRuns) open() (*batch.Service, *schedule.Service) {
	h.Helper()
	cfg := h.config()
	cfg.Folder.Settle = 100 * time.Millisecond
	svc, err := batch.Open(h.Context(), cfg, batch.Options{Command: "test", Send: true, Profiles: h.TempDir()})
	h.must(err)
	h.Cleanup(svc.Close)
	s := schedule.New(svc)
	s.Folders = folder.ForSchedules(svc)
	return svc, s
}

// put puts a list of so many people into the folder, who are others for each tag.
func (h *folderRuns) put(name string, tag, people int) {
	h.Helper()
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range people {
		fmt.Fprintf(&b, "Ann,Lee,ann.%d.%d@example.com,+4477%04d%04d\n", tag, i, tag, i)
	}
	h.must(os.WriteFile(filepath.Join(h.dir, name), []byte(b.String()), 0o644))
}

// run has the schedule be due now, and returns the occurrence.
func (h *folderRuns) run(s *schedule.Service) int64 {
	h.Helper()
	var id int64
	h.until("it is another second", func() bool {
		o, err := s.Run(h.Context(), operator, "lists")
		id = o.ID
		return err == nil
	})
	return id
}

// one is an occurrence as it stands.
func (h *folderRuns) one(s *schedule.Service, id int64) schedule.Occurrence {
	h.Helper()
	all := h.occurrences(s, "lists")
	i := slices.IndexFunc(all, func(o schedule.Occurrence) bool { return o.ID == id })
	if i < 0 {
		h.Fatalf("there is no occurrence %d", id)
	}
	return all[i]
}

// comesTo waits until an occurrence is in a state, and returns it.
func (h *folderRuns) comesTo(s *schedule.Service, id int64, state string) (o schedule.Occurrence) {
	h.Helper()
	defer func() {
		if o.State != state {
			h.Logf("%+v", o)
		}
	}()
	h.until("the occurrence is "+state, func() bool {
		o = h.one(s, id)
		return o.State == state
	})
	return o
}

// lies reports whether there are exactly these files below the folder, but for results
// and notes.
func (h *folderRuns) lies(want ...string) {
	h.Helper()
	var got []string
	h.must(filepath.WalkDir(h.dir, func(path string, e os.DirEntry, err error) error {
		place, _ := filepath.Rel(h.dir, path)
		if err == nil && !e.IsDir() && !strings.Contains(e.Name(), ".results.") && !strings.HasSuffix(e.Name(), ".txt") {
			got = append(got, place)
		}
		return err
	}))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.Errorf("the folder has %q, want %q", got, want)
	}
}

// onceEach checks that so many people were invited, each once, as soon as they are.
func (h *folderRuns) onceEach(people int) {
	h.Helper()
	h.until(fmt.Sprintf("%d people are invited", people), func() bool { return len(h.api.Sessions()) >= people })
	seen := map[string]bool{}
	for _, session := range h.api.Sessions() {
		if seen[session.Email] {
			h.Errorf("somebody was invited twice")
		}
		seen[session.Email] = true
	}
	if len(seen) != people {
		h.Errorf("%d people were invited, want %d", len(seen), people)
	}
}

func fileStates(o schedule.Occurrence) (all []string) {
	for _, f := range o.Files {
		all = append(all, f.Name+" "+f.State)
	}
	slices.Sort(all)
	return all
}

// Each file is a batch of its own; a broken one and one that was there are told.
func TestFolderRunsTakeFiles(t *testing.T) {
	folderRunsOnBoth(t, func(h *folderRuns) {
		h.say("name", "{schedule} of today", "send_phone_invite", "false", "workflow_id", "w-7")
		h.put("a.csv", 1, 3)
		h.put("b.csv", 2, 2)
		h.put("c.csv", 1, 3)
		h.must(os.WriteFile(filepath.Join(h.dir, "d.csv"), []byte("what,is\nthis,list\n"), 0o644))
		svc, s := h.open()
		h.apply(s)
		h.work(svc, s)
		id := h.run(s)
		o := h.comesTo(s, id, "done")
		if got := fileStates(o); !slices.Equal(got, []string{"a.csv done", "b.csv done", "c.csv known", "d.csv refused"}) {
			t.Errorf("%q", got)
		}
		if len(o.Batches) != 2 || o.Batch != 0 || o.Why != "" || o.Counts.Total() != 5 {
			t.Errorf("%+v", o)
		}
		h.onceEach(5)
		h.lies("done/a.csv", "done/b.csv", "done/c.csv", "refused/d.csv")
		var names []string
		for _, id := range o.Batches {
			b, err := svc.Batch(h.Context(), id)
			h.must(err)
			names = append(names, b.Name)
			schedule, err := s.Store.ScheduleOf(h.Context(), id)
			if schedule != "lists" || err != nil {
				t.Errorf("batch %d is of %q, %v", id, schedule, err)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"lists of today a.csv", "lists of today b.csv"}) {
			t.Errorf("the batches are called %q", names)
		}
		for _, session := range h.api.Sessions() {
			if session.SendPhoneInvite || session.WorkflowID != "w-7" {
				t.Errorf("the schedule's choices are not followed: %+v", session)
			}
		}
		h.until("the results lie beside the files", func() bool {
			found, _ := filepath.Glob(filepath.Join(h.dir, "done", "*.results.csv"))
			return len(found) == 2
		})
		if o := h.comesTo(s, h.run(s), "done"); o.Why != schedule.WhyNothing || len(o.Files) > 0 {
			t.Errorf("when nothing is there: %+v", o)
		}
		h.put("one.csv", 3, 1)
		o = h.comesTo(s, h.run(s), "done")
		if len(o.Batches) != 1 || o.Batch != o.Batches[0] {
			t.Fatalf("%+v", o)
		}
		if b, err := svc.Batch(h.Context(), o.Batch); err != nil || b.Name != "lists of today" {
			t.Errorf("a single one is called %q, %v", b.Name, err)
		}
	})
}

// A folder that is missing is told with what to do, after it was looked for again; one
// whose lists are all refused is a failure, too.
func TestFolderRunsFail(t *testing.T) {
	folderRunsOnBoth(t, func(h *folderRuns) {
		_, s := h.open()
		h.apply(s)
		h.must(os.Remove(h.dir))
		id := h.run(s)
		for range 3 {
			_, err := s.Occur(h.Context(), id)
			h.must(err)
		}
		if o := h.one(s, id); o.State != "failed" || !strings.Contains(o.Words, "mount the share") {
			t.Errorf("%+v", o)
		}
		h.must(os.Mkdir(h.dir, 0o755))
		h.must(os.WriteFile(filepath.Join(h.dir, "d.csv"), []byte("what,is\nthis,list\n"), 0o644))
		id = h.run(s)
		_, err := s.Occur(h.Context(), id)
		h.must(err)
		if o := h.one(s, id); o.State != "failed" || !slices.Equal(fileStates(o), []string{"d.csv refused"}) || o.Words == "" {
			t.Errorf("%+v", o)
		}
		h.lies("refused/d.csv")
	})
}

// A list with too many people waits for a yes; the others do not wait for it.
func TestFolderRunsAsk(t *testing.T) {
	folderRunsOnBoth(t, func(h *folderRuns) {
		h.say("max_people", "2")
		h.put("few.csv", 1, 2)
		h.put("many.csv", 2, 3)
		h.put("more.csv", 3, 4)
		svc, s := h.open()
		h.apply(s)
		h.work(svc, s)
		id := h.run(s)
		o := h.comesTo(s, id, "asks")
		if o.People != 7 || !slices.Equal(fileStates(o), []string{"few.csv done", "many.csv asks", "more.csv asks"}) {
			t.Fatalf("%+v", o)
		}
		h.onceEach(2)
		if err := s.Agree(h.Context(), operator, "lists", id, 6); err == nil {
			t.Error("a yes to fewer people was taken")
		}
		for _, f := range h.files(s, id) { // the uploads are swept while nobody says yes
			if f.State == store.FolderAsks {
				h.must(svc.DiscardUpload(h.Context(), operator, f.Upload))
			}
		}
		h.must(s.Agree(h.Context(), operator, "lists", id, 7))
		o = h.comesTo(s, id, "done")
		if len(o.Batches) != 3 || o.Counts.Total() != 9 {
			t.Errorf("%+v", o)
		}
		h.onceEach(9)
		h.lies("done/few.csv", "done/many.csv", "done/more.csv")
	})
}

func (h *folderRuns) files(s *schedule.Service, id int64) []store.FolderFile {
	h.Helper()
	all, err := s.Store.OccurrenceFiles(h.Context(), id)
	h.must(err)
	return all
}

// A list that somebody says no to is refused with that reason, and so is one whose
// schedule is removed; nobody of it is invited.
func TestFolderRunsLetGo(t *testing.T) {
	folderRunsOnBoth(t, func(h *folderRuns) {
		h.say("max_people", "2")
		h.put("many.csv", 1, 3)
		svc, s := h.open()
		h.apply(s)
		h.work(svc, s)
		id := h.run(s)
		h.comesTo(s, id, "asks")
		h.must(s.Decline(h.Context(), operator, "lists", id))
		if o := h.one(s, id); o.State != "skipped" || o.Why != schedule.WhyDeclined {
			t.Errorf("%+v", o)
		}
		refused := func(name, why string) {
			h.Helper()
			h.until(name+" is refused", func() bool {
				_, err := os.Stat(filepath.Join(h.dir, "refused", name))
				return err == nil
			})
			text, err := os.ReadFile(filepath.Join(h.dir, "refused", name+".why.txt"))
			if !strings.Contains(string(text), why) {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
		refused("many.csv", "3 people would have been invited, and somebody said no")
		h.put("removed.csv", 2, 4)
		h.comesTo(s, h.run(s), "asks")
		delete(h.said, "lists")
		_, without := h.open()
		h.apply(without)
		refused("removed.csv", "Its schedule was removed")
		h.must(os.WriteFile(filepath.Join(h.dir, "late.csv"), []byte("first_name,last_name,email,phone\nAnn,Lee,a@example.com,+447700900001\n"), 0o644))
		take := func() error {
			_, err := s.Folders.Take(h.Context(), h.dir, batch.FolderRun{Occurrence: id, By: operator, Choose: func(*batch.Choices, string) {}})
			return err
		}
		err := take()
		for end := time.Now().Add(90 * time.Second); err != nil && time.Now().Before(end); err = take() { // who tidies may serve it at the moment
			time.Sleep(50 * time.Millisecond)
		}
		if err != nil {
			t.Error(err)
		}
		refused("late.csv", "ended before anybody was invited") // it was left out while a process began with it
		h.lies("refused/late.csv", "refused/many.csv", "refused/removed.csv")
		if n := len(h.api.Sessions()); n > 0 {
			t.Errorf("%d were invited", n)
		}
	})
}

// While a batch of any file is not over, the next occurrence is left out, or waits. One
// whose process died when its files were taken comes to its end all the same.
func TestFolderRunsOverlap(t *testing.T) {
	folderRunsOnBoth(t, func(h *folderRuns) {
		now := time.Now().UTC()
		quiet := now.Format("Mon") + ", " + now.Add(24*time.Hour).Format("Mon")
		h.say("quiet_days", quiet)
		h.put("a.csv", 1, 1)
		h.put("b.csv", 2, 2)
		svc, s := h.open()
		h.apply(s)
		h.work(svc, s)
		first := h.comesTo(s, h.run(s), "done")
		if len(first.Batches) != 2 {
			t.Fatalf("%+v", first)
		}
		sch, err := s.Store.Schedule(h.Context(), s.Account, "lists")
		h.must(err)
		due := func(local string) (id int64) {
			h.must(s.Store.InTx(h.Context(), func(tx *store.Tx) (err error) {
				id, err = tx.InsertOccurrence(h.Context(), store.Occurrence{Schedule: sch.ID, Local: local, DueAt: now, State: store.OccurrenceDue})
				return err
			}))
			return id
		}
		h.put("c.csv", 3, 1)
		if o := h.comesTo(s, due("1"), "skipped"); o.Why != schedule.WhyOverlap {
			t.Errorf("%+v", o)
		}
		h.say("quiet_days", quiet, "overlap", "wait")
		_, again := h.open()
		h.apply(again)
		id := due("2")
		for _, batch := range first.Batches {
			_, err := s.Occur(h.Context(), id)
			h.must(err)
			if o := h.one(s, id); o.State != "due" || len(o.Files) > 0 {
				t.Errorf("before batch %d is over: %+v", batch, o)
			}
			h.must(s.Store.InTx(h.Context(), func(tx *store.Tx) error { _, err := tx.CancelBatch(h.Context(), batch); return err }))
		}
		if o := h.comesTo(s, id, "done"); !slices.Equal(fileStates(o), []string{"c.csv done"}) {
			t.Errorf("%+v", o)
		}
		if n := len(h.api.Sessions()); n > 0 {
			t.Errorf("%d were invited in quiet times", n)
		}
	})
}

// Of two processes that do the same occurrence at once, and one that watches, each file
// is taken once. While somebody watches, the schedule is told so.
func TestFolderRunsTwoAtOnce(t *testing.T) {
	onBoth(t, func(house *house) {
		h := &folderRuns{house, house.TempDir()}
		h.say()
		for n := range 6 {
			h.put(fmt.Sprintf("%d.csv", n), n, 2)
		}
		svc, s := h.open()
		h.apply(s)
		id := h.run(s)
		h.work(svc, s)
		_, other := h.open()
		for end := time.Now().Add(90 * time.Second); h.one(s, id).State == "due" && time.Now().Before(end); {
			_, err := other.Occur(h.Context(), id)
			h.must(err)
		}
		if o := h.comesTo(s, id, "done"); len(o.Batches) != 6 || o.Counts.Total() != 12 {
			t.Errorf("%+v", o)
		}
		h.onceEach(12)
		watcher, err := folder.Open(svc, folder.Options{Dir: h.dir})
		h.must(err)
		ctx, stop := context.WithCancel(h.Context())
		watched := make(chan struct{})
		go func() { defer close(watched); watcher.Watch(ctx) }()
		defer func() { stop(); <-watched }()
		h.put("late.csv", 9, 1)
		h.onceEach(13)
		_, err = other.Folders.Take(h.Context(), h.dir, batch.FolderRun{Occurrence: id, By: operator})
		if err == nil || !strings.Contains(err.Error(), "served by") {
			t.Errorf("beside one that watches: %v", err)
		}
	})
}
