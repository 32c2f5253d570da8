package storetest

import (
	"errors"
	"slices"

	"usher/store"
)

func canaryTests() tests {
	return tests{
		"Claim": canaryClaim, "Small": canarySmall, "Passed": canaryPassed, "Refused": canaryRefused, "Unknown": canaryUnknown,
		"Doubt": canaryDoubt, "Deferred": canaryDeferred, "Paused": canaryPaused, "Retry": canaryRetry, "RetryFew": canaryRetryFew,
		"Probe": canaryProbe, "Reinvite": canaryReinvite, "Rejected": canaryRejected, "Judges": canaryJudges,
	}
}

var firstTwo = store.Breakers{Canary: 2, Tolerate: 100}

// first is a running batch of n people, of whom two go first.
func (w *world) first(n int) (int64, []store.Key) {
	w.Helper()
	id, keys := w.queued(n)
	w.begin(id, firstTwo)
	return id, keys
}

// checkHeld tells how many of some people can be claimed, and claims them.
func (w *world) checkHeld(when string, want int, keys ...store.Key) {
	w.Helper()
	if got := w.claim(keys...); len(got) != want {
		w.Errorf("%s: claimed %v, want %d", when, keysOf(got), want)
	}
}

// canaryClaim: who comes after those who go first is not claimed, whoever asks.
func canaryClaim(w *world) {
	_, k := w.first(5)
	w.checkHeld("the others alone", 0, k[2:]...)
	w.checkHeld("all", 2, k...)
	w.checkHeld("the others again", 0, k[2:]...)
}

// canarySmall: where all are first nobody is held back.
func canarySmall(w *world) {
	id, k := w.first(2)
	if b := w.batchNow(id); b.CanaryTo != 0 || b.Breakers != firstTwo {
		w.Errorf("a small batch: %+v", b)
	}
	w.checkHeld("all", 2, k...)
	id, k = w.queued(3)
	w.begin(id, store.Breakers{Tolerate: 100})
	w.checkHeld("without a canary", 3, k...)
}

// canaryPassed: the others follow when all who went first are invited, and not before.
func canaryPassed(w *world) {
	id, k := w.first(5)
	check := func(when string, want bool) {
		w.Helper()
		if got := w.judge(id); got != want {
			w.Errorf("%s: the others may go: %t", when, got)
		}
	}
	check("with both queued", false)
	w.claim(k[:2]...)
	check("with both being sent to", false)
	w.end(store.Invited, k[0])
	check("with one invited", false)
	w.checkHeld("with one invited", 0, k[2:]...)
	w.end(store.Invited, k[1])
	check("with both invited", true)
	check("again", false)
	w.checkHeld("afterwards", 3, k[2:]...)
	w.end(store.Failed, k[2:]...)
	check("when others are refused", false)
	w.checkPaused("when others are refused", id, "")
}

// canaryRefused: when one of them is refused the batch is paused, and resumed it goes on
// with all.
func canaryRefused(w *world) {
	id, k := w.first(5)
	w.claim(k...)
	w.breakerRefuse("HTTP 422 bad phone", k[0])
	w.judge(id)
	w.checkPaused("while the other is being sent to", id, "")
	w.end(store.Invited, k[1])
	if w.judge(id) {
		w.Error("the others may go")
	}
	w.checkPaused("with one refused", id, store.PausedCanary, "1 of the first 2 people was refused", "HTTP 422 bad phone")
	if n := len(w.acts(store.ActFilter{Batch: id})); n != 1 {
		w.Errorf("%d acts, want one of the pause", n)
	}
	w.resume(id)
	w.judge(id)
	w.checkPaused("resumed", id, "")
	w.checkHeld("resumed", 3, k...)
}

// canaryUnknown: somebody of whom nothing can be found out is not invited.
func canaryUnknown(w *world) {
	id, k := w.first(5)
	w.claim(k...)
	w.breakerRefuse("HTTP 422", k[0])
	w.end(store.Unknown, k[1])
	w.judge(id)
	w.checkPaused("with one refused and one unknown", id, store.PausedCanary, "what became of 1 of the first 2", "HTTP 422")
}

// canaryDoubt: who is in doubt is waited for.
func canaryDoubt(w *world) {
	id, k := w.first(4)
	w.claim(k...)
	w.end(store.Invited, k[0])
	w.end(store.Sending, k[1])
	if w.judge(id) {
		w.Error("the others go while one is in doubt")
	}
	w.checkPaused("with one in doubt", id, "")
	w.settleLookup(store.Settlement{Key: k[1], Attempt: 1, State: store.Invited, Outcome: store.OutcomeFound, SessionID: "found"}, 0)
	if !w.judge(id) {
		w.Error("the others do not go after the look-up")
	}
}

// canaryDeferred: who could not be sent to, for a reason that is nobody's, is sent to
// again before the others go.
func canaryDeferred(w *world) {
	id, k := w.first(4)
	w.claim(k...)
	w.end(store.Queued, k[0])
	w.end(store.Invited, k[1])
	rows, err := w.st.Canary(w.Context(), id)
	if w.must(err); !slices.Equal(rows, []int{k[0].Row}) {
		w.Errorf("to be sent to: %v", rows)
	}
	if w.judge(id) {
		w.Error("the others go while one is queued")
	}
	w.checkHeld("one again", 1, k...)
}

// canaryPaused: a person who pauses the batch meanwhile, and resumes it, does not let the
// others go.
func canaryPaused(w *world) {
	id, k := w.first(4)
	w.claim(k...)
	w.pause(id)
	w.breakerRefuse("no", k[:2]...)
	w.judge(id)
	if b := w.batchNow(id); b.PauseReason != "by_person" {
		w.Errorf("paused: %+v", b)
	}
	w.resume(id)
	w.checkHeld("resumed", 0, k...)
	w.judge(id)
	w.checkPaused("judged", id, store.PausedCanary, "2 of the first 2")
}

// canaryRetry: the first people of a new run go alone too, and are judged by that run.
func canaryRetry(w *world) {
	id, k := w.queued(6)
	w.breakers(id, firstTwo)
	w.claim(k...)
	w.end(store.Invited, k[3])
	w.end(store.Unknown, k[0])
	w.end(store.Failed, k[1], k[2], k[4], k[5])
	w.finish(id)
	w.retry(id)
	w.checkHeld("of the new run", 2, k...)
	w.settle(store.Settlement{Key: k[1], Attempt: 2, State: store.Invited, Outcome: store.OutcomeCreated, SessionID: "a"},
		store.Settlement{Key: k[2], Attempt: 2, State: store.Invited, Outcome: store.OutcomeCreated, SessionID: "b"})
	if !w.judge(id) {
		w.Errorf("the others do not go: %+v", w.batchNow(id))
	}
	w.checkHeld("the rest", 2, k...)
}

// canaryRetryFew: those who went first and are queued again, as the batch is paused, go
// alone once more when it is resumed.
func canaryRetryFew(w *world) {
	id, k := w.first(5)
	w.claim(k...)
	w.breakerRefuse("no", k[:2]...)
	w.judge(id)
	if rows := w.retry(id); len(rows) != 2 {
		w.Errorf("queued again: %v", rows)
	}
	w.resume(id)
	w.checkHeld("resumed", 2, k...)
	w.settle(store.Settlement{Key: k[0], Attempt: 2, State: store.Invited, Outcome: store.OutcomeCreated, SessionID: "a"},
		store.Settlement{Key: k[1], Attempt: 2, State: store.Failed, Outcome: store.OutcomeRefused, Refusal: "no"})
	w.judge(id)
	w.checkPaused("with one refused again", id, store.PausedCanary, "1 of the first 2")
	w.retry(id)
	w.breakers(id, store.Breakers{Tolerate: 100})
	w.resume(id)
	w.checkHeld("resumed without a canary", 4, k...)
}

// canaryProbe: a closed gate is probed with somebody who may go.
func canaryProbe(w *world) {
	id, k := w.first(4)
	w.claim(k[0])
	w.end(store.Queued, k[0])
	w.claim(k[1])
	w.close(store.GatePaymentRequired, 0)
	if got, err := w.st.ProbeCandidate(w.Context(), w.account, 0); err != nil || got != k[0] {
		w.Errorf("probed with %v (%v), want %v", got, err, k[0])
	}
	w.exec("UPDATE applicants SET state = 'failed' WHERE batch_id = $1 AND row_no = $2", id, k[0].Row)
	w.exec("UPDATE counts SET n = n - 1 WHERE batch_id = $1 AND state = 'queued' AND slot = "+
		"(SELECT min(slot) FROM counts WHERE batch_id = $1 AND state = 'queued')", id) // several connections have a slot each
	w.exec("INSERT INTO counts (batch_id, state, slot, n) VALUES ($1, 'failed', 0, 1)", id)
	if got, err := w.st.ProbeCandidate(w.Context(), w.account, id); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("probed with %v (%v), who is held back", got, err)
	}
}

// canaryReinvite: who is invited again has the breakers of the batch.
func canaryReinvite(w *world) {
	id, k := w.sending(3)
	w.end(store.Invited, k...)
	w.breakers(id, firstTwo)
	fresh, err := inTx(w, func(tx *store.Tx) (int64, error) { return tx.Reinvite(w.Context(), id, []int{2, 3, 4}) })
	w.must(err)
	if b := w.batchNow(fresh); b.Breakers != firstTwo || b.CanaryTo != 3 {
		w.Errorf("invited again: %+v", b)
	}
}

// canaryRejected: rows that are not sent to are not among the first.
func canaryRejected(w *world) {
	id := w.batch(store.Applicant{State: store.Rejected}, store.Applicant{}, store.Applicant{State: store.Duplicate}, store.Applicant{}, store.Applicant{})
	w.begin(id, firstTwo)
	if b := w.batchNow(id); b.CanaryTo != 5 {
		w.Errorf("the last of the first is row %d, want 5", b.CanaryTo)
	}
}

// canaryJudges: of many who judge at one moment, one lets the others go.
func canaryJudges(w *world) {
	id, k := w.first(4)
	w.claim(k...)
	w.end(store.Invited, k[:2]...)
	n := w.atOnce(10, func(int) (bool, error) {
		return inTx(w, func(tx *store.Tx) (bool, error) { return tx.JudgeCanary(w.Context(), id) })
	})
	if n != 1 {
		w.Errorf("%d let the others go, want 1", n)
	}
}

func inTx[T any](w *world, f func(tx *store.Tx) (T, error)) (v T, err error) {
	err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
		v, err = f(tx)
		return err
	})
	return v, err
}
