package web

import (
	"net/http"
	"strconv"

	"usher/batch"
)

// batchPage is the page of a batch.
type batchPage struct {
	batchView
	Causes []causeView
	More   bool // there are more causes
	Runs   []batch.Run
	Acts   []actView
	Older  bool // there are more acts
	Now    string
	// Returned: something was told of people after the invitation.
	Returned bool
}

// How much of each a batch's page shows.
const (
	causesShown = 20
	actsShown   = 8
)

// theBatch is the batch that an address names.
func (h *Handler) theBatch(r *http.Request) (batch.Batch, error) {
	id, err := number(r, "id")
	if err != nil {
		return batch.Batch{}, err
	}
	b, err := h.svc.Batch(r.Context(), id)
	if err == nil && !h.svc.Has(b) {
		err = errNotFound
	}
	return b, err
}

// ownerOf is who brought what an address names.
func (h *Handler) ownerOf(what owned, r *http.Request) (string, error) {
	if what == ownUpload {
		u, err := h.svc.UploadStanding(r.Context(), r.PathValue("id"))
		return u.Owner, err
	}
	b, err := h.theBatch(r)
	return b.Owner, err
}

func (h *Handler) batch(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	p, err := h.batchPage(r, b)
	if err != nil {
		return err
	}
	h.show(w, r, "batch", page{Title: b.Name, Section: "batches", Data: p})
	return nil
}

func (h *Handler) batchPage(r *http.Request, b batch.Batch) (batchPage, error) {
	ctx := r.Context()
	st, err := h.svc.StandingOf(ctx, b.ID)
	if err != nil {
		return batchPage{}, err
	}
	p := batchPage{Runs: st.Runs}
	if p.batchView, err = h.view(ctx, st, *st.Batch, visitorOf(r).MayOpen(b.Owner)); err != nil {
		return p, err
	}
	p.Now = p.batchView.renewal()
	if p.Returned, err = h.svc.HasReturns(ctx, b.ID); err != nil {
		return p, err
	}
	causes, err := h.causes.of(ctx, h.svc, *st.Batch)
	if err != nil {
		return p, err
	}
	p.More = len(causes) > causesShown
	for _, c := range causes[:min(len(causes), causesShown)] {
		p.Causes = append(p.Causes, p.causeView(c))
	}
	p.Acts, p.Older, err = h.actsOf(r, b.ID, 0, actsShown)
	return p, err
}

// renewal changes when more of a batch's page is out of date than what is sent to
// those who watch it.
func (v batchView) renewal() string {
	text := v.State + v.PauseReason + strconv.FormatBool(v.Gate.Open) + strconv.FormatBool(v.MayEndQuiet()) + v.deliveryStamp()
	for _, s := range v.States() {
		text += " " + string(s.State)
	}
	for n := v.Counts.Problems(); n > 0; n /= 4 { // seldom, where many go wrong
		text += "."
	}
	return text
}

func (h *Handler) batchLive(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	v := visitorOf(r)
	return h.live.serve(w, r, liveKey{batch: b.ID, open: v.MayOpen(b.Owner), operator: v.Operator()})
}

// Over reports whether nobody of it will be sent to, as it is.
func (v batchView) Over() bool { return v.State == batch.Finished || v.State == batch.GivenUp }

// MayPause and the like report what can be done with it now.
func (v batchView) MayPause() bool { return v.State == batch.Running && v.Counts.Open() > 0 }

// MayResume reports whether it can go on.
func (v batchView) MayResume() bool { return v.State == batch.Paused }

// MayEndQuiet reports whether it can go on before its quiet time is over.
func (v batchView) MayEndQuiet() bool { return v.IsQuiet() && v.Counts.Open() > 0 }

// MayCancel reports whether it can be given up.
func (v batchView) MayCancel() bool { return v.State == batch.Running || v.State == batch.Paused }

// MayRetry reports whether anybody can be sent to again.
func (v batchView) MayRetry() bool {
	return v.Counts[batch.Failed] > 0 && v.State != batch.GivenUp && v.State != batch.BeingImported
}

// MayRest reports whether there are rows to bring again.
func (v batchView) MayRest() bool { return v.Over() && v.Rest() > 0 }
