package web

import (
	"net/http"

	"usher/batch"
)

// personPage is the page of somebody in a batch.
type personPage struct {
	batch.Individual
	Batch   batch.Batch
	Cause   batch.CodeMeaning // of what went wrong; empty if nothing did
	Link    string            // when it was asked for
	Holder  *batch.Batch      // where the same person is; nil if nowhere, or if it is gone
	MaySee  bool              // the holder's row may be opened
	Unknown bool
}

// theRow is the row of a batch that an address names.
func (h *Handler) theRow(r *http.Request) (batch.Batch, int, error) {
	b, err := h.theBatch(r)
	if err != nil {
		return b, 0, err
	}
	row, err := number(r, "row")
	if err == nil && row > 1<<31-1 {
		err = errNotFound
	}
	return b, int(row), err
}

func (h *Handler) person(w http.ResponseWriter, r *http.Request) error { return h.showPerson(w, r, "") }

// sessionURL shows somebody's link, once. That it was is recorded.
func (h *Handler) sessionURL(w http.ResponseWriter, r *http.Request) error {
	b, row, err := h.theRow(r)
	if err != nil {
		return err
	}
	link, err := h.svc.SessionURL(r.Context(), visitorOf(r).actor(), b.ID, row)
	if err != nil {
		return err
	}
	return h.showPerson(w, r, link)
}

func (h *Handler) showPerson(w http.ResponseWriter, r *http.Request, link string) error {
	b, row, err := h.theRow(r)
	if err != nil {
		return err
	}
	p := personPage{Batch: b, Link: link}
	if p.Individual, err = h.svc.Person(r.Context(), b.ID, row); err != nil {
		return err
	}
	if p.ErrorCode != "" {
		p.Cause = causeWords(p.Person.State, p.ErrorCode)
	}
	p.Unknown = p.Person.State == batch.Unknown
	if p.HolderBatch > 0 {
		if holder, err := h.svc.Batch(r.Context(), p.HolderBatch); err == nil && h.svc.Has(holder) {
			p.Holder, p.MaySee = &holder, visitorOf(r).MayOpen(holder.Owner)
		}
	}
	h.show(w, r, "person", page{Title: named(p.Person) + ", row " + batch.Thousands(row), Section: "batches", Data: p})
	return nil
}

// named is somebody's name, or what there is in its place.
func named(p batch.Person) string {
	switch {
	case p.FirstName != "" && p.LastName != "":
		return p.FirstName + " " + p.LastName
	case p.FirstName+p.LastName != "":
		return p.FirstName + p.LastName
	case p.Email != "":
		return p.Email
	}
	return "Nobody named"
}

// askReinvite says what inviting somebody again means.
func (h *Handler) askReinvite(w http.ResponseWriter, r *http.Request) error {
	b, row, err := h.theRow(r)
	if err != nil {
		return err
	}
	p, err := h.svc.Person(r.Context(), b.ID, row)
	if err != nil {
		return err
	}
	a := asking{Batch: b, Row: row, Name: named(p.Person)}
	if a.Ask, err = h.svc.PlanReinvite(r.Context(), a.Batch.ID, 1); err != nil {
		return err
	}
	h.show(w, r, "reinvite", page{Title: "Invite again", Section: "batches", Data: a})
	return nil
}

func (h *Handler) reinvite(w http.ResponseWriter, r *http.Request) error {
	b, row, err := h.theRow(r)
	if err != nil {
		return err
	}
	again, err := h.svc.Reinvite(r.Context(), visitorOf(r).actor(), b.ID, []int{row})
	switch {
	case err != nil:
		return err
	case again.Before != nil:
		return to(w, r, batchPath(again.Batch), "reinviting")
	}
	return to(w, r, batchPath(again.Batch), "reinvited")
}
