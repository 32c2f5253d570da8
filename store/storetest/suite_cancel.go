package storetest

import (
	"errors"

	"usher/store"
)

func resolveTests() tests {
	return tests{"Sent": resolveSent, "NotSent": resolveNotSent, "OnlyUnknown": resolveOnlyUnknown}
}

func cancelTests() tests {
	return tests{
		"Cancels": cancelCancels, "States": cancelStates, "WhileClaimed": cancelWhileClaimed, "ThenClaim": cancelThenClaim,
		"WhileRequeued": cancelWhileRequeued, "ThenRequeued": cancelThenRequeued,
	}
}

func resolveSent(w *world) {
	_, keys := w.sending(1)
	w.settle(store.Settlement{Key: keys[0], Attempt: 1, State: store.Unknown, Outcome: store.OutcomeUnknown,
		ErrorCode: "several", Error: "Two."})
	if !w.resolve(keys[0], true, "s1") || w.resolve(keys[0], true, "s2") {
		w.Error("want it resolved once")
	}
	a := w.applicant(keys[0])
	if a.State != store.Invited || a.SessionID != "s1" || a.ErrorCode != store.CodeURLLost || a.Error == "" || a.SettledAt.IsZero() {
		w.Errorf("resolved as sent: %+v", a)
	}
	if got := w.attempts(keys[0])[0].Outcome; got != store.OutcomeResolved {
		w.Errorf("the attempt's outcome is %q", got)
	}
	if w.holder(keys[0]) != keys[0] {
		w.Error("the person was given up")
	}
}

func resolveNotSent(w *world) {
	id, keys := w.sending(1)
	w.end(store.Unknown, keys[0])
	w.finish(id)
	if !w.resolve(keys[0], false, "") {
		w.Fatal("it was not resolved")
	}
	if a := w.applicant(keys[0]); a.State != store.Failed || a.ErrorCode != "not_sent" || a.Error == "" {
		w.Errorf("resolved as not sent: %+v", a)
	}
	if got := w.holder(keys[0]); got != (store.Key{}) {
		w.Errorf("the person is held by %v", got)
	}
	checkSame(w.T, []int{keys[0].Row}, w.retry(id))
}

func resolveOnlyUnknown(w *world) {
	var all []store.Applicant
	for _, s := range store.States {
		if s != store.Unknown {
			all = append(all, store.Applicant{State: s})
		}
	}
	id := w.batch(all...)
	for _, a := range all {
		k := store.Key{Batch: id, Row: a.Row}
		if w.resolve(k, true, "s") || w.resolve(k, false, "") {
			w.Errorf("one who is %s was resolved", a.State)
		}
		w.checkState(k, a.State)
	}
}

func cancelCancels(w *world) {
	id, keys := w.queued(4)
	_, others := w.queued(1)
	w.claim(keys[0], keys[1])
	w.end(store.Invited, keys[0])
	if n := w.cancel(id); n != 2 {
		w.Errorf("cancelled %d, want 2", n)
	}
	w.checkStates(id, store.Counts{store.Invited: 1, store.Sending: 1, store.Cancelled: 2})
	w.checkTime("SettledAt", w.applicant(keys[2]).SettledAt)
	for i, want := range []store.Key{keys[0], keys[1], {}, {}} {
		if got := w.holder(keys[i]); got != want {
			w.Errorf("the person of row %d is held by %v, want %v", keys[i].Row, got, want)
		}
	}
	b := w.batchNow(id)
	runs, err := w.st.Runs(w.Context(), id)
	w.must(err)
	if b.State != store.BatchCancelled || b.FinishedAt.IsZero() || len(runs) != 1 || runs[0].FinishedAt.IsZero() {
		w.Errorf("a cancelled batch is %+v with runs %+v", b, runs)
	}
	w.end(store.Invited, keys[1])
	w.checkStates(id, store.Counts{store.Invited: 2, store.Cancelled: 2})
	w.checkState(others[0], store.Queued)
	if w.holder(others[0]) != others[0] {
		w.Error("the person of another batch was given up")
	}
}

func cancelStates(w *world) {
	for _, state := range []store.BatchState{store.BatchImporting, store.BatchFinished, store.BatchCancelled} {
		id := w.batch(store.Applicant{})
		w.exec("UPDATE batches SET state = $1 WHERE id = $2", string(state), id)
		err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
			_, err := tx.CancelBatch(w.Context(), id)
			return err
		})
		var refused *store.StateError
		if !errors.As(err, &refused) || refused.State != state {
			w.Errorf("cancel a batch that is %s: %v", state, err)
		}
		w.checkStates(id, store.Counts{store.Queued: 1})
	}
	id, _ := w.queued(1)
	w.pause(id)
	if n := w.cancel(id); n != 1 {
		w.Errorf("cancelled %d of a paused batch, want 1", n)
	}
}

// cancelWhileClaimed cancels a batch while somebody of it is being claimed:
// who is sent keeps the person.
func cancelWhileClaimed(w *world) {
	id, keys := w.queued(2)
	p := w.params()
	w.during(func(tx *store.Tx) error {
		_, err := tx.Claim(w.Context(), p, keys[:1])
		return err
	}, func() { w.cancel(id) })
	w.checkStates(id, store.Counts{store.Sending: 1, store.Cancelled: 1})
	if got := w.holder(keys[0]); got != keys[0] {
		w.Errorf("the person of one who is being sent is held by %v", got)
	}
}

func cancelThenClaim(w *world) {
	id, keys := w.queued(1)
	p := w.params()
	var claimed []store.Applicant
	w.during(func(tx *store.Tx) error {
		_, err := tx.CancelBatch(w.Context(), id)
		return err
	}, func() { claimed = w.claimAs(p, keys...) })
	if len(claimed) != 0 {
		w.Error("one who was cancelled was claimed")
	}
	w.checkStates(id, store.Counts{store.Cancelled: 1})
}

// cancelWhileRequeued and cancelThenRequeued cancel a batch while somebody of
// it goes back to the queue: nobody is left queued in a cancelled batch.
func cancelWhileRequeued(w *world) {
	id, keys := w.sending(1)
	s := store.Settlement{Key: keys[0], Attempt: 1, State: store.Queued, Outcome: store.OutcomeDeferred}
	w.during(func(tx *store.Tx) error {
		_, err := tx.Settle(w.Context(), w.account, []store.Settlement{s})
		return err
	}, func() { w.cancel(id) })
	w.checkStates(id, store.Counts{store.Cancelled: 1})
}

func cancelThenRequeued(w *world) {
	for _, requeue := range []func(s store.Settlement){
		func(s store.Settlement) { w.settle(s) },
		func(s store.Settlement) { w.settleLookup(s, 0) },
	} {
		id, keys := w.sending(2)
		w.during(func(tx *store.Tx) error {
			_, err := tx.CancelBatch(w.Context(), id)
			return err
		}, func() {
			requeue(store.Settlement{Key: keys[0], Attempt: 1, State: store.Queued, Outcome: store.OutcomeDeferred})
		})
		w.checkStates(id, store.Counts{store.Cancelled: 1, store.Sending: 1})
	}
}
