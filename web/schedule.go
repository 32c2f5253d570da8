package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"usher/batch"
	"usher/schedule"
)

// occurrencesShown is how many occurrences the page of a schedule lists, and
// timesShown how many times to come.
const (
	occurrencesShown = 100
	timesShown       = 5
)

// schedulePage is what the page of a schedule shows.
type schedulePage struct {
	scheduleView
	Times  []string // the next ones
	Said   []saidGroup
	Failed failure // why nothing was done; empty if it was
}

// Most is how many people are invited without a yes, in words; empty if there is no limit.
func (p schedulePage) Most() string {
	n, _ := strconv.Atoi(p.Settings["max_people"])
	if n == 0 {
		return ""
	}
	return batch.Counted(n, "person", "people")
}

// Listed are its last occurrences.
func (p schedulePage) Listed() []occurrenceView { return occurrenceViews(p.Occurrences) }

// Full reports whether there may be more than those.
func (p schedulePage) Full() bool { return len(p.Occurrences) >= occurrencesShown }

// Seen is the newest occurrence that is shown, for a button that is pressed twice.
func (p schedulePage) Seen() (id int64) {
	for _, o := range p.Occurrences {
		id = max(id, o.ID)
	}
	return id
}

func (h *Handler) schedulePageOf(ctx context.Context, name string) (schedulePage, error) {
	one, err := h.schedules.Schedule(ctx, name, occurrencesShown)
	if err != nil {
		return schedulePage{}, err
	}
	asking, err := h.schedules.AllAsking(ctx)
	if err != nil {
		return schedulePage{}, err
	}
	workers, err := h.svc.Workers(ctx)
	p := schedulePage{
		scheduleView: scheduleView{Schedule: one, Asks: occurrenceViews(asking[name]), Idle: len(workers) == 0, now: time.Now()},
		Said:         h.said(one.Settings),
	}
	if one.Wrong == "" && one.PausedAt == nil {
		p.Times, _ = h.timesOf(ctx, one.Settings) // what is wrong with it is told elsewhere
	}
	return p, err
}

func (h *Handler) schedule(w http.ResponseWriter, r *http.Request) error {
	return h.showSchedule(w, r, nil)
}

// showSchedule shows a schedule, and why nothing was done to it.
func (h *Handler) showSchedule(w http.ResponseWriter, r *http.Request, wrong error) error {
	var missing *schedule.MissingError
	if errors.As(wrong, &missing) {
		return wrong
	}
	p, err := h.schedulePageOf(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	shown := page{Title: "Schedule " + p.Name, Section: "schedules", Refresh: 15}
	if wrong != nil {
		p.Failed, _ = failureOf(wrong)
		p.Failed.Words, shown.Refresh = sentence(p.Failed.Words), 0
		if shown.Status = p.Failed.Status; shown.Status != http.StatusConflict {
			return wrong
		}
	}
	shown.Data = p
	h.show(w, r, "schedule", shown)
	return nil
}

// scheduleLive tells of a schedule that is there.
func (h *Handler) scheduleLive(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	if _, err := h.schedules.Schedule(r.Context(), name, 1); err != nil {
		return err
	}
	return h.live.serve(w, r, liveKey{page: "schedule", schedule: name, operator: true})
}

func (l *live) fillSchedule(ctx context.Context, name string, e *liveEvent) error {
	p, err := l.h.schedulePageOf(ctx, name)
	var missing *schedule.MissingError
	if errors.As(err, &missing) {
		e.Now = "removed" // whoever watches it asks again, and is told
		return nil
	}
	if err != nil {
		return err
	}
	e.Now = strconv.Itoa(p.Revision)
	if len(p.Asks) > 0 {
		e.Said = batch.Counted(len(p.Asks), "time waits", "times wait") + " for a yes"
	}
	e.Live, err = l.h.part("schedulenow", p)
	return err
}

// onSchedule makes a route of something that is done to a schedule.
func (h *Handler) onSchedule(done string, do func(r *http.Request, by batch.Actor, name string) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		name := r.PathValue("name")
		if err := do(r, visitorOf(r).actor(), name); err != nil {
			return h.showSchedule(w, r, err)
		}
		return to(w, r, schedulePath(name), done)
	}
}

// schedulePath is the page of a schedule, whose name is a plain word.
func schedulePath(name string) string { return "/schedules/" + name }

func (h *Handler) pauseSchedule(r *http.Request, by batch.Actor, name string) error {
	return h.schedules.Pause(r.Context(), by, name)
}

func (h *Handler) resumeSchedule(r *http.Request, by batch.Actor, name string) error {
	return h.schedules.Resume(r.Context(), by, name)
}

func (h *Handler) runSchedule(r *http.Request, by batch.Actor, name string) error {
	seen, err := formNumber(r, "seen")
	if err == nil {
		_, err = h.schedules.RunSince(r.Context(), by, name, seen)
	}
	return err
}

func (h *Handler) agreeToOccurrence(r *http.Request, by batch.Actor, name string) error {
	id, err := formNumber(r, "occurrence")
	if err != nil {
		return err
	}
	people, err := formNumber(r, "people")
	if err != nil || people > math.MaxInt32 {
		return errNotOfPage
	}
	return h.schedules.Agree(r.Context(), by, name, id, int(people))
}

func (h *Handler) declineOccurrence(r *http.Request, by batch.Actor, name string) error {
	id, err := formNumber(r, "occurrence")
	if err != nil {
		return err
	}
	return h.schedules.Decline(r.Context(), by, name, id)
}

// formNumber is a number of a form that the page itself put there.
func formNumber(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PostFormValue(name), 10, 64)
	if err != nil || n < 0 {
		return 0, errNotOfPage
	}
	return n, nil
}

var errNotOfPage = &batch.RequestError{Wrong: "What was sent is not of this page, so nothing was done", Fix: "Open the page again and press the button there."}

// askRemoveSchedule says what comes of removing a schedule.
func (h *Handler) askRemoveSchedule(w http.ResponseWriter, r *http.Request) error {
	p, err := h.schedulePageOf(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	h.show(w, r, "scheduleremove", page{Title: "Remove the schedule " + p.Name, Section: "schedules", Data: p})
	return nil
}

func (h *Handler) removeSchedule(w http.ResponseWriter, r *http.Request) error {
	revision, err := formNumber(r, "revision")
	if err == nil {
		err = h.schedules.Remove(r.Context(), visitorOf(r).actor(), r.PathValue("name"), int(revision))
	}
	if err != nil {
		return h.showSchedule(w, r, err)
	}
	return to(w, r, "/schedules", "schedule-removed")
}
