package storetest

import (
	"errors"
	"slices"

	"usher/store"
)

func retryTests() tests {
	return tests{
		"Takes": retryTakes, "EachPersonOnce": retryEachPersonOnce, "Clears": retryClears, "NewRun": retryNewRun,
		"WhileRunning": retryWhileRunning, "States": retryStates, "AtOnce": retryAtOnce, "NotFinishedOver": retryNotFinishedOver,
		"StillQueued": retryStillQueued,
	}
}

func retryTakes(w *world) {
	ids := map[store.State]int{}
	var all []store.Applicant
	for i, s := range store.States {
		all = append(all, store.Applicant{State: s})
		ids[s] = i + 2
	}
	// Duplicates whose holder still has the person, and whose holder failed.
	holder := w.batch(store.Applicant{PersonKey: "held"}, store.Applicant{PersonKey: "free"})
	k := store.Key{Batch: holder, Row: 3}
	w.claim(k)
	w.end(store.Failed, k)
	all = append(all, store.Applicant{State: store.Duplicate, PersonKey: "held"}, store.Applicant{State: store.Duplicate, PersonKey: "free"},
		store.Applicant{State: store.Failed, PersonKey: "held"})
	id := w.batch(all...)
	won := w.retry(id)
	slices.Sort(won)
	checkSame(w.T, []int{ids[store.Duplicate], ids[store.Failed], 11}, won)
	for _, row := range won {
		k := store.Key{Batch: id, Row: row}
		w.checkState(k, store.Queued)
		if got := w.holder(k); got != k {
			w.Errorf("the person of row %d is held by %v", row, got)
		}
	}
	w.checkState(store.Key{Batch: id, Row: 10}, store.Duplicate)
	w.checkState(store.Key{Batch: id, Row: 12}, store.Failed)
	if got := w.holderOf("held"); got.Batch != holder {
		w.Errorf("a person that was held is now held by %v", got)
	}
	if again := w.retry(id); len(again) != 0 {
		w.Errorf("a second retry took %v", again)
	}
}

func retryEachPersonOnce(w *world) {
	id := w.batch(store.Applicant{State: store.Duplicate, PersonKey: "p"}, store.Applicant{State: store.Failed, PersonKey: "p"},
		store.Applicant{State: store.Failed, PersonKey: "p"}, store.Applicant{State: store.Duplicate, PersonKey: "q"})
	won := w.retry(id)
	slices.Sort(won)
	checkSame(w.T, []int{3, 5}, won) // the failed one before its duplicate
	w.checkStates(id, store.Counts{store.Queued: 2, store.Duplicate: 1, store.Failed: 1})
}

func retryClears(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	w.settle(store.Settlement{Key: k, Attempt: 1, State: store.Failed, Outcome: store.OutcomeRefused, Status: 422, Counted: true,
		SessionID: "s", SessionURL: "u", Links: "{}", ErrorCode: "bad_phone", Error: "The phone is bad."})
	w.retry(k.Batch)
	a := w.applicant(k)
	want := store.Applicant{Key: k, State: store.Queued, Run: 1, ExternalID: a.ExternalID, PersonKey: a.PersonKey, Attempt: 1}
	checkSame(w.T, want, a)
	if claimed := w.claim(k); len(claimed) != 1 || claimed[0].Attempt != 2 {
		w.Errorf("claimed %+v, want attempt 2", claimed)
	}
	if got := w.attempts(k)[0].Outcome; got != store.OutcomeRefused {
		w.Errorf("the first attempt's outcome is now %q", got)
	}
}

func retryNewRun(w *world) {
	id, keys := w.sending(2)
	w.end(store.Failed, keys[0])
	w.end(store.Invited, keys[1])
	w.finish(id)
	checkSame(w.T, []int{keys[0].Row}, w.retry(id))
	b := w.batchNow(id)
	if b.State != store.BatchRunning || b.Run != 2 || !b.FinishedAt.IsZero() {
		w.Errorf("a batch with a new run is %+v", b)
	}
	if first, second := w.applicant(keys[0]).Run, w.applicant(keys[1]).Run; first != 2 || second != 1 {
		w.Errorf("the applicants are of runs %d and %d, want 2 and 1", first, second)
	}
	w.claim(keys[0])
	w.end(store.Invited, keys[0])
	if !w.finish(id) {
		w.Error("the second run was not finished")
	}
	runs, err := w.st.Runs(w.Context(), id)
	w.must(err)
	if len(runs) != 2 || runs[0].FinishedAt.IsZero() || runs[1].FinishedAt.IsZero() || runs[1].StartedAt.Before(runs[0].FinishedAt) {
		w.Errorf("runs %+v", runs)
	}
	if won := w.retry(id); len(won) != 0 || w.batchNow(id).State != store.BatchFinished {
		w.Errorf("a retry with nobody to take took %v", won)
	}
}

func retryWhileRunning(w *world) {
	id, keys := w.sending(2)
	w.end(store.Failed, keys[0])
	w.retry(id)
	if b := w.batchNow(id); b.State != store.BatchRunning || b.Run != 1 {
		w.Errorf("a running batch became %s in run %d", b.State, b.Run)
	}
	w.claim(keys[0])
	w.end(store.Failed, keys[0])
	w.pause(id)
	w.retry(id)
	if b := w.batchNow(id); b.State != store.BatchPaused || b.Run != 1 {
		w.Errorf("a paused batch became %s in run %d", b.State, b.Run)
	}
	w.checkStates(id, store.Counts{store.Queued: 1, store.Sending: 1})
}

func retryStates(w *world) {
	for _, state := range []store.BatchState{store.BatchImporting, store.BatchCancelled} {
		id := w.importing(store.Applicant{State: store.Failed})
		w.exec("UPDATE batches SET state = $1 WHERE id = $2", string(state), id)
		err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
			_, err := tx.Retry(w.Context(), id)
			return err
		})
		var refused *store.StateError
		if !errors.As(err, &refused) || refused.Batch != id || refused.State != state || refused.Error() == "" {
			w.Errorf("retry a batch that is %s: %v", state, err)
		}
		w.checkStates(id, store.Counts{store.Failed: 1})
	}
}

func retryAtOnce(w *world) {
	id := w.batch(store.Applicant{State: store.Failed})
	w.finish(id)
	n := w.atOnce(5, func(int) (won bool, err error) {
		err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
			rows, err := tx.Retry(w.Context(), id)
			won = len(rows) > 0
			return err
		})
		return won, err
	})
	if b := w.batchNow(id); n != 1 || b.Run != 2 {
		w.Errorf("%d of 5 retries took the row; run %d", n, b.Run)
	}
}

// retryNotFinishedOver finishes a running batch at the moment at which a retry
// queues somebody again, who would be forgotten in a finished batch.
func retryNotFinishedOver(w *world) {
	id := w.batch(store.Applicant{State: store.Failed})
	var finished bool
	w.during(func(tx *store.Tx) error {
		_, err := tx.Retry(w.Context(), id)
		return err
	}, func() { finished = w.finish(id) })
	if b := w.batchNow(id); finished || b.State != store.BatchRunning {
		w.Errorf("the batch is %s with somebody queued", b.State)
	}
}

func retryStillQueued(w *world) {
	id, keys := w.queued(5)
	w.queued(5) // another batch has the same rows
	w.claim(keys[1], keys[2])
	w.end(store.Queued, keys[2])
	got, err := w.st.StillQueued(w.Context(), id, []int{6, 99, 2, 3, 4})
	w.must(err)
	checkSame(w.T, []int{2, 4, 6}, got)
	got, err = w.st.StillQueued(w.Context(), id, nil)
	w.must(err)
	checkSame(w.T, 0, len(got))
}
