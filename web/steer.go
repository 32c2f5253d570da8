package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/batch"
)

// to sends a visitor on after a change, to a page that says what was done.
func to(w http.ResponseWriter, r *http.Request, path, done string) error {
	http.Redirect(w, r, path+"?done="+done, http.StatusSeeOther)
	return nil
}

// slowly lets an act take its time, which goes through all rows of a batch.
func slowly(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(10 * time.Minute))
}

func batchPath(id int64) string { return fmt.Sprintf("/batches/%d", id) }

func (h *Handler) pause(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err == nil {
		err = h.svc.Pause(r.Context(), visitorOf(r).actor(), b.ID)
	}
	if err != nil {
		return err
	}
	return to(w, r, batchPath(b.ID), "paused")
}

func (h *Handler) resume(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err == nil {
		err = h.svc.Resume(r.Context(), visitorOf(r).actor(), b.ID)
	}
	if err != nil {
		return err
	}
	return to(w, r, batchPath(b.ID), "resumed")
}

func (h *Handler) endQuiet(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err == nil {
		err = h.svc.EndQuiet(r.Context(), visitorOf(r).actor(), b.ID)
	}
	if err != nil {
		return err
	}
	return to(w, r, batchPath(b.ID), "quiet-ended")
}

// askCancel says what comes of giving a batch up.
func (h *Handler) askCancel(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	h.show(w, r, "cancel", page{Title: "Cancel " + b.Name, Section: "batches", Data: batchView{Batch: b, Open: true}})
	return nil
}

func (h *Handler) cancel(w http.ResponseWriter, r *http.Request) error {
	slowly(w)
	b, err := h.theBatch(r)
	if err == nil {
		_, err = h.svc.Cancel(r.Context(), visitorOf(r).actor(), b.ID)
	}
	if err != nil {
		return err
	}
	return to(w, r, batchPath(b.ID), "cancelled")
}

// asking is a page that asks whether people may be sent to.
type asking struct {
	Batch batch.Batch
	Row   int // of the one person, if it is about one
	Name  string
	Ask   batch.Question
	Grown bool // it is more than was agreed to
	Most  bool // it is not more than that, and may be less
}

// Cost is what it takes, in a line.
func (a asking) Cost() string {
	words := []string{batch.Counted(a.Ask.Invitations, "invitation", "invitations"), batch.Counted(a.Ask.Cost.Tokens, "token", "tokens")}
	if a.Ask.Cost.Seconds >= 1 {
		words = append(words, "about "+roughly(time.Duration(a.Ask.Cost.Seconds*float64(time.Second))))
	}
	if a.Ask.Cost.Days > 1 {
		words = append(words, fmt.Sprintf("over %d days, as a day has a limit", a.Ask.Cost.Days))
	}
	return strings.Join(words, " · ")
}

func (h *Handler) askRetry(w http.ResponseWriter, r *http.Request) error {
	return h.showRetry(w, r, false)
}

func (h *Handler) showRetry(w http.ResponseWriter, r *http.Request, grown bool) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	a := asking{Batch: b, Grown: grown}
	if a.Ask, a.Most, err = h.svc.PlanRetrySoon(r.Context(), b.ID); err != nil {
		return err
	}
	h.show(w, r, "retry", page{Title: "Send again, " + b.Name, Section: "batches", Data: a})
	return nil
}

// retry sends again to those who failed, if they are not more than was agreed to.
func (h *Handler) retry(w http.ResponseWriter, r *http.Request) error {
	slowly(w)
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	agreed, err := strconv.Atoi(r.PostFormValue("agreed"))
	if err != nil {
		return h.showRetry(w, r, false)
	}
	ask, _, err := h.svc.PlanRetrySoon(r.Context(), b.ID)
	if err != nil {
		return err
	}
	if ask.Invitations > agreed {
		return h.showRetry(w, r, true)
	}
	n, err := h.svc.Retry(r.Context(), visitorOf(r).actor(), b.ID)
	switch {
	case err != nil:
		return err
	case n == 0:
		return to(w, r, batchPath(b.ID), "nobody")
	}
	return to(w, r, batchPath(b.ID), "retried")
}

// askRest says what inviting the rest of a batch means.
func (h *Handler) askRest(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	h.show(w, r, "rest", page{Title: "Invite the rest of " + b.Name, Section: "batches", Data: batchView{Batch: b, Open: true}})
	return nil
}

// rest makes a list of those of a batch who were not invited, to be corrected and
// agreed to as any other.
func (h *Handler) rest(w http.ResponseWriter, r *http.Request) error {
	slowly(w)
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	u, err := h.svc.ReceiveRest(r.Context(), visitorOf(r).actor(), b.ID, h.o.UploadLimit)
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/uploads/"+u.ID, http.StatusSeeOther)
	return nil
}

// openGate lets sending go on for all batches.
func (h *Handler) openGate(w http.ResponseWriter, r *http.Request) error {
	opened, err := h.svc.OpenGate(r.Context(), visitorOf(r).actor())
	if err != nil {
		return err
	}
	if !opened {
		return to(w, r, backPath(r), "gate-was")
	}
	return to(w, r, backPath(r), "gate-open")
}

// closeGate stops sending for all batches.
func (h *Handler) closeGate(w http.ResponseWriter, r *http.Request) error {
	why := []rune(strings.Join(strings.Fields(r.PostFormValue("why")), " "))
	if err := h.svc.CloseGate(r.Context(), visitorOf(r).actor(), string(why[:min(len(why), whyMost)])); err != nil {
		return err
	}
	return to(w, r, backPath(r), "gate-closed")
}

// whyMost is how many characters somebody may say why sending has stopped.
const whyMost = 200

// backPath is the page that a form of all pages was sent from: a batch's, that of
// the gate, or the list. It is put together anew, so that it cannot lead elsewhere.
func backPath(r *http.Request) string {
	if r.PostFormValue("from") == "gate" {
		return "/gate"
	}
	id, err := strconv.ParseInt(r.PostFormValue("batch"), 10, 64)
	if err != nil || id < 1 {
		return "/batches"
	}
	return batchPath(id)
}
