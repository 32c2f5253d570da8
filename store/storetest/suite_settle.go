package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func settleTests() tests {
	return tests{
		"EachState": settleEachState, "Session": settleSession, "OlderAttempt": settleOlderAttempt, "Twice": settleTwice,
		"LateAnswer": settleLateAnswer, "ReleasesFailedOnly": settleReleases, "OthersPerson": settleOthersPerson,
		"RequeuedIntoCancelled": settleRequeuedIntoCancelled, "Many": settleMany,
	}
}

func settleEachState(w *world) {
	for state, outcome := range outcomes {
		id, keys := w.sending(2)
		w.settle(store.Settlement{Key: keys[0], Attempt: 1, State: state, Outcome: outcome, Status: 418,
			Counted: state == store.Failed, ErrorCode: "code", Error: "It's “said”.", LookupIn: time.Hour})
		a := w.applicant(keys[0])
		counted := 0
		if state == store.Failed {
			counted = 1
		}
		if a.State != state || a.ErrorCode != "code" || a.Error != "It's “said”." || a.Counted != counted {
			w.Errorf("settled as %s: %+v", state, a)
		}
		if settled := state != store.Queued && state != store.Sending; settled {
			w.checkTime("SettledAt", a.SettledAt)
		} else if !a.SettledAt.IsZero() {
			w.Errorf("%s has SettledAt %v", state, a.SettledAt)
		}
		if sent := state != store.Queued; sent {
			w.checkTime("SentAt", a.SentAt)
		} else if !a.SentAt.IsZero() {
			w.Errorf("%s has SentAt %v", state, a.SentAt)
		}
		attempt := w.attempts(keys[0])[0]
		w.checkTime("EndedAt", attempt.EndedAt)
		if attempt.Outcome != outcome || attempt.Status != 418 {
			w.Errorf("%s: the attempt is %+v", state, attempt)
		}
		w.checkState(keys[1], store.Sending)
		w.checkStates(id, plus(store.Counts{store.Sending: 1}, state))
	}
}

func plus(c store.Counts, s store.State) store.Counts {
	c[s]++
	return c
}

func settleSession(w *world) {
	_, keys := w.sending(1)
	got := w.settle(store.Settlement{Key: keys[0], Attempt: 1, State: store.Invited, Outcome: store.OutcomeCreated, Status: 201,
		Counted: true, SessionID: "s'1", SessionURL: "https://verify.example/s?1&é", Links: `{"a":["b\u0000"]}`})
	checkSame(w.T, keys, got)
	a := w.applicant(keys[0])
	if a.SessionID != "s'1" || a.SessionURL != "https://verify.example/s?1&é" || a.Links != `{"a":["b\u0000"]}` || a.Counted != 1 {
		w.Errorf("the applicant is %+v", a)
	}
	want := []store.Attempt{{N: 1, Generation: 1, Worker: worker, Outcome: store.OutcomeCreated, Status: 201, SessionID: "s'1"}}
	checkSame(w.T, want, w.attempts(keys[0]), cmpopts.IgnoreTypes(time.Time{}))
}

func settleOlderAttempt(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	// Two look-ups find nothing of the first attempt, and the second is on its way.
	s := store.Settlement{Key: k, Attempt: 1, State: store.Queued, Outcome: store.OutcomeNotFound}
	if !w.settleLookup(s, 0) || len(w.claim(k)) != 1 {
		w.Fatal("the second attempt was not made")
	}
	late := store.Settlement{Key: k, Attempt: 1, State: store.Failed, Outcome: store.OutcomeRefused, Counted: true}
	if got := w.settle(late); len(got) != 0 {
		w.Errorf("an older attempt settled %v", got)
	}
	a := w.applicant(k)
	if a.State != store.Sending || a.Attempt != 2 || w.holder(k) != k {
		w.Errorf("an older attempt changed %+v, held by %v", a, w.holder(k))
	}
}

func settleTwice(w *world) {
	_, keys := w.sending(1)
	w.end(store.Invited, keys[0])
	before := w.applicant(keys[0])
	again := store.Settlement{Key: keys[0], Attempt: 1, State: store.Failed, Outcome: store.OutcomeRefused, Counted: true}
	if got := w.settle(again); len(got) != 0 {
		w.Errorf("settled %v a second time", got)
	}
	checkSame(w.T, before, w.applicant(keys[0]))
	if got := w.attempts(keys[0])[0].Outcome; got != store.OutcomeCreated {
		w.Errorf("the attempt's outcome became %q", got)
	}
	if w.holder(keys[0]) != keys[0] {
		w.Error("the person of an invited applicant was given up")
	}
}

// settleLateAnswer settles an attempt that a look-up has taken for lost.
func settleLateAnswer(w *world) {
	_, keys := w.sending(1)
	w.settleLookup(store.Settlement{Key: keys[0], Attempt: 1, State: store.Sending, LookupIn: time.Hour}, 0)
	w.end(store.Invited, keys[0])
	w.checkState(keys[0], store.Invited)
	if got := w.attempts(keys[0])[0].Outcome; got != store.OutcomeCreated {
		w.Errorf("the attempt's outcome is %q, want what was answered", got)
	}
}

func settleReleases(w *world) {
	for state := range outcomes {
		_, keys := w.sending(1)
		w.end(state, keys[0])
		want := keys[0]
		if state == store.Failed {
			want = store.Key{}
		}
		if got := w.holder(keys[0]); got != want {
			w.Errorf("the person of one who is %s is held by %v, want %v", state, got, want)
		}
	}
}

// settleOthersPerson fails an applicant whose person another row holds.
func settleOthersPerson(w *world) {
	first := w.batch(store.Applicant{PersonKey: "p"})
	second := w.batch(store.Applicant{PersonKey: "p"})
	k := store.Key{Batch: second, Row: 2}
	w.claim(k)
	w.end(store.Failed, k)
	if got := w.holderOf("p"); got.Batch != first {
		w.Errorf("the person is held by %v, want batch %d", got, first)
	}
}

func settleRequeuedIntoCancelled(w *world) {
	id, keys := w.sending(3)
	if n := w.cancel(id); n != 0 {
		w.Errorf("cancelled %d who were being sent", n)
	}
	w.end(store.Queued, keys[0])
	w.end(store.Invited, keys[1])
	w.settleLookup(store.Settlement{Key: keys[2], Attempt: 1, State: store.Queued, Outcome: store.OutcomeNotFound}, 0)
	w.checkStates(id, store.Counts{store.Cancelled: 2, store.Invited: 1})
	w.checkTime("SettledAt", w.applicant(keys[0]).SettledAt)
	for i, want := range []store.Key{{}, keys[1], {}} {
		if got := w.holder(keys[i]); got != want {
			w.Errorf("the person of row %d is held by %v, want %v", keys[i].Row, got, want)
		}
	}
}

func settleMany(w *world) {
	id, keys := w.sending(300)
	states := []store.State{store.Queued, store.Sending, store.Invited, store.Failed, store.Unknown}
	all := make([]store.Settlement, len(keys))
	for i, k := range keys {
		s := states[i%len(states)]
		all[i] = store.Settlement{Key: k, Attempt: 1, State: s, Outcome: outcomes[s], LookupIn: time.Minute}
	}
	if got := w.settle(all...); len(got) != len(keys) {
		w.Errorf("settled %d of %d", len(got), len(keys))
	}
	w.checkStates(id, store.Counts{store.Queued: 60, store.Sending: 60, store.Invited: 60, store.Failed: 60, store.Unknown: 60})
}
