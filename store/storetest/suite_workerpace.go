package storetest

import (
	"time"

	"usher/store"
)

func workerPaceTests() tests {
	return tests{"Held": workerPaceHeld, "InDoubt": inDoubtNow}
}

func workerPaceHeld(w *world) {
	ctx := w.Context()
	slow, fast := store.WorkerPace{Pace: store.Pace{Rate: 5, Burst: 1, Daily: 100}}, store.WorkerPace{Pace: store.Pace{Rate: 20}, Batch: 7}
	w.must(w.st.HoldPace(ctx, w.account, "a", slow, time.Hour))
	w.must(w.st.HoldPace(ctx, w.account, "b", fast, time.Hour))
	w.must(w.st.HoldPace(ctx, w.newAccount("another"), "c", fast, time.Hour))
	got, err := w.st.WorkerPaces(ctx, w.account)
	w.must(err)
	checkSame(w.T, []store.WorkerPace{slow, fast}, got)
	w.must(w.st.ReleasePace(ctx, w.account, "a"))
	w.must(w.st.HoldPace(ctx, w.account, "b", slow, time.Hour)) // it was set anew
	got, err = w.st.WorkerPaces(ctx, w.account)
	w.must(err)
	checkSame(w.T, []store.WorkerPace{slow}, got)
}

func inDoubtNow(w *world) {
	ctx := w.Context()
	id, keys := w.sending(3)
	d, err := w.st.InDoubtNow(ctx, w.account, id)
	w.must(err)
	checkSame(w.T, store.Doubt{}, d) // they are on their way
	for _, k := range keys[:2] {
		w.settle(store.Settlement{Key: k, Attempt: 1, State: store.Sending, Outcome: store.OutcomeInDoubt, LookupIn: time.Hour})
	}
	for batch, want := range map[int64]int{id: 2, 0: 2, w.batch(): 0} {
		d, err := w.st.InDoubtNow(ctx, w.account, batch)
		w.must(err)
		if d.People != want || d.Next.IsZero() != (want == 0) {
			w.Errorf("batch %d: %+v, want %d people", batch, d, want)
		}
	}
}
