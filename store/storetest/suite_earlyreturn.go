package storetest

import (
	"fmt"
	"time"

	"usher/store"
)

func earlyReturnTests() tests {
	return tests{
		"Found": earlyFound, "Answered": earlyAnswered, "Resolved": earlyResolved, "GivenUp": earlyGivenUp,
		"OfAnother": earlyOfAnother, "NobodyWaits": earlyNobodyWaits, "WhileSettled": earlyWhileSettled, "WhileKept": earlyWhileKept,
		"AtOnce": earlyAtOnce, "Flood": earlyFlood, "Old": earlyOld,
	}
}

var earlyKept = store.EarlyKept{Most: 100, For: time.Hour}

// noteEarly tells what the provider says of a session that nobody has, as far as is
// known.
func (w *world) noteEarly(r store.Return) error {
	return w.st.InTx(w.Context(), func(tx *store.Tx) error { return tx.NoteEarly(w.Context(), w.account, r, earlyKept) })
}

func (w *world) toldEarly(all ...store.Return) {
	w.Helper()
	for _, r := range all {
		w.must(w.noteEarly(r))
	}
}

// settleEarly settles beside others.
func (w *world) settleEarly(all ...store.Settlement) error {
	return w.st.InTx(w.Context(), func(tx *store.Tx) error {
		_, err := tx.Settle(w.Context(), w.account, all)
		return err
	})
}

// earlyLeft checks how much is kept of sessions that nobody has, and that nobody who
// does not exist has one.
func (w *world) earlyLeft(want int) {
	w.Helper()
	if n := w.number("SELECT count(*) FROM early_returns"); n != want {
		w.Errorf("%d are kept, want %d", n, want)
	}
	if n := w.number("SELECT count(*) FROM sessions WHERE batch_id = 0"); n != 0 {
		w.Errorf("%d sessions are nobody's", n)
	}
}

// earlyFound is about an answer that was lost: a look-up finds the session later.
func earlyFound(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	w.toldEarly(providerSaid("s1", "submitted"), providerSaid("s2", "failed"), providerSaid("s1", "rejected"),
		providerSaid("s1", "verified"), providerSaid("s1", "submitted"), providerSaid("s1", "rejected"))
	w.exec("UPDATE early_returns SET told_at = $1", w.ago(30*time.Minute))
	w.earlyLeft(4)
	w.outcomeIs(k, "", "", 0)
	if !w.settleLookup(foundSession(k, "s1"), 0) {
		w.Fatal("the session was not found")
	}
	w.outcomeIs(k, store.OutcomeConfirmed, "verified", 3)
	all, err := w.st.Returns(w.Context(), k)
	w.must(err)
	for i, word := range []string{"submitted", "rejected", "verified"} {
		w.checkIn("told", all[i].At, -30*time.Minute)
		want := providerSaid("s1", word)
		want.At = all[i].At
		checkSame(w.T, want, all[i])
	}
	w.earlyLeft(1)
	w.told(k, providerSaid("s1", "verified"), false) // that was sent again
}

// earlyAnswered is about a webhook that is faster than the answer.
func earlyAnswered(w *world) {
	_, keys := w.sending(3)
	w.toldEarly(providerSaid("s1", "created"), providerSaid("s2", "created"), providerSaid("s2", "verified"))
	late := createdSession(keys[1], "s2")
	late.State, late.SessionURL, late.ErrorCode = store.Sending, "", "url_missing"
	w.settle(createdSession(keys[0], "s1"), late, createdSession(keys[2], "s3"))
	w.outcomeIs(keys[0], "", "", 1)
	w.outcomeIs(keys[1], store.OutcomeConfirmed, "verified", 2)
	w.outcomeIs(keys[2], "", "", 0)
	w.earlyLeft(0)
}

func earlyResolved(w *world) {
	_, keys := w.sending(2)
	w.end(store.Unknown, keys...)
	w.toldEarly(providerSaid("s1", "verified"))
	if !w.resolve(keys[0], true, "s1") || !w.resolve(keys[1], true, "") {
		w.Fatal("a person's word was not taken")
	}
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 1)
	w.outcomeIs(keys[1], "", "", 0)
}

// earlyGivenUp tells of a session that is found and given up: it is the applicant's,
// and does not count against the present one.
func earlyGivenUp(w *world) {
	_, keys := w.sending(1)
	w.toldEarly(providerSaid("s1", "failed"), providerSaid("s2", "verified"))
	s := foundSession(keys[0], "s1")
	s.State, s.Outcome, s.SessionURL = store.Queued, store.OutcomeAbandoned, ""
	if !w.settleLookup(s, 0) || len(w.claim(keys[0])) != 1 {
		w.Fatal("the session was not given up")
	}
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "failed", 1)
	w.settle(store.Settlement{Key: keys[0], Attempt: 2, State: store.Invited, Outcome: store.OutcomeCreated, SessionID: "s2"})
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 2)
}

// earlyOfAnother is about sessions of the same name: of another account, and of two
// who were answered with one.
func earlyOfAnother(w *world) {
	_, keys := w.sending(2)
	w.toldEarly(providerSaid("s1", "verified"), providerSaid("both", "verified"))
	w.settle(createdSession(keys[0], "both"), createdSession(keys[1], "both"))
	w.outcomeIs(keys[0], "", "", 0)
	w.outcomeIs(keys[1], "", "", 0)
	first := w.account
	w.account = w.newAccount("another")
	_, others := w.sending(1)
	w.settle(createdSession(others[0], "s1"))
	w.outcomeIs(others[0], "", "", 0)
	w.earlyLeft(2)
	w.account = first
	if !w.settleLookup(foundSession(keys[0], "both"), 0) {
		w.Fatal("the session was not found")
	}
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 1)
}

// earlyNobodyWaits notes at once what is told of a session that somebody has.
func earlyNobodyWaits(w *world) {
	k := w.invitedWith("s1")[0]
	w.toldEarly(providerSaid("s1", "verified"), providerSaid("s1", "verified"))
	w.outcomeIs(k, store.OutcomeConfirmed, "verified", 1)
	w.earlyLeft(0)
}

// earlyWhileSettled tells of a session at the moment in which somebody gets it.
func earlyWhileSettled(w *world) {
	_, keys := w.sending(1)
	w.during(func(tx *store.Tx) error {
		_, err := tx.Settle(w.Context(), w.account, []store.Settlement{createdSession(keys[0], "s1")})
		return err
	}, func() {
		if err := w.noteEarly(providerSaid("s1", "verified")); err != nil {
			w.Error(err)
		}
	})
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 1)
	w.earlyLeft(0)
}

// earlyWhileKept gives a session at the moment in which something is told of it.
func earlyWhileKept(w *world) {
	_, keys := w.sending(1)
	w.during(func(tx *store.Tx) error {
		return tx.NoteEarly(w.Context(), w.account, providerSaid("s1", "verified"), earlyKept)
	}, func() {
		if err := w.settleEarly(createdSession(keys[0], "s1")); err != nil {
			w.Error(err)
		}
	})
	w.checkState(keys[0], store.Invited)
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 1)
	w.earlyLeft(0)
}

// earlyAtOnce tells of many sessions while they are given, several together.
func earlyAtOnce(w *world) {
	_, keys := w.sending(40)
	w.atOnce(60, func(i int) (bool, error) {
		if i < 40 {
			return true, w.noteEarly(providerSaid(fmt.Sprint("s", 39-i), "verified"))
		}
		a, b := 2*(i-40), 2*(i-40)+1
		return true, w.settleEarly(createdSession(keys[a], fmt.Sprint("s", a)), createdSession(keys[b], fmt.Sprint("s", b)))
	})
	for _, k := range keys {
		w.outcomeIs(k, store.OutcomeConfirmed, "verified", 1)
	}
	w.earlyLeft(0)
}

// earlyFlood tells of many sessions that nobody ever has: what was told last is kept.
func earlyFlood(w *world) {
	for i := range 301 {
		w.toldEarly(providerSaid(fmt.Sprint("s", i), "verified"))
	}
	if n := w.number("SELECT count(*) FROM early_returns"); n < earlyKept.Most || n > earlyKept.Most+1 {
		w.Errorf("%d are kept, want %d", n, earlyKept.Most)
	}
	_, keys := w.sending(2)
	w.settle(createdSession(keys[0], "s0"), createdSession(keys[1], "s300"))
	w.outcomeIs(keys[0], "", "", 0)
	w.outcomeIs(keys[1], store.OutcomeConfirmed, "verified", 1)
	w.must(w.st.SweepEarly(w.Context(), w.account, store.EarlyKept{Most: 7, For: time.Hour}))
	w.earlyLeft(7)
}

func earlyOld(w *world) {
	w.toldEarly(providerSaid("s1", "verified"), providerSaid("s2", "verified"))
	w.exec("UPDATE early_returns SET told_at = $1 WHERE session_id = 's1'", w.ago(2*time.Hour))
	w.must(w.st.SweepEarly(w.Context(), w.newAccount("another"), earlyKept))
	w.earlyLeft(2)
	w.must(w.st.SweepEarly(w.Context(), w.account, earlyKept))
	w.earlyLeft(1)
	_, keys := w.sending(2)
	w.settle(createdSession(keys[0], "s1"), createdSession(keys[1], "s2"))
	w.outcomeIs(keys[0], "", "", 0)
	w.outcomeIs(keys[1], store.OutcomeConfirmed, "verified", 1)
}
