package web

import (
	"net/http"
	"slices"
	"strconv"

	"usher/batch"
)

// batchesShown is how many batches a page lists.
const batchesShown = 50

// batchList is a page of batches.
type batchList struct {
	Batches []batch.Batch
	State   string // the one that is looked for; empty for all
	Search  string
	Later   bool  // it is not the first page
	Before  int64 // the page after this one is of older ones than that; 0 if there are no more
	Live    bool  // it is the first page of all, which is watched live
}

// batchStates are those that batches can be looked for by.
var batchStates = []string{batch.Running, batch.Paused, batch.Finished, batch.GivenUp}

// batches lists the batches. What is searched for may be somebody's name, so it
// comes in the body of a post and never in an address.
func (h *Handler) batches(w http.ResponseWriter, r *http.Request) error {
	l := batchList{Search: searched(r), State: r.FormValue("state")}
	if !slices.Contains(batchStates, l.State) {
		l.State = ""
	}
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64)
	l.Later = before > 0
	l.Live = l.Search == "" && l.State == "" && before == 0
	f := batch.Filter{Search: l.Search, Before: before, Limit: batchesShown + 1}
	if l.State != "" {
		f.States = []string{l.State}
	}
	var err error
	if l.Batches, err = h.svc.FindBatches(r.Context(), f); err != nil {
		return err
	}
	if len(l.Batches) > batchesShown {
		l.Batches = l.Batches[:batchesShown]
		l.Before = l.Batches[batchesShown-1].ID
	}
	h.show(w, r, "batches", page{Title: "Batches", Section: "batches", Data: l})
	return nil
}

func (h *Handler) batchesLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{operator: visitorOf(r).Operator()})
}

// States are those that can be chosen.
func (batchList) States() []string { return batchStates }
