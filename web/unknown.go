package web

import (
	"net/http"
	"strconv"
	"strings"

	"usher/batch"
)

// unknownShown is how many people whose outcome is unknown a page lists.
const unknownShown = 100

// unknownPage lists the people of a batch whose outcome a person has to find out.
type unknownPage struct {
	Batch  batch.Batch
	People []unknownView
	After  int // the row that the next page begins after; 0 if there is none
	First  bool
	Wrong  string // why nothing was changed
}

// unknownView is one of them.
type unknownView struct {
	batch.Person
	Cause batch.CodeMeaning
}

func (h *Handler) unknown(w http.ResponseWriter, r *http.Request) error {
	return h.showUnknown(w, r, "")
}

func (h *Handler) showUnknown(w http.ResponseWriter, r *http.Request, wrong string) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(r.FormValue("after"))
	p := unknownPage{Batch: b, First: after <= 0, Wrong: wrong}
	all, err := h.svc.People(r.Context(), batch.PeopleFilter{Batch: b.ID, States: []batch.State{batch.Unknown}, After: max(after, 0), Limit: unknownShown + 1})
	if err != nil {
		return err
	}
	if len(all) > unknownShown {
		all = all[:unknownShown]
		p.After = all[unknownShown-1].Row
	}
	for _, person := range all {
		p.People = append(p.People, unknownView{person, causeWords(person.State, person.ErrorCode)})
	}
	status := 0
	if wrong != "" {
		status = http.StatusBadRequest
	}
	h.show(w, r, "unknown", page{Status: status, Title: "Unknown, " + b.Name, Section: "batches", Data: p})
	return nil
}

// resolve settles people by the word of whoever found out what became of them.
func (h *Handler) resolve(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	var res batch.Resolution
	if err := r.ParseForm(); err != nil {
		return h.showUnknown(w, r, "What was sent could not be read. Try again.")
	}
	for _, text := range r.PostForm["row"] {
		row, err := strconv.Atoi(text)
		if err != nil || row < 1 {
			return errNotFound
		}
		res.Rows = append(res.Rows, row)
	}
	became := r.PostFormValue("became")
	switch {
	case len(res.Rows) == 0:
		return h.showUnknown(w, r, "Nobody was chosen. Tick the people you have found out about, and choose again.")
	case became != "invited" && became != "not-invited":
		return h.showUnknown(w, r, "Say whether they were invited.")
	}
	res.Sent = became == "invited"
	if id := strings.TrimSpace(storable(r.PostFormValue("session"))); res.Sent && len(res.Rows) == 1 {
		res.SessionID = id
	}
	if err := h.svc.Resolve(r.Context(), visitorOf(r).actor(), b.ID, res); err != nil {
		return err
	}
	if b.Counts[batch.Unknown] > len(res.Rows) {
		return to(w, r, batchPath(b.ID)+"/unknown", became)
	}
	return to(w, r, batchPath(b.ID), became)
}
