package web

import (
	"net/http"
	"time"

	"usher/batch"
)

// batchView is a batch as its page, and whoever watches it, sees it.
type batchView struct {
	batch.Batch
	Open    bool // its people may be seen
	Gate    batch.Gate
	Pace    batch.Pace
	Workers []string
	// Rate is how many people a second were settled lately; 0 when that is not
	// known.
	Rate float64
}

// Total is how many rows it has.
func (v batchView) Total() int { return v.Counts.Total() }

// Settled is how many have their final state.
func (v batchView) Settled() int { return v.Counts.Total() - v.Counts.Open() }

// Left is how long the rest takes at the present rate, in words; empty when that
// cannot be told.
func (v batchView) Left() string {
	open := v.Counts.Open()
	if v.Rate <= 0 || open == 0 || v.State != batch.Running || !v.Gate.Open {
		return ""
	}
	return batch.SpanWords(time.Duration(float64(open) / v.Rate * float64(time.Second)))
}

// stateCount is how many people of a batch are in a state.
type stateCount struct {
	State batch.State
	Words string
	Count int
}

// States are those that anybody is in, in the order in which people are told of
// them.
func (v batchView) States() (all []stateCount) {
	for _, state := range batch.States {
		if n := v.Counts[state]; n > 0 {
			all = append(all, stateCount{state, batch.StateWords[state], n})
		}
	}
	return all
}

func (h *Handler) batch(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "id")
	if err != nil {
		return err
	}
	st, err := h.svc.StandingOf(r.Context(), id)
	if err != nil {
		return err
	}
	v := h.live.view(st, *st.Batch, visitorOf(r).MayOpen(st.Batch.Owner))
	h.show(w, r, "batch", page{Title: v.Name, Section: "batches", Data: v})
	return nil
}

func (h *Handler) batchLive(w http.ResponseWriter, r *http.Request) error {
	id, err := number(r, "id")
	if err != nil {
		return err
	}
	b, err := h.svc.Batch(r.Context(), id)
	if err != nil {
		return err
	}
	return h.live.serve(w, r, liveKey{id, visitorOf(r).MayOpen(b.Owner)})
}

// ownerOf is who brought what an address names.
func (h *Handler) ownerOf(what owned, r *http.Request) (string, error) {
	if what == ownUpload {
		u, err := h.svc.Upload(r.Context(), r.PathValue("id"))
		return u.Owner, err
	}
	id, err := number(r, "id")
	if err != nil {
		return "", err
	}
	b, err := h.svc.Batch(r.Context(), id)
	return b.Owner, err
}
