package web

import (
	"net/http"
	"strconv"

	"usher/batch"
)

// actsPage is a page of what was done with a batch.
type actsPage struct {
	Batch  batch.Batch
	Acts   []actView
	Before int64 // the page after this one is of older ones; 0 if there are none
	Newer  bool  // there are newer ones than these
}

// actsListed is how many acts a page lists.
const actsListed = 100

// actView is something that somebody did, in words.
type actView struct {
	batch.Act
	Did  string
	Else int64 // the batch that it was done with, if that is another one
}

var didWords = map[string]string{
	"import": "imported the list", "retry": "sent again to those who failed", "reinvite": "invited people again",
	"resolve": "said what became of people", "pause": "paused it", "resume": "resumed it", "end quiet": "ended its quiet time", "cancel": "cancelled it",
	"report": "downloaded, or wrote, the results", "session url": "looked at somebody's link",
	"gate open": "let sending go on", "gate close": "stopped all sending",
}

func (h *Handler) actsOf(r *http.Request, id, before int64, most int) (all []actView, more bool, err error) {
	acts, err := h.svc.Acts(r.Context(), batch.ActFilter{Batch: id, Before: before, Limit: most + 1})
	for _, a := range acts[:min(len(acts), most)] {
		v := actView{Act: a, Did: didWords[a.Act]}
		if v.Did == "" {
			v.Did = a.Act
		}
		if a.Batch != id {
			v.Else = a.Batch
		}
		all = append(all, v)
	}
	return all, len(acts) > most, err
}

// acts lists what was done with a batch.
func (h *Handler) acts(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	p := actsPage{Batch: b, Newer: before > 0}
	var more bool
	if p.Acts, more, err = h.actsOf(r, b.ID, before, actsListed); err != nil {
		return err
	}
	if more {
		p.Before = p.Acts[len(p.Acts)-1].ID
	}
	h.show(w, r, "acts", page{Title: "What was done with " + b.Name, Section: "batches", Data: p})
	return nil
}
