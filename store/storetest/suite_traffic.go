package storetest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func trafficTests() tests {
	return tests{
		"Add": trafficAdd, "AddAtOnce": trafficAddAtOnce, "Sweep": trafficSweep, "GateEvents": gateEvents, "NewKeyEvent": gateNewKeyEvent,
		"Standing": measureStanding, "Waiting": measureWaiting, "WorkerLoads": workerLoads,
	}
}

func requests(minute int64, request, answer string, n int64) store.Traffic {
	return store.Traffic{Minute: minute, Request: request, Answer: answer, N: n}
}

func (w *world) traffic(first, last int64) []store.Traffic {
	w.Helper()
	all, err := w.st.Traffic(w.Context(), w.account, first, last)
	w.must(err)
	return all
}

func trafficAdd(w *world) {
	other := w.newAccount("other")
	w.must(w.st.AddTraffic(w.Context(), other, []store.Traffic{{Minute: 100, Request: "create", Answer: "200", N: 50}}))
	w.must(w.st.AddTraffic(w.Context(), w.account, []store.Traffic{
		{Minute: 100, Request: "create", Answer: "200", N: 3}, {Minute: 101, Request: "create", Answer: "200", N: 4},
		{Minute: 101, Request: "create", Answer: "429", N: 1}, {Minute: 101, Request: store.TrafficInvited, N: 7},
	}))
	w.must(w.st.AddTraffic(w.Context(), w.account, []store.Traffic{
		{Minute: 101, Request: "create", Answer: "200", N: 10}, {Minute: 101, Request: "create", Answer: "200", N: 1}}))
	w.must(w.st.AddTraffic(w.Context(), w.account, nil))
	checkSame(w.T, []store.Traffic{requests(101, "create", "200", 15), requests(101, "create", "429", 1), requests(101, store.TrafficInvited, "", 7)}, w.traffic(101, 200))
	checkSame(w.T, []store.Traffic{requests(0, "create", "200", 18), requests(0, "create", "429", 1), requests(0, store.TrafficInvited, "", 7)}, w.traffic(0, 0))
	if got := w.traffic(102, 200); len(got) != 0 {
		w.Errorf("later: %v", got)
	}
}

func trafficAddAtOnce(w *world) {
	w.atOnce(8, func(int) (bool, error) {
		var all []store.Traffic
		for m := range 20 {
			all = append(all, store.Traffic{Minute: int64(20 - m), Request: "create", Answer: fmt.Sprint(200 + m%3), N: 1})
		}
		return true, w.st.AddTraffic(w.Context(), w.account, all)
	})
	n := int64(0)
	for _, t := range w.traffic(0, 0) {
		n += t.N
	}
	if n != 160 {
		w.Errorf("%d in all, want 160", n)
	}
}

func trafficSweep(w *world) {
	w.must(w.st.AddTraffic(w.Context(), w.account, []store.Traffic{requests(100, "create", "200", 3), requests(200, "create", "200", 4)}))
	w.must(w.st.SweepTraffic(w.Context(), w.account, 200))
	checkSame(w.T, []store.Traffic{requests(0, "create", "200", 7), requests(200, "create", "200", 4)}, w.traffic(0, 300))
}

func gateEvents(w *world) {
	all := func() []store.GateEvent {
		w.Helper()
		events, err := w.st.GateEvents(w.Context(), w.account, 100)
		w.must(err)
		for i := range events {
			w.checkTime("At", events[i].At)
		}
		return events
	}
	if got := all(); len(got) != 0 {
		w.Errorf("of a new account: %+v", got)
	}
	g := w.close(store.GatePaymentRequired, -time.Second)
	w.takeProbe(worker, time.Hour) // is no event
	w.closeByPerson()
	w.tx(func(tx *store.Tx) error { _, err := tx.OpenGate(w.Context(), w.account); return err })
	slower := w.refuse(store.Pace{Rate: 20}, 0, time.Second)
	want := []store.GateEvent{
		{Kind: store.GateEventPace, Rate: slower.Rate}, {Kind: store.GateEventGate},
		{Kind: store.GateEventGate, Reason: store.GateByPerson, Detail: "stop"},
		{Kind: store.GateEventGate, Reason: store.GatePaymentRequired, Detail: "HTTP 402", Until: g.Until},
	}
	checkSame(w.T, want, all(), cmpopts.IgnoreFields(store.GateEvent{}, "At"), cmpopts.EquateApproxTime(2*time.Millisecond))
	w.must(w.st.SweepGateEvents(w.Context(), w.account, 2))
	checkSame(w.T, want[:2], all(), cmpopts.IgnoreFields(store.GateEvent{}, "At"))
	w.must(w.st.SweepGateEvents(w.Context(), w.account, 2))
	if got := all(); len(got) != 2 {
		w.Errorf("swept again: %+v", got)
	}
}

func gateNewKeyEvent(w *world) {
	_, err := w.st.Account(w.Context(), "https://api.example key-1", "one")
	w.must(err)
	w.close(store.GateUnauthorized, time.Hour)
	_, err = w.st.Account(w.Context(), "https://api.example key-1", "two")
	w.must(err)
	events, err := w.st.GateEvents(w.Context(), w.account, 1)
	if err != nil || len(events) != 1 || events[0].Kind != store.GateEventGate || events[0].Reason != "" || events[0].Detail == "" {
		w.Errorf("%+v, %v", events, err)
	}
}

func measureStanding(w *world) {
	w.batch(store.Applicant{}, store.Applicant{State: store.Failed})
	w.importing(store.Applicant{State: store.Rejected})
	people, err := w.st.AccountCounts(w.Context(), w.account)
	w.must(err)
	want := store.Counts{store.Queued: 1, store.Failed: 1, store.Rejected: 1}
	for _, s := range store.States {
		if people[s] != want[s] {
			w.Errorf("%s: %d, want %d", s, people[s], want[s])
		}
	}
	batches, err := w.st.BatchCounts(w.Context(), w.account)
	w.must(err)
	checkSame(w.T, map[store.BatchState]int{store.BatchRunning: 1, store.BatchImporting: 1}, batches)
}

func measureWaiting(w *world) {
	waiting := func(want int) (since time.Time) {
		w.Helper()
		people, since, now, err := w.st.Waiting(w.Context(), w.account)
		w.must(err)
		w.checkTime("now", now)
		if people != want || since.IsZero() != (want == 0) {
			w.Errorf("%d people since %v, want %d", people, since, want)
		}
		return since
	}
	waiting(0)
	w.importing(store.Applicant{})
	waiting(0)
	first := w.batch(make([]store.Applicant, 3)...)
	w.batch(make([]store.Applicant, 2)...)
	w.exec("UPDATE runs SET started_at = $1 WHERE batch_id = $2", w.ago(time.Hour), first)
	if since := waiting(5); time.Since(since) < 50*time.Minute {
		w.Errorf("since %v, want an hour ago", since)
	}
	w.tx(func(tx *store.Tx) error { _, err := tx.CancelBatch(w.Context(), first); return err })
	if since := waiting(2); time.Since(since) > 50*time.Minute {
		w.Errorf("since %v, want not of the batch that was cancelled", since)
	}
}

func workerLoads(w *world) {
	_, keys := w.sending(3)
	loads := func() []store.WorkerLoad {
		w.Helper()
		all, err := w.st.WorkerLoads(w.Context(), w.account)
		w.must(err)
		return all
	}
	checkSame(w.T, []store.WorkerLoad{{Worker: worker, InFlight: 3}}, loads())
	w.settle(createdSession(keys[0], "s-1"), store.Settlement{Key: keys[1], Attempt: 1, State: store.Sending, Outcome: store.OutcomeInDoubt, ErrorCode: "server_error", Status: 500})
	checkSame(w.T, []store.WorkerLoad{{Worker: worker, InFlight: 1, InDoubt: 1}}, loads())
	n, err := w.st.InDoubtPeople(w.Context(), w.account)
	w.must(err)
	checkSame(w.T, 1, n)
}
