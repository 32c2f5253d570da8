package schedule_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule"
	"usher/store"
)

// examined is what the doctor finds, a line each; a problem begins with !.
func (h *house) examined() string {
	h.Helper()
	svc, err := batch.Open(h.Context(), h.config(), batch.Options{Command: "doctor", Look: true, Profiles: filepath.Join(h.TempDir(), "none")})
	h.must(err)
	defer svc.Close()
	var lines strings.Builder
	for _, f := range schedule.Examine(h.Context(), svc) {
		if f.Err == nil {
			lines.WriteString(f.What + ": " + f.Note + "\n")
			continue
		}
		if f.Hint == "" {
			h.Errorf("%s: %v: no next step", f.What, f.Err)
		}
		lines.WriteString("!" + f.What + ": " + f.Err.Error() + " (" + f.Hint + ")\n")
	}
	return lines.String()
}

func (h *house) finds(want ...string) {
	h.Helper()
	got := h.examined()
	for _, w := range want {
		if !strings.Contains(got, w) {
			h.Errorf("%q is not in:\n%s", w, got)
		}
	}
	if strings.Contains(got, "pass-word") || strings.Contains(got, "\n ") {
		h.Errorf("a secret is in it, or a line is broken:\n%s", got)
	}
}

// What is said of schedules and does not count, and what cannot be used.
func TestDoctorOfWhatIsSaid(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		if got := h.examined(); got != "" {
			h.Errorf("without schedules: %s", got)
		}
		daily := config.Schedule{"cron": "@daily", "zone": "Europe/Berlin", "source": "hr"}
		h.said["nightly"] = daily
		h.finds("!schedule nightly: it stands in usher.yaml and does not count yet ('usher schedule apply'")
		apply := func() (s *schedule.Service) {
			_, s = h.process()
			h.apply(s)
			return s
		}
		apply()
		h.finds("schedules: 1 schedule counts; the next is nightly, on ", "; no process keeps schedules at this moment")
		if got := h.examined(); strings.Contains(got, "!") {
			h.Errorf("all is well: %s", got)
		}
		h.said["nightly"] = config.Schedule{"cron": "@daily", "zone": "UTC", "source": "hr", "max_people": "5"}
		h.said["broken"] = config.Schedule{"cron": "1 2 3", "url": "https://ann:pass-word@example.com/list", "zone": "Mars/One"}
		h.said["elsewhere"] = config.Schedule{"cron": "@daily", "zone": "UTC", "url_file": "/none/pass-word", "mapping": "vendor"}
		h.finds("!schedule nightly: usher.yaml says otherwise than what counts: max_people, zone",
			"!schedule broken: in usher.yaml: the schedule broken cannot be used: ", "there is no time zone \"Mars/One\"", "it has a password in it")
		delete(h.said, "broken")
		apply()
		h.finds("!schedule elsewhere: mapping: ", "save-profile vendor", "!schedule elsewhere: url_file: the file that url_file names cannot be read")
		delete(h.said, "elsewhere")
		h.finds("!schedule elsewhere: it counts, and usher.yaml does not have it any more")
		s := apply()
		for name, spec := range map[string]string{
			"paged":  `{"cron":"@daily","zone":"UTC","source":"payroll"}`,
			"zoned":  `{"cron":"@daily","zone":"Mars/One","source":"hr"}`,
			"mangle": `{`,
		} {
			h.must(s.Store.InTx(h.Context(), func(tx *store.Tx) error {
				_, err := tx.PutSchedule(h.Context(), s.Account, name, store.OriginPage, spec)
				return err
			}))
		}
		h.said["paged"] = daily
		h.finds(`!schedule paged: the schedule paged cannot be used: source: there is no source "payroll"`, "its page",
			"!schedule zoned: the schedule zoned cannot be used: zone: there is no time zone", "!schedule mangle: what was said of a schedule cannot be read",
			"!schedule paged: it was made on a page, and usher.yaml has another one of this name")
		h.must(s.Pause(h.Context(), operator, "nightly"))
		h.finds("schedules: 1 schedule counts; 1 is paused;")
	})
}

// How the last times went, and what waits for somebody.
func TestDoctorOfWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.hire(1, 3)
		for name, texts := range map[string]config.Schedule{
			"left": {"missed": "skip"}, "asking": {"missed": "ask"}, "many": {"max_people": "2"}, "failing": {"source": "", "url": "http://127.0.0.1:1/list"},
		} {
			all := config.Schedule{"cron": "0 0 1 1 *", "zone": "UTC", "source": "hr"}
			for key, text := range texts {
				all[key] = text
			}
			h.said[name] = all
		}
		svc, s := h.process()
		h.apply(s)
		for _, name := range []string{"left", "asking"} {
			h.lookedAt(s, name, time.Now().AddDate(-2, 0, 0))
		}
		h.finds("!schedule left: it has been due since ", "and no process does it (start 'usher work' or 'usher serve'")
		h.must(s.Tick(h.Context()))
		h.finds("!schedule left: its last time, ", "was missed: nobody worked when it was due (keep 'usher work'", "'usher schedule run left' makes up for it",
			"!schedule asking: ", "waits for a yes: nobody worked when it was due; shall it be done now? ('usher schedule run asking'")
		if got := h.examined(); strings.Contains(got, "!schedule asking: its last time") {
			h.Errorf("one that asks, and the one before it: %s", got)
		}
		for _, name := range []string{"many", "failing"} {
			_, err := s.Run(h.Context(), operator, name)
			h.must(err)
		}
		h.finds("!schedule many: it has been due since ", "!schedule failing: it has been due since ")
		stop := h.workFor(svc, s)
		h.until("it asks", func() bool { return h.occurrences(s, "many")[0].State == string(store.OccurrenceAsks) })
		id := h.occurrences(s, "failing")[0].ID
		h.until("it failed", func() bool {
			_, err := s.Occur(h.Context(), id)
			h.must(err)
			return h.occurrences(s, "failing")[0].State == string(store.OccurrenceFailed)
		})
		h.finds("!schedule many: ", "waits for a yes: 3 people would be invited, more than max_people",
			"!schedule failing: its last time, ", "failed, and nobody was invited ('usher schedule show failing' says why")
		stop()
		if got := h.examined(); strings.Contains(got, "it has been due since") {
			h.Errorf("nothing is due: %s", got)
		}
	})
}

// workFor has a process keep schedules and work until stop is called.
func (h *house) workFor(svc *batch.Service, s *schedule.Service) (stop func()) {
	h.Helper()
	s.WorkBeside()
	ctx, cancel := context.WithCancel(h.Context())
	done := make(chan error, 1)
	go func() { done <- svc.Work(ctx) }()
	return func() {
		cancel()
		h.must(<-done)
	}
}

// Without a database usher.yaml is looked at all the same, and none is made.
func TestDoctorWithoutADatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.db")
	h := newHouse(t, "sqlite:"+path)
	h.said["nightly"] = config.Schedule{"cron": "@daily", "zone": "Europe/Berlin", "source": "hr"}
	h.finds("!schedule nightly: it stands in usher.yaml and does not count yet")
	if all, err := filepath.Glob(path + "*"); err != nil || len(all) > 0 {
		t.Errorf("there is %q now, %v", all, err)
	}
}
