package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher/batch"
	"usher/schedule"
)

// scheduleList is what the page of schedules shows. All of it is watched live.
type scheduleList struct {
	Schedules []scheduleView
	Asking    int  // how many occurrences wait for a yes
	Idle      bool // no process works, so nothing is due
	// Unapplied is what usher.yaml says otherwise than what counts, or why it cannot be
	// used, a line each.
	Unapplied []string
}

// scheduleView is a schedule as pages show it.
type scheduleView struct {
	schedule.Schedule
	Asks []occurrenceView // those that wait for a yes, the first first
	Idle bool             // no process works
	now  time.Time
}

// schedulesNow are all schedules as they stand.
func (h *Handler) schedulesNow(ctx context.Context) (scheduleList, error) {
	all, err := h.schedules.Schedules(ctx)
	if err != nil {
		return scheduleList{}, err
	}
	asking, err := h.schedules.AllAsking(ctx)
	if err != nil {
		return scheduleList{}, err
	}
	workers, err := h.svc.Workers(ctx)
	l := scheduleList{Schedules: make([]scheduleView, len(all)), Idle: len(workers) == 0}
	for i, one := range all {
		l.Schedules[i] = scheduleView{Schedule: one, Asks: occurrenceViews(asking[one.Name]), now: time.Now()}
		l.Asking += len(l.Schedules[i].Asks)
	}
	return l, err
}

func (h *Handler) showSchedules(w http.ResponseWriter, r *http.Request) error {
	l, err := h.schedulesNow(r.Context())
	if err != nil {
		return err
	}
	l.Unapplied = h.unapplied(r.Context())
	h.show(w, r, "schedules", page{Title: "Schedules", Section: "schedules", Refresh: 15, Data: l})
	return nil
}

// unapplied is what usher.yaml said of schedules when this process began, and does not
// count.
func (h *Handler) unapplied(ctx context.Context) (all []string) {
	plan, err := h.schedules.Plan(ctx)
	if err != nil && batch.Hint(err) != "" {
		return strings.Split(err.Error(), "\n")
	}
	for _, d := range plan {
		all = append(all, d.What+" "+d.Name)
	}
	return all
}

func (h *Handler) schedulesLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{page: "schedules", operator: true})
}

// toldSchedules is what the live page of schedules was told last. With hundreds of schedules a
// look takes a good part of a second (300 with 200 occurrences each: 0.2 to 0.5 s on
// SQLite), so they get a tenth of the time at the most. Only the reader of live pages
// has it.
type toldSchedules struct {
	event liveEvent
	until time.Time
}

func (l *live) fillSchedules(ctx context.Context, e *liveEvent) error {
	begun := time.Now()
	if begun.Before(l.told.until) {
		e.Said, e.Live = l.told.event.Said, l.told.event.Live
		return nil
	}
	all, err := l.h.schedulesNow(ctx)
	if err != nil {
		return err
	}
	if all.Asking > 0 {
		e.Said = batch.Counted(all.Asking, "time waits", "times wait") + " for a yes"
	}
	if e.Live, err = l.h.part("schedulesnow", all); err == nil {
		l.told = toldSchedules{*e, time.Now().Add(10 * time.Since(begun))}
	}
	return err
}

// FromPage reports whether it was made on a page, and can be changed on one.
func (v scheduleView) FromPage() bool { return v.Origin == "page" }

// From is where the list comes from, in words.
func (v scheduleView) From() string {
	for key, words := range map[string]string{"source": "database " + v.Settings["source"], "folder": "a folder", "url": "a file at an address", "url_file": "a file at an address"} {
		if v.Settings[key] != "" {
			return words
		}
	}
	return ""
}

// Flaws are why it cannot be used, a sentence each.
func (v scheduleView) Flaws() (all []string) {
	if v.Wrong == "" {
		return nil
	}
	lines := strings.Split(v.Wrong, "\n")
	if len(lines) > 1 {
		lines = lines[1:] // the first says which schedule it is
	}
	for _, line := range lines {
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

// NextAt is when it is due next, by the clock of its zone.
func (v scheduleView) NextAt() string { return zoned(*v.Next) }

// NextIn is how long that is from now.
func (v scheduleView) NextIn() string { return inWords(v.Next.Sub(v.now)) }

// LastView is its last occurrence. There is one if Last is not nil.
func (v scheduleView) LastView() occurrenceView { return occurrenceView{*v.Last} }

// zoned is a time by the clock of its zone, with the offset from UTC.
func zoned(t time.Time) string { return t.Format("Mon 2 Jan 2006, 15:04 -07:00") }

// inWords is how long something is from now, no finer than it needs to be.
func inWords(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "in less than a minute"
	case d < 90*time.Minute:
		return "in " + batch.Counted(int(d.Round(time.Minute)/time.Minute), "minute", "minutes")
	case d < 36*time.Hour:
		return "in " + batch.Counted(int(d.Round(time.Hour)/time.Hour), "hour", "hours")
	}
	return "in " + batch.Counted(int(d.Round(day)/day), "day", "days")
}

// occurrenceView is an occurrence as pages show it.
type occurrenceView struct{ schedule.Occurrence }

func occurrenceViews(all []schedule.Occurrence) []occurrenceView {
	views := make([]occurrenceView, len(all))
	for i, o := range all {
		views[i] = occurrenceView{o}
	}
	return views
}

// When is when it was due, by the clock of its schedule's zone.
func (o occurrenceView) When() string { return zoned(o.At) }

var occurrenceNames = map[string]string{
	"due": "is due", "asks": "waits for a yes", "done": "done", "skipped": "left out", "failed": "failed",
}

// StateName is its state for people.
func (o occurrenceView) StateName() string { return occurrenceNames[o.State] }

// Class is how its state looks.
func (o occurrenceView) Class() string {
	return map[string]string{"due": "running", "asks": "paused", "done": "finished", "failed": "failed"}[o.State]
}

// Links are the batches that it made, or found to be the same.
func (o occurrenceView) Links() []int64 {
	if len(o.Batches) > 0 {
		return o.Batches
	}
	if o.Batch == 0 {
		return nil
	}
	return []int64{o.Batch}
}

// People are how many of its batch are invited so far; empty if there is none.
func (o occurrenceView) People() string {
	if o.Counts == nil {
		return ""
	}
	return fmt.Sprintf("%s of %s invited", batch.Thousands(o.Counts[batch.Invited]), batch.Counted(o.Counts.Total(), "row", "rows"))
}

// Reason is why it is as it is, for people; may be empty.
func (o occurrenceView) Reason() string {
	switch o.Why {
	case schedule.WhyMaxPeople:
		return fmt.Sprintf("%s would be invited, which is more than the schedule may invite without a yes", batch.Counted(o.Occurrence.People, "person", "people"))
	case schedule.WhyMissed:
		return "nobody worked when it was due"
	}
	return pageWords(o.WhyWords())
}

// Yes is what the button says that agrees to it.
func (o occurrenceView) Yes() string {
	if o.Occurrence.People > 0 {
		return "Yes, invite " + batch.Counted(o.Occurrence.People, "person", "people")
	}
	return "Yes, do it now"
}

// askView is an occurrence that asks, with the schedule that it is of.
type askView struct {
	occurrenceView
	Name string
}

func askOf(name string, o occurrenceView) askView { return askView{o, name} }
