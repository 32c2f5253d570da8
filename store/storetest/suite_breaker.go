package storetest

import (
	"context"
	"fmt"
	"strings"

	"usher/store"
)

func breakerTests() tests {
	return tests{
		"InRow": breakerInRow, "InRowOrder": breakerInRowOrder, "AtOnce": breakerAtOnce, "Tolerate": breakerTolerate,
		"Resume": breakerResume, "Never": breakerNever, "Late": breakerLate, "Batches": breakerBatches, "Act": breakerAct,
	}
}

// breakers gives a batch its breakers.
func (w *world) breakers(batch int64, b store.Breakers) {
	w.Helper()
	w.must(w.st.SetBreakers(w.Context(), batch, b))
}

// refusal is the end of somebody who is being sent to and is refused.
func (w *world) refusal(k store.Key, why string) store.Settlement {
	return store.Settlement{Key: k, Attempt: 1, State: store.Failed, Outcome: store.OutcomeRefused, Status: 422, Counted: true, Refusal: why}
}

// breakerRefuse settles people who are being sent to, each in a transaction of its own.
func (w *world) breakerRefuse(why string, keys ...store.Key) {
	w.Helper()
	for _, k := range keys {
		w.settle(w.refusal(k, why))
	}
}

// checkPaused tells whether a batch is paused, for what, and what that says.
func (w *world) checkPaused(when string, batch int64, reason string, words ...string) {
	w.Helper()
	b := w.batchNow(batch)
	if (b.State == store.BatchPaused) != (reason != "") || b.PauseReason != reason {
		w.Errorf("%s: it is %s (%q), want %q", when, b.State, b.PauseReason, reason)
	}
	for _, word := range words {
		if !strings.Contains(b.PauseDetail, word) {
			w.Errorf("%s: %q does not say %q", when, b.PauseDetail, word)
		}
	}
}

// breakerInRow: so many who are refused for the same in a row pause the batch. Another
// refusal, or somebody who is invited, begins anew.
func breakerInRow(w *world) {
	id, k := w.sending(12)
	w.breakers(id, store.Breakers{SameRefusal: 3, Tolerate: 100})
	w.breakerRefuse("HTTP 422 bad phone", k[0], k[1])
	w.breakerRefuse("HTTP 422 bad email", k[2])
	w.breakerRefuse("HTTP 422 bad phone", k[3], k[4])
	w.end(store.Invited, k[5])
	w.breakerRefuse("HTTP 422 bad phone", k[6], k[7])
	w.checkPaused("after two", id, "")
	w.breakerRefuse("HTTP 422 bad phone", k[8])
	w.checkPaused("after three", id, store.PausedSameRefusal, "3 people", "HTTP 422 bad phone")
}

// breakerInRowOrder: in a transaction of many the order of the answers counts.
func breakerInRowOrder(w *world) {
	id, k := w.sending(9)
	w.breakers(id, store.Breakers{SameRefusal: 3, Tolerate: 100})
	invited := func(k store.Key) store.Settlement {
		return store.Settlement{Key: k, Attempt: 1, State: store.Invited, Outcome: store.OutcomeCreated, Counted: true, SessionID: fmt.Sprint("breaker-", k.Row)}
	}
	w.settle(w.refusal(k[0], "no"), w.refusal(k[1], "no"), invited(k[2]), w.refusal(k[3], "no"))
	w.checkPaused("with somebody invited between them", id, "")
	w.settle(w.refusal(k[4], "no"), invited(k[5]))
	w.settle(w.refusal(k[6], "no"), w.refusal(k[7], "no"))
	w.checkPaused("after somebody was invited", id, "")
	w.settle(w.refusal(k[8], "no"))
	w.checkPaused("after three", id, store.PausedSameRefusal)
}

// breakerAtOnce: of refusals in as many transactions at one moment none is overlooked.
func breakerAtOnce(w *world) {
	const n = 20
	id, k := w.sending(n)
	w.breakers(id, store.Breakers{SameRefusal: n, Tolerate: 100})
	paused := w.atOnce(n, func(i int) (paused bool, err error) {
		err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
			_, err := tx.Settle(w.Context(), w.account, []store.Settlement{w.refusal(k[i], "no")})
			paused = len(tx.Paused()) == 1
			return err
		})
		return paused, err
	})
	if paused != 1 {
		w.Errorf("it was paused %d times, want once", paused)
	}
	w.checkPaused("after all", id, store.PausedSameRefusal, "20 people")
}

// breakerTolerate: more than so many per cent pause a batch, from 50 people on.
func breakerTolerate(w *world) {
	id, k := w.sending(60)
	w.breakers(id, store.Breakers{Tolerate: 10})
	w.breakerRefuse("no", k[:6]...)
	w.end(store.Invited, k[6:48]...)
	w.breakerRefuse("no", k[48])
	w.checkPaused("with 7 of 49", id, "")
	w.breakerRefuse("other", k[49])
	w.checkPaused("with 8 of 50", id, store.PausedManyRefused, "8 of 50 people", "10 %", "other")

	id, k = w.sending(60)
	w.breakers(id, store.Breakers{Tolerate: 10})
	w.end(store.Invited, k[:45]...)
	w.breakerRefuse("no", k[45:50]...)
	w.checkPaused("with 5 of 50, which is 10 %", id, "")
	w.breakerRefuse("no", k[50])
	w.checkPaused("with 6 of 51", id, store.PausedManyRefused)
}

// breakerResume: a batch that is resumed does not pause again for what was before, and
// does so for what comes.
func breakerResume(w *world) {
	id, k := w.sending(130)
	w.breakers(id, store.Breakers{SameRefusal: 4, Tolerate: 10})
	w.breakerRefuse("no", k[:4]...)
	w.checkPaused("after four", id, store.PausedSameRefusal)
	w.breakerRefuse("no", k[4]) // was on his way
	w.resume(id)
	w.breakerRefuse("no", k[5:8]...)
	w.checkPaused("with three since", id, "")
	w.end(store.Invited, k[8:54]...)
	w.breakerRefuse("no", k[54])
	w.checkPaused("with 4 of 50 since", id, "")
	w.end(store.Invited, k[55])
	w.breakerRefuse("no", k[56:58]...)
	w.checkPaused("with 6 of 53 since", id, store.PausedManyRefused, "6 of 53")
	w.resume(id)
	w.end(store.Invited, k[58:108]...)
	w.breakerRefuse("no", k[108:111]...)
	w.checkPaused("with 3 of 53 since", id, "")
}

func (w *world) resume(batch int64) {
	w.Helper()
	ok, err := w.st.ResumeBatch(w.Context(), batch)
	w.checkYes("resume", ok, err)
}

// breakerNever: without breakers nothing pauses a batch.
func breakerNever(w *world) {
	id, k := w.sending(60)
	w.breakers(id, store.Breakers{Tolerate: 100})
	w.breakerRefuse("no", k...)
	w.checkPaused("all refused", id, "")
}

// breakerLate: an answer that comes too late, to an attempt that others settled, counts
// nothing.
func breakerLate(w *world) {
	id, k := w.sending(3)
	w.breakers(id, store.Breakers{SameRefusal: 2, Tolerate: 100})
	w.breakerRefuse("no", k[0])
	w.breakerRefuse("no", k[0])
	w.checkPaused("one, twice", id, "")
	w.settle(w.refusal(k[0], "no"), w.refusal(k[1], "no"))
	w.checkPaused("two", id, store.PausedSameRefusal, "2 people")
}

// breakerBatches: each batch is counted by itself, also in one transaction.
func breakerBatches(w *world) {
	one, k := w.sending(3)
	two, l := w.sending(3)
	for _, id := range []int64{one, two} {
		w.breakers(id, store.Breakers{SameRefusal: 3, Tolerate: 100})
	}
	w.settle(w.refusal(l[0], "no"), w.refusal(k[0], "no"), w.refusal(l[1], "no"), w.refusal(k[1], "no"), w.refusal(l[2], "no"))
	w.checkPaused("two of it", one, "")
	w.checkPaused("three of it", two, store.PausedSameRefusal)
}

// breakerAct: that a batch paused itself is an act of usher's, and an event.
func breakerAct(w *world) {
	id, k := w.sending(2)
	w.breakers(id, store.Breakers{SameRefusal: 2, Tolerate: 100})
	w.breakerRefuse("no", k...)
	acts := w.acts(store.ActFilter{Batch: id})
	if len(acts) != 1 || acts[0].What != store.ActPause || acts[0].Actor != (store.Actor{Name: "usher", Way: store.WayItself}) {
		w.Errorf("acts: %+v", acts)
	}
	events, err := w.st.UntoldEvents(w.Context(), w.account, 10)
	if w.must(err); len(events) != 1 || events[0].Reason != store.PausedSameRefusal || events[0].Numbers["failed"] != 2 {
		w.Errorf("events: %+v", events)
	}
}

// in the transaction of a batch's beginning: who goes first.
func (w *world) begin(batch int64, b store.Breakers) {
	w.Helper()
	w.tx(func(tx *store.Tx) error { return tx.BeginBreakers(w.Context(), batch, b) })
}

// judge lets the others of a batch go if its first people are invited.
func (w *world) judge(batch int64) bool {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.JudgeCanary(ctx, batch) })
}
