package web

import (
	"context"
	"net/http"

	"usher/batch"
)

// gatePage is what the page of the gate shows. All of it is watched live.
type gatePage struct {
	Gate     batch.Gate
	Pace     batch.Pace
	Operator bool
	Chart    chart
	History  []batch.GateEvent
}

// historyShown is how many events of the gate a page shows.
const historyShown = 50

func (h *Handler) gatePageOf(ctx context.Context, st batch.Standing, operator bool) (gatePage, error) {
	story, err := h.svc.GateStory(ctx)
	return gatePage{
		Gate: st.Gate, Pace: st.Pace, Operator: operator,
		Chart: chartOf(story.Minutes), History: story.Events[:min(len(story.Events), historyShown)],
	}, err
}

// Today is how many requests were sent today.
func (p gatePage) Today() int { return int(p.Pace.Today) }

// Slowed reports whether the pace is slower than it is set to.
func (p gatePage) Slowed() bool {
	return p.Pace.Rate > 0 && (p.Pace.Configured == 0 || p.Pace.Rate < p.Pace.Configured)
}

// RateWords are the pace in force.
func (p gatePage) RateWords() string { return rateWords(p.Pace.Rate) }

// ConfiguredWords are the pace as it is set.
func (p gatePage) ConfiguredWords() string { return rateWords(p.Pace.Configured) }

func rateWords(rate float64) string {
	if rate <= 0 {
		return "no limit"
	}
	return batch.RateWords(rate)
}

// Advice is why the gate is closed, and what somebody can do.
func (p gatePage) Advice() gateAdvice { return gateAdviceOf(p.Gate) }

func (h *Handler) gate(w http.ResponseWriter, r *http.Request) error {
	st, err := h.svc.AccountStanding(r.Context())
	if err != nil {
		return err
	}
	p, err := h.gatePageOf(r.Context(), st, visitorOf(r).Operator())
	if err != nil {
		return err
	}
	h.show(w, r, "gate", page{Title: "Gate and pace", Section: "gate", Refresh: 15, Data: p})
	return nil
}

func (h *Handler) gateLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{page: "gate", operator: visitorOf(r).Operator()})
}

func (h *Handler) workers(w http.ResponseWriter, r *http.Request) error {
	all, err := h.svc.WorkersNow(r.Context())
	if err != nil {
		return err
	}
	h.show(w, r, "workers", page{Title: "Workers", Section: "workers", Refresh: 15, Data: all})
	return nil
}

func (h *Handler) workersLive(w http.ResponseWriter, r *http.Request) error {
	return h.live.serve(w, r, liveKey{page: "workers", operator: true})
}
