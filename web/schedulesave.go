package web

import (
	"errors"
	"net/http"

	"usher/schedule"
)

func (h *Handler) newSchedule(w http.ResponseWriter, r *http.Request) error {
	return h.showForm(w, r, http.StatusOK, h.formOf(r.Context(), schedule.Draft{}, nil))
}

func (h *Handler) showForm(w http.ResponseWriter, r *http.Request, status int, f scheduleForm) error {
	title := "Make a schedule"
	if f.Revision > 0 {
		title = "Change the schedule " + f.Name
	}
	h.show(w, r, "scheduleform", page{Status: status, Title: title, Section: "schedules", Data: f})
	return nil
}

// scheduleNext shows a form again as it was typed, with the next times.
func (h *Handler) scheduleNext(w http.ResponseWriter, r *http.Request) error {
	return h.showForm(w, r, http.StatusOK, h.formOf(r.Context(), draft(r), nil))
}

func (h *Handler) makeSchedule(w http.ResponseWriter, r *http.Request) error {
	d := draft(r)
	d.Revision = 0
	return h.saveSchedule(w, r, d)
}

// editSchedule shows the form of a schedule that was made on a page.
func (h *Handler) editSchedule(w http.ResponseWriter, r *http.Request) error {
	one, err := h.schedules.Schedule(r.Context(), r.PathValue("name"), 1)
	if err != nil {
		return err
	}
	if v := (scheduleView{Schedule: one}); !v.FromPage() { // its page says where to change it
		http.Redirect(w, r, schedulePath(one.Name), http.StatusSeeOther)
		return nil
	}
	return h.showForm(w, r, http.StatusOK, h.formOf(r.Context(), schedule.Draft{Name: one.Name, Revision: one.Revision, Texts: one.Settings}, nil))
}

// scheduleReview is a page that shows what changes before it does.
type scheduleReview struct {
	schedule.Draft
	Changes []schedule.Change
	Next    nextTimes
}

// changeSchedule shows what would change, and changes it when that was agreed to.
func (h *Handler) changeSchedule(w http.ResponseWriter, r *http.Request) error {
	d := draft(r)
	if d.Revision == 0 {
		return errNotOfPage
	}
	if r.PostFormValue("agreed") != "" {
		return h.saveSchedule(w, r, d)
	}
	changes, err := h.schedules.Review(r.Context(), d)
	switch {
	case err != nil:
		return h.unsaved(w, r, d, err)
	case len(changes) == 0:
		return to(w, r, schedulePath(d.Name), "schedule-same")
	}
	h.show(w, r, "schedulereview", page{Title: "Change the schedule " + d.Name, Section: "schedules",
		Data: scheduleReview{d, inWordsOf(changes), h.nextOf(r.Context(), d.Texts)}})
	return nil
}

func (h *Handler) saveSchedule(w http.ResponseWriter, r *http.Request, d schedule.Draft) error {
	saved, err := h.schedules.Save(r.Context(), visitorOf(r).actor(), d)
	switch {
	case err != nil:
		return h.unsaved(w, r, d, err)
	case !saved:
		return to(w, r, schedulePath(d.Name), "schedule-same")
	case d.Revision == 0:
		return to(w, r, schedulePath(d.Name), "schedule-made")
	}
	return to(w, r, schedulePath(d.Name), "schedule-changed")
}

// unsaved shows the form again, as it was typed, with why it was not saved.
func (h *Handler) unsaved(w http.ResponseWriter, r *http.Request, d schedule.Draft, err error) error {
	var wrong *schedule.SpecError
	var changed *schedule.ChangedError
	switch {
	case errors.As(err, &wrong):
		return h.showForm(w, r, http.StatusBadRequest, h.formOf(r.Context(), d, wrong))
	case !errors.As(err, &changed):
		return err
	}
	clash := "Somebody else has changed this schedule in the meantime, so nothing was done. What you typed is below: look at both, and save again if yours is to count."
	var theirs []schedule.Change
	now, err := h.schedules.Schedule(r.Context(), d.Name, 1)
	var missing *schedule.MissingError
	switch {
	case errors.As(err, &missing):
		clash = "Somebody else has removed this schedule in the meantime, so nothing was done. What you typed is below: save it to make the schedule again."
		d.Revision = 0
	case err != nil:
		return err
	default:
		d.Revision = now.Revision
		if theirs, err = h.schedules.Review(r.Context(), d); err != nil {
			return h.unsaved(w, r, d, err)
		}
	}
	f := h.formOf(r.Context(), d, nil)
	f.Clash, f.Theirs = clash, inWordsOf(theirs)
	return h.showForm(w, r, http.StatusConflict, f)
}

// inWordsOf are changes as people read them.
func inWordsOf(changes []schedule.Change) []schedule.Change {
	words := make([]schedule.Change, len(changes))
	for i, c := range changes {
		k := wordsOfKey(c.Key)
		words[i] = schedule.Change{Key: k.Label, Was: k.wordsOf(c.Was), Is: k.wordsOf(c.Is)}
	}
	return words
}
