package storetest

import (
	"context"
	"fmt"
	"sync/atomic"

	"usher/store"
)

func returnTests() tests {
	return tests{
		"First": returnFirst, "Repeats": returnRepeats, "OfAnother": returnOfAnother, "Confirmed": returnConfirmed,
		"GivenUp": returnGivenUp, "InDoubt": returnInDoubt, "Most": returnMost, "AtOnce": returnAtOnce, "Taken": returnTaken,
	}
}

// invitedWith adds a running batch of applicants who have these sessions.
func (w *world) invitedWith(sessions ...string) []store.Key {
	w.Helper()
	_, keys := w.sending(len(sessions))
	for i, k := range keys {
		if !w.settleLookup(foundSession(k, sessions[i]), 0) {
			w.Fatalf("%v did not get its session", k)
		}
	}
	return keys
}

func browserSaid(session, status, reason string) store.Return {
	return store.Return{Source: store.ToldByBrowser, SessionID: session, Status: status, Reason: reason}
}

func providerSaid(session, word string) store.Return {
	return store.Return{Source: store.ToldByProvider, SessionID: session, Status: word}
}

// told checks whether a return was kept.
func (w *world) told(k store.Key, r store.Return, want bool) {
	w.Helper()
	noted, err := w.st.NoteReturn(w.Context(), w.account, k, r)
	w.must(err)
	if noted != want {
		w.Errorf("%+v: kept %t, want %t", r, noted, want)
	}
}

// outcomeIs checks what an applicant's outcome is, and how much was kept.
func (w *world) outcomeIs(k store.Key, status, reason string, kept int) {
	w.Helper()
	a := w.applicant(k)
	all, err := w.st.Returns(w.Context(), k)
	w.must(err)
	if a.OutcomeStatus != status || a.OutcomeReason != reason || len(all) != kept {
		w.Errorf("the outcome is %q, %q after %+v, want %q, %q after %d", a.OutcomeStatus, a.OutcomeReason, all, status, reason, kept)
	}
}

func returnFirst(w *world) {
	k := w.invitedWith("s1")[0]
	if has, err := w.st.HasReturns(w.Context(), k.Batch); err != nil || has {
		w.Errorf("before anybody came back: %t, %v", has, err)
	}
	w.told(k, browserSaid("s1", "", ""), true) // who says nothing has not said it first
	w.outcomeIs(k, "", "", 1)
	w.told(k, browserSaid("s1", "failed", "document_unreadable"), true)
	w.told(k, browserSaid("s1", "success", ""), true)
	w.outcomeIs(k, "failed", "document_unreadable", 3)
	all, err := w.st.Returns(w.Context(), k)
	w.must(err)
	for i, want := range []store.Return{browserSaid("s1", "", ""), browserSaid("s1", "failed", "document_unreadable"), browserSaid("s1", "success", "")} {
		w.checkTime("At", all[i].At)
		want.At = all[i].At
		checkSame(w.T, want, all[i])
	}
	if has, err := w.st.HasReturns(w.Context(), k.Batch); err != nil || !has {
		w.Errorf("after somebody came back: %t, %v", has, err)
	}
}

func returnRepeats(w *world) {
	k := w.invitedWith("s1")[0]
	w.told(k, browserSaid("s1", "success", ""), true)
	w.told(k, browserSaid("s1", "success", ""), false)
	w.told(k, providerSaid("s1", "submitted"), true)
	w.told(k, providerSaid("s1", "submitted"), false)
	w.outcomeIs(k, "success", "", 2)
}

func returnOfAnother(w *world) {
	keys := w.invitedWith("s1", "s2")
	w.told(keys[0], browserSaid("s2", "success", ""), false)
	w.told(keys[0], browserSaid("nobody's", "success", ""), false)
	w.told(keys[0], browserSaid("", "success", ""), false)
	w.told(store.Key{Batch: keys[0].Batch, Row: 99}, browserSaid("s1", "success", ""), false)
	noted, err := w.st.NoteReturn(w.Context(), w.newAccount("another"), keys[0], browserSaid("s1", "success", ""))
	if err != nil || noted {
		w.Errorf("by another account: kept %t, %v", noted, err)
	}
	for _, k := range keys {
		w.outcomeIs(k, "", "", 0)
	}
}

func returnConfirmed(w *world) {
	keys := w.invitedWith("s1", "s2")
	k := keys[0]
	w.told(k, providerSaid("s1", "created"), true)
	w.told(k, providerSaid("s1", "submitted"), true)
	w.outcomeIs(k, "", "", 2)
	w.told(k, browserSaid("s1", "failed", "unknown"), true)
	w.told(k, providerSaid("s1", "rejected"), true)
	w.outcomeIs(k, store.OutcomeConfirmed, "rejected", 4)
	w.told(k, browserSaid("s1", "success", ""), true)
	w.told(k, browserSaid("s1", store.OutcomeConfirmed, "verified"), true)
	w.outcomeIs(k, store.OutcomeConfirmed, "rejected", 6)
	w.told(k, providerSaid("s1", "verified"), true)
	w.told(k, providerSaid("s1", "rejected"), false) // that was sent again
	w.outcomeIs(k, store.OutcomeConfirmed, "verified", 7)
	// A browser that uses the provider's words is none.
	w.told(keys[1], browserSaid("s2", store.OutcomeConfirmed, "verified"), true)
	w.told(keys[1], providerSaid("s2", "failed"), true)
	w.outcomeIs(keys[1], store.OutcomeConfirmed, "failed", 2)
}

// givenUp is an applicant who has the session s2, after s1 was given up.
func (w *world) givenUp() store.Key {
	w.Helper()
	_, keys := w.sending(1)
	s := foundSession(keys[0], "s1")
	s.State, s.Outcome, s.SessionURL = store.Queued, store.OutcomeAbandoned, ""
	if !w.settleLookup(s, 0) || len(w.claim(keys[0])) != 1 {
		w.Fatal("the session was not given up")
	}
	w.settle(store.Settlement{Key: keys[0], Attempt: 2, State: store.Invited, Outcome: store.OutcomeCreated, SessionID: "s2"})
	return keys[0]
}

func returnGivenUp(w *world) {
	k := w.givenUp()
	w.told(k, browserSaid("s1", "abandoned", "user_cancelled"), true)
	w.outcomeIs(k, "abandoned", "user_cancelled", 1)
	w.told(k, providerSaid("s1", "failed"), true)
	w.outcomeIs(k, store.OutcomeConfirmed, "failed", 2)
	w.told(k, providerSaid("s2", "verified"), true)
	w.told(k, providerSaid("s1", "rejected"), true) // the one that was given up does not count against the present one
	w.outcomeIs(k, store.OutcomeConfirmed, "verified", 4)
}

// returnInDoubt is about those of whom no session is known: a browser is no proof of
// one.
func returnInDoubt(w *world) {
	_, keys := w.sending(2)
	w.settle(store.Settlement{Key: keys[1], Attempt: 1, State: store.Unknown, Outcome: store.OutcomeUnknown})
	for _, k := range keys {
		w.told(k, browserSaid("s1", "success", ""), false)
		w.told(k, providerSaid("s1", "verified"), false)
		w.outcomeIs(k, "", "", 0)
	}
	if !w.settleLookup(foundSession(keys[0], "s1"), 0) {
		w.Fatal("the session was not found")
	}
	w.told(keys[0], browserSaid("s1", "success", ""), true)
}

func returnMost(w *world) {
	k := w.invitedWith("s1")[0]
	for i := range 20 {
		w.told(k, browserSaid("s1", fmt.Sprint("status ", i), ""), true)
	}
	for i := range 20 {
		w.told(k, browserSaid("s1", "status", fmt.Sprint("reason ", i)), false)
	}
	w.told(k, providerSaid("s1", "verified"), true) // whom a flood does not keep out
	w.outcomeIs(k, store.OutcomeConfirmed, "verified", 21)
}

// returnAtOnce has many come back at the same moment, with the same and with other
// words, for one applicant and for several.
func returnAtOnce(w *world) {
	keys := w.invitedWith("s0", "s1", "s2", "s3")
	var kept atomic.Int32
	note := func(i int, r store.Return) (bool, error) {
		noted, err := w.st.NoteReturn(context.WithoutCancel(w.Context()), w.account, keys[i], r)
		if noted {
			kept.Add(1)
		}
		return noted, err
	}
	if n := w.atOnce(40, func(int) (bool, error) { return note(0, browserSaid("s0", "success", "")) }); n != 1 {
		w.Errorf("the same was kept %d times", n)
	}
	if n := w.atOnce(40, func(i int) (bool, error) { return note(1, browserSaid("s1", fmt.Sprint("status ", i), "")) }); n != 20 {
		w.Errorf("%d of 40 were kept, want 20", n)
	}
	if n := w.atOnce(40, func(i int) (bool, error) { return note(2+i%2, providerSaid(fmt.Sprint("s", 2+i%2), "verified")) }); n != 2 {
		w.Errorf("webhooks for two applicants were kept %d times", n)
	}
	first, err := w.st.Returns(w.Context(), keys[1])
	w.must(err)
	w.outcomeIs(keys[0], "success", "", 1)
	w.outcomeIs(keys[1], first[0].Status, "", 20)
	w.outcomeIs(keys[2], store.OutcomeConfirmed, "verified", 1)
	w.outcomeIs(keys[3], store.OutcomeConfirmed, "verified", 1)
	if n := kept.Load(); n != 23 {
		w.Errorf("%d were kept in all, want 23", n)
	}
}

// returnTaken takes a session from somebody who had it by mistake: what was told of
// it goes too, and what the provider told goes with it.
func returnTaken(w *world) {
	from := w.invitedWith("s1")[0]
	w.told(from, providerSaid("s1", "verified"), true)
	w.told(from, browserSaid("s1", "success", ""), true)
	_, keys := w.sending(1)
	s := foundSession(keys[0], "s1")
	s.From = from
	if !w.settleLookup(s, 0) {
		w.Fatal("the session was not taken")
	}
	w.outcomeIs(from, "", "", 0)
	w.told(from, providerSaid("s1", "rejected"), false)
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "verified", 1)
	w.told(keys[0], providerSaid("s1", "rejected"), true)
	w.outcomeIs(keys[0], store.OutcomeConfirmed, "rejected", 2)
}
