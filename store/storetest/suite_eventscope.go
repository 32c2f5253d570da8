package storetest

import "usher/store"

// Those of a batch are meant whenever they were noted, and those of a kind after an
// event; others, those of other accounts and those that are told are not.
func eventScope(w *world) {
	gate := store.Event{What: store.EventGate}
	mine, _ := w.queued(1)
	others, _ := w.queued(1)
	w.note(gate)
	for _, batch := range []int64{mine, others} {
		_, err := w.st.PauseBatch(w.Context(), batch, "by_person", "")
		w.must(err)
	}
	last, err := w.st.LastEvent(w.Context(), w.account)
	w.must(err)
	w.note(gate)
	w.note(store.Event{What: store.EventMissed, Name: "nightly"})
	another := w.newAccount("another")
	w.must(w.st.NoteEvent(w.Context(), store.Event{Account: another, What: store.EventGate}))
	all := w.untold() // gate, mine, others, gate, missed
	if len(all) != 5 || all[2].ID != last {
		w.Fatalf("%+v, the last is %d", all, last)
	}
	check := func(scope store.EventScope, want ...store.Event) {
		w.Helper()
		got, err := w.st.UntoldEventsOf(w.Context(), w.account, scope, 10)
		w.must(err)
		checkSame(w.T, append([]store.Event{}, want...), append([]store.Event{}, got...))
	}
	scope := store.EventScope{Batches: []int64{mine}, Kinds: []store.EventName{store.EventGate}, After: last}
	check(scope, all[1], all[3])
	check(store.EventScope{Batches: []int64{others, mine}, After: last}, all[1], all[2])
	check(store.EventScope{Kinds: store.EventNames, After: last}, all[3], all[4])
	check(store.EventScope{After: last})
	w.tx(func(tx *store.Tx) error {
		_, err := tx.TellEvents(w.Context(), []int64{all[1].ID})
		return err
	})
	check(scope, all[3])
	if none, err := w.st.LastEvent(w.Context(), w.newAccount("new")); err != nil || none != 0 {
		w.Errorf("the last event of an account without any: %d, %v", none, err)
	}
}
