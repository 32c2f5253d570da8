package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

// What tests do to a store, each in a transaction of its own.

func (w *world) activate(batch int64) {
	w.Helper()
	w.tx(func(tx *store.Tx) error { return tx.ActivateBatch(w.Context(), batch) })
}

func (w *world) params() store.ClaimParams {
	w.Helper()
	return store.ClaimParams{Account: w.account, Worker: worker, Generation: w.gate().Generation,
		Timeout: timeout, LookupAfter: lookup}
}

func (w *world) claim(keys ...store.Key) []store.Applicant {
	w.Helper()
	return w.claimAs(w.params(), keys...)
}

func (w *world) claimAs(p store.ClaimParams, keys ...store.Key) []store.Applicant {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) ([]store.Applicant, error) { return tx.Claim(ctx, p, keys) })
}

func (w *world) settle(all ...store.Settlement) []store.Key {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) ([]store.Key, error) { return tx.Settle(ctx, w.account, all) })
}

// end settles the present attempts of applicants in a state.
func (w *world) end(state store.State, keys ...store.Key) {
	w.Helper()
	all := make([]store.Settlement, len(keys))
	for i, k := range keys {
		all[i] = store.Settlement{Key: k, Attempt: w.applicant(k).Attempt, State: state, Outcome: outcomes[state],
			Counted: state != store.Queued}
	}
	if got := w.settle(all...); len(got) != len(keys) {
		w.Fatalf("settled %v, want %v", got, keys)
	}
}

// outcomes are those that most often lead to a state.
var outcomes = map[store.State]string{
	store.Queued: store.OutcomeDeferred, store.Sending: store.OutcomeInDoubt, store.Invited: store.OutcomeCreated,
	store.Failed: store.OutcomeRefused, store.Unknown: store.OutcomeUnknown,
}

func (w *world) settleLookup(s store.Settlement, lookups int) bool {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.SettleLookup(ctx, w.account, s, lookups)
	})
}

func (w *world) finish(batch int64) bool {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.FinishBatch(ctx, batch) })
}

func (w *world) cancel(batch int64) int {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (int, error) { return tx.CancelBatch(ctx, batch) })
}

func (w *world) retry(batch int64) []int {
	w.Helper()
	n, err := w.st.Retryable(w.Context(), batch)
	w.must(err)
	rows := in(w, func(ctx context.Context, tx *store.Tx) ([]int, error) { return tx.Retry(ctx, batch) })
	if n != len(rows) {
		w.Errorf("%d rows were queued again, and %d were said to be", len(rows), n)
	}
	return rows
}

func (w *world) resolve(k store.Key, sent bool, session string) bool {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.Resolve(ctx, k, sent, session) })
}

func (w *world) pause(batch int64) {
	w.Helper()
	ok, err := w.st.PauseBatch(w.Context(), batch, "by_person", "")
	w.must(err)
	if !ok {
		w.Fatalf("batch %d was not paused", batch)
	}
}

// close closes the gate for an answer of the present generation, until d from
// now.
func (w *world) close(reason string, d time.Duration) store.Gate {
	w.Helper()
	g := w.gate()
	return in(w, func(ctx context.Context, tx *store.Tx) (store.Gate, error) {
		g, changed, err := tx.CloseGate(ctx, w.account, closing(g.Generation, reason, d))
		if err == nil && !changed {
			w.Errorf("the gate was not closed for %s", reason)
		}
		return g, err
	})
}

func closing(generation int64, reason string, d time.Duration) store.Closing {
	return store.Closing{Generation: generation, Reason: reason, Detail: "HTTP 402", Wait: func(int) time.Duration { return d }}
}

func (w *world) closeByPerson() {
	w.Helper()
	w.tx(func(tx *store.Tx) error { return tx.CloseGateByPerson(w.Context(), w.account, "stop") })
}

func (w *world) takeProbe(worker string, hold time.Duration) bool {
	w.Helper()
	g := w.gate()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.TakeProbe(ctx, w.account, g.Generation, worker, hold)
	})
}

// What tests read.

func (w *world) applicant(k store.Key) store.Applicant {
	w.Helper()
	a, err := w.st.Applicant(w.Context(), k)
	w.must(err)
	return a
}

func (w *world) attempts(k store.Key) []store.Attempt {
	w.Helper()
	all, err := w.st.Attempts(w.Context(), k)
	w.must(err)
	return all
}

func (w *world) batchNow(id int64) store.Batch {
	w.Helper()
	b, err := w.st.Batch(w.Context(), id)
	w.must(err)
	return b
}

func (w *world) gate() store.Gate {
	w.Helper()
	g, err := w.st.Gate(w.Context(), w.account)
	w.must(err)
	return g
}

// holder is who holds an applicant's person; the zero Key when nobody does.
func (w *world) holder(k store.Key) store.Key {
	w.Helper()
	return w.holderOf(w.applicant(k).PersonKey)
}

func (w *world) holderOf(person string) store.Key {
	w.Helper()
	held, err := w.st.Holders(w.Context(), w.account, []string{person})
	w.must(err)
	return held[person].Key
}

func (w *world) checkStates(batch int64, want store.Counts) {
	w.Helper()
	got, err := w.st.Counts(w.Context(), batch)
	w.must(err)
	for s, n := range got {
		if n == 0 {
			delete(got, s)
		}
	}
	checkSame(w.T, want, got)
}

func (w *world) checkState(k store.Key, want store.State) {
	w.Helper()
	if got := w.applicant(k).State; got != want {
		w.Errorf("row %d is %s, want %s", k.Row, got, want)
	}
}

// checkTime checks a time that the database's clock wrote in this test.
func (w *world) checkTime(what string, at time.Time) {
	w.Helper()
	now, err := w.st.Now(w.Context())
	w.must(err)
	if at.IsZero() || at.After(now) || now.Sub(at) > time.Hour {
		w.Errorf("%s = %v, want a time just before %v", what, at, now)
	}
	if at.Location() != time.UTC {
		w.Errorf("%s is in zone %v, want UTC", what, at.Location())
	}
}

func checkSame[T any](t *testing.T, want, got T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func keysOf(all []store.Applicant) []store.Key {
	keys := make([]store.Key, len(all))
	for i, a := range all {
		keys[i] = a.Key
	}
	return keys
}
