package web

import (
	"context"
	"fmt"
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
	Doubt   batch.Doubt
	Waits   []wait
	// Rate is how many people a second were settled lately; 0 when that is not
	// known.
	Rate float64
	// Deliveries are those of its results.
	Deliveries []batch.Delivery
	// Expected is what the rest takes at the pace that is set.
	Expected batch.Cost
}

// view is a batch as it stands now.
func (h *Handler) view(ctx context.Context, st batch.Standing, b batch.Batch, open bool) (v batchView, err error) {
	v = batchView{Batch: b, Open: open, Gate: st.Gate, Pace: st.Pace, Workers: st.Workers}
	v.Rate = h.live.rate(b)
	v.Expected = h.svc.CostAt(st.Pace, b)
	if b.Counts[batch.Sending] > 0 {
		v.Doubt, err = h.svc.Doubt(ctx, b.ID)
	}
	if err != nil {
		return v, err
	}
	if v.Deliveries, err = h.deliveries(ctx, b, st.Deliveries); err != nil {
		return v, err
	}
	v.Waits = v.waits()
	if v.State == batch.Paused && v.PauseReason == batch.PausedByPerson {
		err = h.tellWhoPaused(ctx, &v)
	}
	return v, err
}

// recentActs is how many acts are looked through for who paused a batch.
const recentActs = 10

// tellWhoPaused adds who paused a batch to what it waits for.
func (h *Handler) tellWhoPaused(ctx context.Context, v *batchView) error {
	acts, err := h.svc.Acts(ctx, batch.ActFilter{Batch: v.ID, Limit: recentActs})
	for _, a := range acts {
		if a.Act == "pause" && a.Batch == v.ID {
			v.Waits[0].Who, v.Waits[0].Since = a.Actor, &a.At
			break
		}
	}
	return err
}

// Total is how many rows it has.
func (v batchView) Total() int { return v.Counts.Total() }

// Settled is how many have their final state.
func (v batchView) Settled() int { return v.Counts.Total() - v.Counts.Open() }

// Works reports whether people of it are being invited.
func (v batchView) Works() bool {
	return v.State == batch.Running && !v.IsQuiet() && v.Gate.Open && v.Counts.Open() > 0 && len(v.Workers) > 0
}

// Left is how long the rest takes, in words: as it went lately, or else at the pace
// that is set, and never sooner than the day's limit lets it. It is empty when
// that cannot be told.
func (v batchView) Left() string {
	open := v.Counts.Open()
	switch {
	case v.Expected.Quiet && (v.Works() || v.MayEndQuiet() && v.Gate.Open && len(v.Workers) > 0):
		return "done about " + v.Expected.Finish.Local().Format("2 Jan, 15:04 MST") + ", as it has quiet times"
	case !v.Works():
		return ""
	case v.Expected.Days > 1:
		return "done about " + v.Expected.Finish.Local().Format("2 Jan, 15:04 MST") + ", as a day has a limit"
	case v.Rate > 0:
		return "about " + roughly(time.Duration(float64(open)/v.Rate*float64(time.Second))) + " left"
	case v.Expected.Seconds > 0:
		return "about " + roughly(time.Duration(v.Expected.Seconds*float64(time.Second))) + " at the pace that is set"
	}
	return ""
}

// roughly is a length of time that is not known better.
func roughly(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return "a few seconds"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+5)/10*10)
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

// stateCount is how many people of a batch are in a state.
type stateCount struct {
	State batch.State
	Words string
	Count int
}

// States are those that anybody is in, in the order in which people are told of
// them.
func (v batchView) States() []stateCount { return statesOf(v.Counts) }

func statesOf(counts batch.Counts) (all []stateCount) {
	for _, state := range batch.States {
		if n := counts[state]; n > 0 {
			all = append(all, stateCount{state, stateWords[state], n})
		}
	}
	return all
}

// stateWords are the states of people for those who look at pages.
var stateWords = map[batch.State]string{
	batch.Rejected: "Left out: the row is not right", batch.Duplicate: "Duplicate: invited before, or twice in the list",
	batch.Queued: "Waiting for their turn", batch.Sending: "Being sent to, or checked", batch.Invited: "Invited",
	batch.Failed: "Failed: the provider refused", batch.Unknown: "Unknown: somebody must find out", batch.Cancelled: "Cancelled",
}

// stateName is a state in a word, for a table.
var stateName = map[batch.State]string{
	batch.Rejected: "left out", batch.Duplicate: "duplicate", batch.Queued: "waiting", batch.Sending: "being sent",
	batch.Invited: "invited", batch.Failed: "failed", batch.Unknown: "unknown", batch.Cancelled: "cancelled",
}

// wait is something that a batch waits for.
type wait struct {
	gateAdvice
	Quiet bool   // it is as it should be
	Who   string // did it; empty if nobody did
	Since *time.Time
	Until *time.Time
}

// waits are what a batch waits for, in the order in which it matters.
func (v batchView) waits() (all []wait) {
	if v.MayEndQuiet() {
		all = append(all, wait{Quiet: true, gateAdvice: quietAdviceOf(v.Batch)})
	}
	switch {
	case v.State == batch.BeingImported:
		return []wait{{gateAdvice: gateAdvice{"The list is being read", "Nobody is invited before all of it is there.", ""}, Quiet: true}}
	case v.State == batch.Paused:
		all = append(all, wait{gateAdvice: pauseAdviceOf(v.Batch, v.Open)})
	case v.State == batch.Running && v.Counts.Open() > 0 && !v.Gate.Open:
		all = append(all, wait{gateAdvice: gateAdviceOf(v.Gate), Since: v.Gate.ClosedAt, Until: v.Gate.Until})
	case v.State == batch.Running && v.Counts.Open() > 0 && len(v.Workers) == 0:
		all = append(all, wait{gateAdvice: gateAdvice{"Nobody is working", "No process of usher that sends is running, so nobody is invited.",
			"Ask whoever runs usher to start one. Nothing is lost meanwhile."}})
	case v.Still != "":
		all = append(all, wait{gateAdvice: gateAdvice{"It stands still", v.Still, "Ask whoever runs usher: 'usher status' says what to do. Nothing is lost meanwhile."}})
	case v.Works() && v.Pace.Configured > 0 && v.Pace.Rate > 0 && v.Pace.Rate < v.Pace.Configured*0.9:
		all = append(all, wait{Quiet: true, gateAdvice: gateAdvice{"The provider asked for a slower pace",
			fmt.Sprintf("At present it is %s, and %g requests/s are set.", v.Pace.Words(), v.Pace.Configured), "Nothing has to be done: it grows again by itself."}})
	}
	if v.WaitsForFirst() && v.Works() {
		all = append(all, wait{Quiet: true, gateAdvice: gateAdvice{"The first people go alone",
			"They try the list out. The others follow when these are invited.", "Nothing has to be done: if one of them is refused the batch is paused, and nobody else is sent to."}})
	}
	if v.Doubt.People > 0 {
		all = append(all, v.checking())
	}
	return all
}

func (v batchView) checking() wait {
	return wait{Quiet: true, gateAdvice: gateAdvice{
		batch.Counted(v.Doubt.People, "person is", "people are") + " being checked",
		fmt.Sprintf("The answer about them was lost. The provider is asked what became of it %s later, and once more after %s, so that nobody is invited twice.",
			batch.SpanWords(v.Doubt.First), batch.SpanWords(v.Doubt.Again)),
		"Nothing has to be done: most of them settle by themselves."}}
}
