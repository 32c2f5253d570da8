package schedule_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/schedule"
)

// draftOf is a draft that is right.
func draftOf(name string, revision int, cron string) schedule.Draft {
	return schedule.Draft{Name: name, Revision: revision, Texts: map[string]string{"cron": cron, "zone": "Europe/Berlin", "source": "hr"}}
}

// Of several who make or change the same at once, in several processes, one does; the
// others are told. usher.yaml and pages leave each other's alone.
func TestSave(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.said["file"] = config.Schedule{"cron": "@daily", "zone": "UTC", "source": "hr"}
		var all []*schedule.Service
		for range 3 {
			_, s := h.process()
			all = append(all, s)
		}
		s := all[0]
		h.apply(s)
		race := func(revision int) (saved, refused int64) {
			var wait sync.WaitGroup
			for i := range 12 {
				wait.Go(func() {
					ok, err := all[i%3].Save(h.Context(), operator, draftOf("page", revision, fmt.Sprintf("%d 9 * * *", revision*20+i)))
					var taken *schedule.SpecError
					var changed *schedule.ChangedError
					switch {
					case ok:
						atomic.AddInt64(&saved, 1)
					case revision == 0 && errors.As(err, &taken), revision > 0 && errors.As(err, &changed):
						atomic.AddInt64(&refused, 1)
					default:
						h.Errorf("revision %d: %v, %v", revision, ok, err)
					}
				})
			}
			wait.Wait()
			return saved, refused
		}
		for revision := range 2 {
			if saved, refused := race(revision); saved != 1 || refused != 11 {
				h.Errorf("revision %d: %d saved, %d refused", revision, saved, refused)
			}
		}
		if what := h.apply(s); len(what) != 0 {
			h.Errorf("applying what usher.yaml says changed %v", what)
		}
		_, err := s.Save(h.Context(), operator, draftOf("file", 0, "@hourly"))
		var wrong *schedule.SpecError
		if !errors.As(err, &wrong) || wrong.Flaws[0].Key != schedule.NameKey {
			h.Errorf("a page took a name of usher.yaml: %v", err)
		}
		if _, err := s.Save(h.Context(), operator, draftOf("file", 1, "@hourly")); batch.Hint(err) == "" {
			h.Errorf("a page changed one of usher.yaml: %v", err)
		}
		if _, err := s.Save(h.Context(), batch.Actor{}, draftOf("nobodys", 0, "@hourly")); err == nil {
			h.Error("nobody made a schedule")
		}
		if err := s.Remove(h.Context(), operator, "file", 1); batch.Hint(err) == "" {
			h.Errorf("a page removed one of usher.yaml: %v", err)
		}
		var changed *schedule.ChangedError
		if err := s.Remove(h.Context(), operator, "page", 1); !errors.As(err, &changed) {
			h.Errorf("one was removed that had changed: %v", err)
		}
		h.must(s.Remove(h.Context(), operator, "page", 2))
		var missing *schedule.MissingError
		if err := s.Remove(h.Context(), operator, "page", 2); !errors.As(err, &missing) {
			h.Errorf("it was removed twice: %v", err)
		}
	})
}

// Whoever presses a button twice has a schedule run once; whoever looks again may run it
// again.
func TestRunSince(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		_, s := h.process()
		_, err := s.Save(h.Context(), operator, draftOf("page", 0, "@daily"))
		h.must(err)
		now := at(h, "2026-03-29 01:59:58", "Europe/Berlin")
		run := func(seen int64) (schedule.Occurrence, error) {
			h.setClock(s, now)
			now = now.Add(2e9) // so that its name is another one
			return s.RunSince(h.Context(), operator, "page", seen)
		}
		first, err := run(0)
		h.must(err)
		if _, err := run(0); batch.Hint(err) == "" {
			h.Errorf("pressed twice: %v", err)
		}
		second, err := run(first.ID)
		h.must(err)
		if _, err := run(math.MaxInt64); err != nil || second.ID == first.ID {
			h.Errorf("asked for by somebody who saw nothing: %v", err)
		}
		if n := len(h.occurrences(s, "page")); n != 3 {
			h.Errorf("%d occurrences, want 3", n)
		}
	})
}

// The times to come are those that will be, by the clock of the zone; what cannot be
// read is told by its key.
func TestPreview(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/usher.db")
	_, s := h.process()
	h.setClock(s, at(h, "2026-03-28 12:00:00", "Europe/Berlin"))
	got, err := s.Preview(h.Context(), "30 2 * * *", "Europe/Berlin", 2)
	h.must(err)
	var shown []string
	for _, t := range got {
		shown = append(shown, t.Format("2006-01-02 15:04 -07:00"))
	}
	if want := []string{"2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00"}; !slices.Equal(shown, want) {
		t.Errorf("%v, want %v", shown, want)
	}
	for _, c := range []struct{ cron, zone, key string }{{"x", "UTC", "cron"}, {"@daily", "Mars", "zone"}, {"@daily", "", "zone"}, {"0 0 31 2 *", "UTC", "cron"}} {
		_, err := s.Preview(h.Context(), c.cron, c.zone, 5)
		var wrong *schedule.SpecError
		if !errors.As(err, &wrong) || wrong.Flaws[0].Key != c.key || wrong.Flaws[0].Fix == "" {
			t.Errorf("%q in %q: %v", c.cron, c.zone, err)
		}
	}
}

// A server that a list is fetched from does not send the fetcher on to services of its
// own machine.
func TestFetchStaysOutside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		may      bool
	}{
		{"https://hr.example/", "https://files.example/", true}, {"http://127.0.0.1:1/", "http://127.0.0.1:2/", true},
		{"https://hr.example/", "http://files.example/", false}, {"https://hr.example/", "http://127.0.0.1:8500/", false},
		{"https://hr.example/", "https://localhost/", false}, {"https://hr.example/", "https://[::1]/", false},
	} {
		if err := schedule.SendsOn(c.from, c.to); (err == nil) != c.may {
			t.Errorf("from %s to %s: %v", c.from, c.to, err)
		}
	}
}
