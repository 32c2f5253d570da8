package schedule_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/batch"
	"usher/config"
	"usher/schedule"
)

func at(t testing.TB, text, zone string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// Three processes look around the due second, any of them dies at any moment, a
// hundred times: each occurrence is there once, and none is lost.
func TestOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["often"] = config.Schedule{"cron": "* * * * *", "zone": "Europe/Berlin", "source": "hr"}
		var all []*schedule.Service
		for range 3 {
			_, s := h.process()
			all = append(all, s)
		}
		h.apply(all[0])
		start := at(h, "2026-10-25 01:30:00", "Europe/Berlin") // the clock is set back an hour meanwhile
		h.lookedAt(all[0], "often", start)
		for minute := range 100 {
			var wait sync.WaitGroup
			for i, s := range all {
				h.setClock(s, start.Add(time.Duration(minute+1)*time.Minute).Add(time.Duration(i*100)*time.Millisecond))
				ctx, kill := context.WithCancel(h.Context())
				wait.Go(func() { _ = s.Tick(ctx) })
				if rand.IntN(2) == 0 {
					wait.Go(func() {
						time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
						kill()
					})
				}
				defer kill()
			}
			wait.Wait()
			h.must(all[minute%3].Tick(h.Context())) // whoever is left, a second later
		}
		got := h.occurrences(all[0], "often")
		if len(got) != 100 {
			h.Errorf("%d occurrences, want 100", len(got))
		}
		for i, o := range got {
			if want := start.Add(time.Duration(i+1) * time.Minute); !o.At.Equal(want) || o.State != "due" {
				h.Fatalf("occurrence %d is %v, %s, want %v", i, o.At, o.State, want)
			}
		}
		ids, err := all[0].Store.DueOccurrences(h.Context(), all[0].Account)
		h.must(err)
		if len(ids) != 100 {
			h.Errorf("%d are to be done, want 100", len(ids))
		}
	})
}

// Nobody worked for two weeks: what the rule says happens, to the last one alone.
func TestMissed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		day := func(more config.Schedule) config.Schedule {
			s := config.Schedule{"cron": "30 2 * * *", "zone": "Europe/Berlin", "source": "hr"}
			for key, text := range more {
				s[key] = text
			}
			return s
		}
		h.said = map[string]config.Schedule{
			"run": day(nil), "skip": day(config.Schedule{"missed": "skip"}), "ask": day(config.Schedule{"missed": "ask"}),
			"late": day(config.Schedule{"missed_within": "1h"}), "ever": day(config.Schedule{"missed_within": "0s"}),
			"flood": day(config.Schedule{"cron": "* * * * *"}), "restart": day(config.Schedule{"cron": "58 9 * * *", "missed": "skip"}),
			"paused": day(nil),
		}
		_, s := h.process()
		h.apply(s)
		from := at(h, "2026-03-20 10:00:00", "Europe/Berlin")
		for name := range h.said {
			h.lookedAt(s, name, from)
		}
		h.must(s.Pause(h.Context(), operator, "paused"))
		h.setClock(s, at(h, "2026-04-03 10:00:00", "Europe/Berlin"))
		h.must(s.Tick(h.Context()))
		h.must(s.Resume(h.Context(), operator, "paused"))
		h.must(s.Tick(h.Context()))
		for name, want := range map[string]map[string]int{
			"run": {"skipped missed": 13, "due": 1}, "skip": {"skipped missed": 14}, "ask": {"skipped missed": 13, "asks missed": 1},
			"late": {"skipped missed": 14}, "ever": {"skipped missed": 13, "due": 1},
			"flood": {"skipped missed": 99, "due": 1}, "restart": {"skipped missed": 13, "due": 1}, "paused": {},
		} {
			if diff := cmp.Diff(want, states(h.occurrences(s, name))); diff != "" {
				h.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		// People are told of each schedule once, however many times it missed.
		told := map[string]int{}
		events, err := s.Store.UntoldEvents(h.Context(), s.Account, 100)
		h.must(err)
		for _, e := range events {
			told[string(e.What)+" "+e.Name]++
		}
		checkSame(h.T, map[string]int{"missed skip": 1, "missed late": 1, "waiting ask": 1}, told)
		// Whoever is asked says yes or no, once.
		asks, err := s.Asking(h.Context(), "ask")
		h.must(err)
		h.must(s.Decline(h.Context(), operator, "ask", asks.ID))
		if err := s.Agree(h.Context(), operator, "ask", asks.ID, 0); err == nil {
			h.Error("what was declined was agreed to")
		}
		if asks, err = s.Asking(h.Context(), "ask"); asks != nil || err != nil {
			h.Errorf("%v is still asked, %v", asks, err)
		}
	})
}

// A clock that is set back, or far ahead and back, makes nothing twice and loses
// nothing that comes after.
func TestClock(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["often"] = config.Schedule{"cron": "*/10 * * * *", "zone": "Europe/Berlin", "source": "hr"}
		_, s := h.process()
		h.apply(s)
		h.lookedAt(s, "often", at(h, "2026-05-04 09:00:00", "Europe/Berlin"))
		for _, moment := range []string{
			"2026-05-04 09:10:01", "2026-05-04 09:20:01", "2026-05-04 08:20:01", "2026-05-04 08:30:02", "2026-05-04 09:10:05", "2026-05-04 09:30:05",
			"2026-05-05 09:30:05", "2026-05-04 09:40:05", "2026-05-04 09:50:05", "2026-05-04 10:00:05",
		} {
			h.setClock(s, at(h, moment, "Europe/Berlin"))
			h.must(s.Tick(h.Context()))
			h.must(s.Tick(h.Context()))
		}
		seen := map[string]bool{}
		for _, o := range h.occurrences(s, "often") {
			if seen[o.Local] {
				h.Errorf("%s is there twice", o.Local)
			}
			seen[o.Local] = true
		}
		for _, want := range []string{"09:10", "09:20", "09:30", "09:40", "09:50", "10:00"} {
			if !seen["2026-05-04T"+want] {
				h.Errorf("%s was lost", want)
			}
		}
	})
}

// A list is fetched, checked and invited; what is not new is left alone, and what is
// more than the limit waits for a yes.
func TestSource(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["nightly"] = config.Schedule{"cron": "30 2 1 1 *", "zone": "UTC", "source": "hr", "max_people": "5", "name": "new of {date}"}
		svc, s := h.process()
		h.apply(s)
		h.work(svc, s)
		// Each by itself, as an occurrence by hand is named by its second.
		run := func() schedule.Occurrence {
			h.Helper()
			o, err := s.Run(h.Context(), operator, "nightly")
			h.must(err)
			h.until("an occurrence", func() bool {
				all := h.occurrences(s, "nightly")
				i := slices.IndexFunc(all, func(one schedule.Occurrence) bool { return one.ID == o.ID })
				o = all[i]
				return o.State != "due"
			})
			time.Sleep(1100 * time.Millisecond) // an occurrence by hand is named by its second
			return o
		}
		if o := run(); o.State != "done" || o.Why != schedule.WhyNothing || o.Batch != 0 {
			h.Errorf("nobody was there: %+v", o)
		}
		h.hire(1, 4)
		o := run()
		if o.State != "done" || o.Batch == 0 || o.Why != "" {
			h.Fatalf("four were there: %+v", o)
		}
		b, err := svc.Batch(h.Context(), o.Batch)
		h.must(err)
		if !strings.HasPrefix(b.Name, "new of 20") || b.Counts.Total() != 4 {
			h.Errorf("batch %q with %v", b.Name, b.Counts)
		}
		h.hire(5, 12)
		if o = run(); o.State != "asks" || o.People != 8 {
			h.Fatalf("eight were there: %+v", o)
		}
		if err := s.Agree(h.Context(), operator, "nightly", o.ID, 7); err == nil {
			h.Error("it was agreed to fewer than there are")
		}
		h.must(s.Agree(h.Context(), operator, "nightly", o.ID, 8))
		h.until("the batch", func() bool {
			all := h.occurrences(s, "nightly")
			o = all[len(all)-1]
			return o.State == "done" && o.Batch > 0
		})
		h.until("the sessions", func() bool { return len(h.api.Sessions()) == 12 })
		acts, err := svc.Acts(h.Context(), batch.ActFilter{Limit: 100})
		h.must(err)
		if !slices.ContainsFunc(acts, func(a batch.Act) bool { return a.Act == "import" && a.Actor == "nightly" && a.Way == batch.WaySchedule }) {
			h.Errorf("no act tells that the schedule imported: %v", acts)
		}
	})
}

// While the batch before is not over the next occurrence is left out, or waits, and
// those after it are left out.
func TestOverlap(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said = map[string]config.Schedule{
			"skip": {"cron": "0 * * * *", "zone": "UTC", "source": "hr"},
			"wait": {"cron": "0 * * * *", "zone": "UTC", "source": "hr", "overlap": "wait"},
		}
		svc, s := h.process()
		h.apply(s)
		for _, name := range []string{"skip", "wait"} {
			from := at(h, "2026-05-04 09:30:00", "UTC")
			h.lookedAt(s, name, from)
			for hour := 1; hour <= 3; hour++ {
				h.setClock(s, from.Add(time.Duration(hour)*time.Hour-29*time.Minute))
				h.must(s.Tick(h.Context()))
			}
			all := h.occurrences(s, name)
			for i, want := range map[string][]bool{"skip": {false, true, true}, "wait": {false, false, true}}[name] {
				if i == 0 {
					continue // it would begin
				}
				_, err := s.Occur(h.Context(), all[i].ID)
				h.must(err)
				if got := h.occurrences(s, name)[i]; (got.State == "skipped") != want || want && got.Why != schedule.WhyOverlap {
					h.Errorf("%s: the one %d hours later is %s %s", name, i, got.State, got.Why)
				}
			}
		}
		// What waits is done when the one before is over.
		h.hire(1, 3)
		h.work(svc, s)
		h.until("both", func() bool { return states(h.occurrences(s, "wait"))["due"] == 0 })
		h.until("the sessions", func() bool { return len(h.api.Sessions()) == 3 })
	})
}

// What usher.yaml says counts after it was applied, and what was done is not done again
// by a schedule that comes back.
func TestApply(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["a"] = config.Schedule{"cron": "0 9 * * *", "zone": "UTC", "source": "hr"}
		h.said["b"] = config.Schedule{"cron": "0 9 * * *", "zone": "UTC", "source": "hr"}
		_, s := h.process()
		checkSame(h.T, []string{"make a", "make b"}, h.apply(s))
		checkSame(h.T, []string(nil), h.apply(s))
		from := at(h, "2026-05-04 08:00:00", "UTC")
		h.lookedAt(s, "a", from)
		h.setClock(s, from.Add(time.Hour+time.Second))
		h.must(s.Tick(h.Context()))

		h.said["b"] = config.Schedule{"cron": "0 10 * * *", "zone": "UTC", "source": "hr", "overlap": "wait"}
		delete(h.said, "a")
		_, s = h.process()
		plan, err := s.Plan(h.Context())
		h.must(err)
		checkSame(h.T, []schedule.Difference{
			{Name: "a", What: schedule.Remove, Changes: []schedule.Change{}},
			{Name: "b", What: schedule.Alter, Changes: []schedule.Change{{Key: "cron", Was: "0 9 * * *", Is: "0 10 * * *"}, {Key: "overlap", Is: "wait"}}},
		}, plan)
		h.must(s.Apply(h.Context(), operator, plan))
		if err := s.Apply(h.Context(), operator, plan); err == nil {
			h.Error("it was applied twice")
		}
		h.said["a"] = config.Schedule{"cron": "0 9 * * *", "zone": "UTC", "source": "hr"}
		_, s = h.process()
		checkSame(h.T, []string{"make a"}, h.apply(s))
		h.lookedAt(s, "a", from)
		h.setClock(s, from.Add(time.Hour+time.Minute))
		h.must(s.Tick(h.Context()))
		if got := h.occurrences(s, "a"); len(got) != 1 {
			h.Errorf("a schedule that came back did it again: %v", got)
		}

		h.said["c"] = config.Schedule{"cron": "0 0 9 * * *", "zone": "Mars", "source": "payroll", "missed": "never", "max_people": "-1"}
		_, s = h.process()
		_, err = s.Plan(h.Context())
		if err == nil {
			h.Fatal("a schedule that cannot be used was planned")
		}
		for _, want := range []string{"schedule c cannot be used", "zone: there is no time zone", "no source \"payroll\"", "missed: it cannot be", "max_people: it is no number"} {
			if !strings.Contains(err.Error(), want) {
				h.Errorf("%v: want %q", err, want)
			}
		}
	})
}

func checkSame(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file is fetched, and not again while its server says that it is the same; one that
// is not imported is.
func TestURL(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		var mu sync.Mutex
		list, asked := "first_name,last_name,email,phone\nAnn,Lee,ann@example.com,+447700900001\n", 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			tag := fmt.Sprintf(`"%d"`, len(list))
			switch {
			case r.URL.Path == "/gone.csv":
				http.NotFound(w, r)
			case r.Header.Get("If-None-Match") == tag:
				w.WriteHeader(http.StatusNotModified)
			default:
				w.Header().Set("ETag", tag)
				fmt.Fprint(w, list)
			}
		}))
		defer server.Close()
		h.said["web"] = config.Schedule{"cron": "30 2 1 1 *", "zone": "UTC", "url": server.URL + "/list.csv"}
		h.said["gone"] = config.Schedule{"cron": "30 2 1 1 *", "zone": "UTC", "url": server.URL + "/gone.csv"}
		svc, s := h.process()
		h.apply(s)
		h.work(svc, s)
		for i, want := range []string{"done", "done nothing_new", "done"} {
			if i == 2 {
				mu.Lock()
				list += "Bob,Ray,bob@example.com,+447700900002\n"
				mu.Unlock()
			}
			_, err := s.Run(h.Context(), operator, "web")
			h.must(err)
			var last schedule.Occurrence
			h.until("an occurrence", func() bool {
				all := h.occurrences(s, "web")
				last = all[len(all)-1]
				return len(all) == i+1 && last.State != "due"
			})
			if got := strings.TrimSpace(last.State + " " + last.Why); got != want {
				h.Errorf("run %d: %s %s, want %s", i, got, last.Words, want)
			}
			time.Sleep(1100 * time.Millisecond) // an occurrence by hand is named by its second
		}
		h.until("the sessions", func() bool { return len(h.api.Sessions()) == 2 })
		o, err := s.Run(h.Context(), operator, "gone")
		h.must(err)
		again, err := s.Occur(h.Context(), o.ID)
		h.must(err)
		if again == 0 {
			h.Error("what could not be fetched once is not fetched again")
		}
		for range 3 {
			_, err = s.Occur(h.Context(), o.ID)
			h.must(err)
		}
		all := h.occurrences(s, "gone")
		if got := all[0]; got.State != "failed" || !strings.Contains(got.Words, "status 404") || strings.Contains(got.Words, server.URL) {
			h.Errorf("%+v", got)
		}
	})
}

func TestKeysAreThoseOfTheSettings(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(slices.Values(config.ScheduleKeys))
	checkSame(t, want, slices.Sorted(slices.Values(schedule.Keys())))
}
