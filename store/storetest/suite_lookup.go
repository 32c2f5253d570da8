package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"usher/store"
)

func lookupTests() tests {
	return tests{
		"Due": lookupDue, "OneJobEach": lookupOneJobEach, "InDoubt": lookupInDoubt, "InDoubtSince": lookupInDoubtSince,
		"StillSending": lookupStillSending, "Fence": lookupFence, "CountsLost": lookupCountsLost, "Cancelled": lookupCancelled,
		"Told": lookupTold,
	}
}

// makeDue makes the time of every look-up come.
func (w *world) makeDue() {
	w.Helper()
	w.exec("UPDATE applicants SET lookup_at = $1 WHERE lookup_at IS NOT NULL", w.ago(time.Second))
}

func (w *world) due(limit int) []store.Key {
	w.Helper()
	keys := in(w, func(ctx context.Context, tx *store.Tx) ([]store.Key, error) {
		return tx.DueLookups(ctx, w.account, limit)
	})
	slices.SortFunc(keys, func(a, b store.Key) int { return a.Row - b.Row })
	return keys
}

func lookupDue(w *world) {
	id, keys := w.sending(4)
	check := func(when string, got []store.Key, want ...store.Key) {
		w.Helper()
		if !slices.Equal(got, want) {
			w.Errorf("%s: due %v, want %v", when, got, want)
		}
	}
	check("before their time", w.due(10))
	w.makeDue()
	mine := w.account
	w.account = w.newAccount("another")
	check("another account's", w.due(10))
	w.account = mine
	w.end(store.Invited, keys[3])
	first := w.due(2)
	if len(first) != 2 {
		w.Fatalf("due %v, want two of them", first)
	}
	rest := w.due(10)
	got := slices.Concat(first, rest)
	slices.SortFunc(got, func(a, b store.Key) int { return a.Row - b.Row })
	check("all", got, keys[:3]...)
	check("while their jobs are on their way", w.due(10))

	w.exec("UPDATE applicants SET lookup_job_at = $1 WHERE batch_id = $2 AND row_no = $3", w.ago(59*time.Second), id, keys[0].Row)
	w.exec("UPDATE applicants SET lookup_job_at = $1 WHERE batch_id = $2 AND row_no = $3", w.ago(61*time.Second), id, keys[1].Row)
	check("a minute later", w.due(10), keys[1])

	w.must(w.st.PostponeLookup(w.Context(), keys[2], 1, time.Hour))
	check("after one was postponed", w.due(10))
	w.must(w.st.PostponeLookup(w.Context(), keys[2], 1, -time.Millisecond))
	check("when its time has come", w.due(10), keys[2])
	w.exec("UPDATE applicants SET lookup_job_at = NULL WHERE batch_id = $1 AND row_no = $2", id, keys[2].Row)
	w.must(w.st.PostponeLookup(w.Context(), keys[2], 0, time.Hour))
	check("after an older attempt's was postponed", w.due(10), keys[2])
}

func lookupOneJobEach(w *world) {
	_, keys := w.sending(50)
	w.makeDue()
	var mu sync.Mutex
	got := map[store.Key]int{}
	w.atOnce(6, func(int) (bool, error) {
		return true, w.st.InTx(w.Context(), func(tx *store.Tx) error {
			due, err := tx.DueLookups(w.Context(), w.account, 30)
			mu.Lock()
			defer mu.Unlock()
			for _, k := range due {
				got[k]++
			}
			return err
		})
	})
	for _, k := range w.due(100) {
		got[k]++
	}
	for _, k := range keys {
		if got[k] != 1 {
			w.Errorf("row %d got %d jobs", k.Row, got[k])
		}
	}
}

func (w *world) inDoubt(k store.Key) store.InDoubt {
	w.Helper()
	d, err := w.st.InDoubt(w.Context(), k)
	w.must(err)
	return d
}

func lookupInDoubt(w *world) {
	id, keys := w.sending(2)
	d := w.inDoubt(keys[0])
	attempt := w.attempts(keys[0])[0]
	if d.Due || d.Lookups != 0 || d.BatchState != store.BatchRunning || d.Key != keys[0] || d.Attempt != 1 {
		w.Errorf("in doubt: %+v", d)
	}
	if !d.From.Equal(attempt.StartedAt) || !d.To.Equal(attempt.DeadlineAt) || !d.Ended.Equal(attempt.DeadlineAt) {
		w.Errorf("in doubt from %v to %v, ended %v; want the attempt %+v", d.From, d.To, d.Ended, attempt)
	}
	w.checkTime("Now", d.Now)
	w.makeDue()
	w.cancel(id)
	if d := w.inDoubt(keys[0]); !d.Due || d.BatchState != store.BatchCancelled {
		w.Errorf("in doubt: due %t in a batch that is %s", d.Due, d.BatchState)
	}
	for _, s := range []store.State{store.Invited, store.Failed, store.Unknown} {
		_, keys := w.sending(1)
		w.end(s, keys[0])
		_, err := w.st.InDoubt(w.Context(), keys[0])
		wantError(w.T, "in doubt of one who is "+string(s), err, store.ErrNotFound)
	}
}

// lookupInDoubtSince has an applicant with attempts of every kind behind it:
// only those that may have made a session count.
func lookupInDoubtSince(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	w.end(store.Queued, k) // deferred: the API made no session
	w.claim(k)
	w.settleLookup(store.Settlement{Key: k, Attempt: 2, State: store.Queued, Outcome: store.OutcomeNotFound}, 0)
	w.claim(k)
	w.end(store.Sending, k)
	d, attempts := w.inDoubt(k), w.attempts(k)
	if !d.From.Equal(attempts[1].StartedAt) || !d.To.Equal(attempts[2].DeadlineAt) || !d.Ended.Equal(attempts[2].EndedAt) {
		w.Errorf("in doubt from %v to %v, ended %v; attempts %+v", d.From, d.To, d.Ended, attempts)
	}
}

func lookupStillSending(w *world) {
	_, keys := w.sending(1)
	w.makeDue()
	w.due(10)
	s := store.Settlement{Key: keys[0], Attempt: 1, State: store.Sending, ErrorCode: "in_doubt", Error: "Asked once more.",
		LookupIn: time.Hour}
	if !w.settleLookup(s, 0) {
		w.Fatal("the look-up was not settled")
	}
	a, d := w.applicant(keys[0]), w.inDoubt(keys[0])
	if a.State != store.Sending || a.ErrorCode != "in_doubt" || !a.SettledAt.IsZero() || d.Lookups != 1 || d.Due {
		w.Errorf("after a look-up: %+v", d)
	}
	w.makeDue()
	checkSame(w.T, keys, w.due(10)) // the job of the second look-up
	s.State, s.Outcome = store.Unknown, store.OutcomeUnknown
	if !w.settleLookup(s, 1) {
		w.Fatal("the second look-up was not settled")
	}
	a = w.applicant(keys[0])
	w.checkTime("SettledAt", a.SettledAt)
	if got := w.attempts(keys[0])[0]; a.State != store.Unknown || got.Outcome != store.OutcomeUnknown || got.EndedAt.IsZero() {
		w.Errorf("after two look-ups: %+v, attempt %+v", a, got)
	}
}

func lookupFence(w *world) {
	_, keys := w.sending(2)
	k := keys[0]
	s := store.Settlement{Key: k, Attempt: 1, State: store.Invited, Outcome: store.OutcomeFound, SessionID: "s1"}
	older, nobody := s, s
	older.Attempt, nobody.Row = 0, 99
	for what, done := range map[string]bool{
		"of another attempt":         w.settleLookup(older, 0),
		"with more look-ups behind":  w.settleLookup(s, 1),
		"of one who is not there":    w.settleLookup(nobody, 0),
		"with fewer look-ups behind": w.settleLookup(s, -1),
	} {
		if done {
			w.Errorf("a look-up %s was settled", what)
		}
	}
	w.checkState(k, store.Sending)
	w.end(store.Invited, keys[1])
	if w.settleLookup(store.Settlement{Key: keys[1], Attempt: 1, State: store.Queued}, 0) {
		w.Error("a look-up of one who was settled was settled")
	}
	w.checkState(keys[1], store.Invited)
}

// lookupCountsLost looks up an attempt whose process died before it could say
// anything: it counts, once.
func lookupCountsLost(w *world) {
	_, keys := w.sending(2)
	w.end(store.Sending, keys[1]) // this one was counted by its process
	for _, k := range keys {
		w.settleLookup(store.Settlement{Key: k, Attempt: 1, State: store.Sending}, 0)
		w.settleLookup(store.Settlement{Key: k, Attempt: 1, State: store.Queued, Outcome: store.OutcomeNotFound}, 1)
		if got := w.applicant(k).Counted; got != 1 {
			w.Errorf("row %d: counted %d, want 1", k.Row, got)
		}
		if got := w.attempts(k)[0].Outcome; got != store.OutcomeNotFound {
			w.Errorf("row %d: outcome %q", k.Row, got)
		}
		w.checkState(k, store.Queued)
	}
}

func lookupCancelled(w *world) {
	id, keys := w.sending(1)
	w.cancel(id)
	w.settleLookup(store.Settlement{Key: keys[0], Attempt: 1, State: store.Cancelled, Outcome: store.OutcomeNotFound}, 0)
	w.checkStates(id, store.Counts{store.Cancelled: 1})
	if got := w.holder(keys[0]); got != (store.Key{}) {
		w.Errorf("the person is held by %v", got)
	}
}

// How many are in doubt, and how often one was looked up, can be told.
func lookupTold(w *world) {
	id, keys := w.sending(3)
	w.settle(store.Settlement{Key: keys[0], Attempt: 1, State: store.Sending, Outcome: store.OutcomeInDoubt, Counted: true, ErrorCode: "in_doubt"})
	n, err := w.st.InDoubtCount(w.Context(), id)
	w.must(err)
	if n != 1 {
		w.Errorf("%d are in doubt, want 1", n)
	}
	w.settleLookup(store.Settlement{Key: keys[0], Attempt: 1, State: store.Unknown, Outcome: store.OutcomeUnknown, ErrorCode: "not_found"}, 0)
	if n, err = w.st.InDoubtCount(w.Context(), id); err != nil || n != 0 {
		w.Errorf("%d are in doubt (%v), want none", n, err)
	}
	for k, want := range map[store.Key]int{keys[0]: 1, keys[1]: 0} {
		if n, err := w.st.Lookups(w.Context(), k); err != nil || n != want {
			w.Errorf("row %d was looked up %d times (%v), want %d", k.Row, n, err, want)
		}
	}
}
