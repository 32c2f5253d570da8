package storetest

import (
	"fmt"
	"time"

	"usher/store"
)

func sessionTests() tests {
	return tests{
		"Found": sessionFound, "ToOneOnly": sessionToOneOnly, "ToOneOnlyAtOnce": sessionToOneOnlyAtOnce,
		"Abandoned": sessionAbandoned, "Holders": sessionHolders, "OneForAll": sessionOneForAll, "ToldTwice": sessionToldTwice,
		"OneForAllAtOnce": sessionOneForAllAtOnce, "OfAnotherAccount": sessionOfAnotherAccount, "Resolved": sessionResolved,
		"SeenFirst": sessionSeenFirst, "Disputed": sessionDisputed, "Taken": sessionTaken,
	}
}

func foundSession(k store.Key, id string) store.Settlement {
	return store.Settlement{Key: k, Attempt: 1, State: store.Invited, Outcome: store.OutcomeFound,
		SessionID: id, SessionURL: "https://verify.example/" + id, Links: "[]"}
}

func sessionFound(w *world) {
	_, keys := w.sending(1)
	if !w.settleLookup(foundSession(keys[0], "s1"), 0) {
		w.Fatal("the look-up was not settled")
	}
	a, attempt := w.applicant(keys[0]), w.attempts(keys[0])[0]
	if a.State != store.Invited || a.SessionID != "s1" || a.SessionURL != "https://verify.example/s1" || a.Links != "[]" {
		w.Errorf("the applicant is %+v", a)
	}
	if attempt.Outcome != store.OutcomeFound || attempt.SessionID != "s1" {
		w.Errorf("the attempt is %+v", attempt)
	}
	w.checkTime("SettledAt", a.SettledAt)
	w.checkTime("SentAt", a.SentAt)
	w.checkTime("EndedAt", attempt.EndedAt)
}

func sessionToOneOnly(w *world) {
	_, keys := w.sending(2)
	if !w.settleLookup(foundSession(keys[0], "s1"), 0) || w.settleLookup(foundSession(keys[1], "s1"), 0) {
		w.Error("want the session given to the first and not to the second")
	}
	w.checkState(keys[1], store.Sending)
	if !w.settleLookup(foundSession(keys[1], "s2"), 0) {
		w.Error("another session was not given to the second")
	}
	_, more := w.sending(2)
	for _, k := range more { // no session is nobody's
		if !w.settleLookup(store.Settlement{Key: k, Attempt: 1, State: store.Unknown, Outcome: store.OutcomeUnknown}, 0) {
			w.Error("a look-up that found no session was not settled")
		}
	}
}

func sessionToOneOnlyAtOnce(w *world) {
	_, keys := w.sending(20)
	for i := 0; i < len(keys); i += 2 {
		id := fmt.Sprint("s", i)
		n := w.atOnce(2, func(j int) (done bool, err error) {
			err = w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
				done, err = tx.SettleLookup(w.Context(), w.account, foundSession(keys[i+j], id), 0)
				return err
			})
			return done, err
		})
		if n != 1 {
			w.Errorf("the session was given to %d applicants", n)
		}
	}
}

// sessionAbandoned gives up a session that nobody was told of and sends anew.
func sessionAbandoned(w *world) {
	_, keys := w.sending(1)
	k := keys[0]
	s := foundSession(k, "s1")
	s.State, s.Outcome, s.SessionURL = store.Queued, store.OutcomeAbandoned, ""
	if !w.settleLookup(s, 0) {
		w.Fatal("the look-up was not settled")
	}
	gone, err := w.st.AbandonedSessions(w.Context(), k)
	w.must(err)
	checkSame(w.T, map[string]bool{"s1": true}, gone)
	if got := w.applicant(k).SessionID; got != "" {
		w.Errorf("who is queued again has session %q", got)
	}
	w.claim(k)
	// The process of the second attempt dies: nothing says it made a session.
	if got := w.inDoubt(k).SessionID; got != "" {
		w.Errorf("the second attempt is in doubt with session %q", got)
	}
}

func sessionHolders(w *world) {
	_, keys := w.sending(3)
	for i, k := range keys[:2] {
		w.settle(store.Settlement{Key: k, Attempt: 1, State: store.Invited, Outcome: store.OutcomeCreated,
			SessionID: fmt.Sprintf("s'%d", i), LookupIn: time.Hour})
	}
	got, err := w.st.SessionHolders(w.Context(), w.account, []string{"s'0", "s'1", "s2", ""})
	w.must(err)
	checkSame(w.T, map[string]store.Key{"s'0": keys[0], "s'1": keys[1]}, got)
	w.tx(func(tx *store.Tx) error {
		got, err := tx.SessionHolders(w.Context(), w.account, []string{"s2"})
		if len(got) != 0 {
			w.Errorf("an unknown session is held by %v", got)
		}
		return err
	})
}

func createdSession(k store.Key, id string) store.Settlement {
	return store.Settlement{Key: k, Attempt: 1, State: store.Invited, Outcome: store.OutcomeCreated, Counted: true,
		SessionID: id, SessionURL: "https://verify.example/" + id, Links: "[]", LookupIn: time.Hour}
}

// sessionOneForAll has everybody answered with one session: it is the first
// one's, and the others are in doubt.
func sessionOneForAll(w *world) {
	_, keys := w.sending(3)
	first, second, third := []store.Settlement{createdSession(keys[0], "s1")}, []store.Settlement{createdSession(keys[1], "s1")},
		[]store.Settlement{createdSession(keys[2], "s1")}
	for i, s := range [][]store.Settlement{first, second, third} {
		checkSame(w.T, keys[i:i+1], w.settle(s...))
	}
	for i, s := range []store.Settlement{first[0], second[0], third[0]} {
		a, attempt := w.applicant(keys[i]), w.attempts(keys[i])[0]
		if i == 0 {
			if a.State != store.Invited || a.SessionID != "s1" || s.ErrorCode != "" {
				w.Errorf("the first is %s with session %q", a.State, a.SessionID)
			}
			continue
		}
		if s.State != store.Sending || s.ErrorCode != store.CodeSessionOfAnother {
			w.Errorf("row %d: the settlement came back as %+v", a.Row, s)
		}
		if a.State != store.Sending || a.SessionID != "" || a.SessionURL != "" || a.ErrorCode != store.CodeSessionOfAnother || a.Counted != 1 {
			w.Errorf("row %d is %+v", a.Row, a)
		}
		if attempt.Outcome != store.OutcomeInDoubt || attempt.SessionID != "" {
			w.Errorf("row %d: the attempt is %+v", a.Row, attempt)
		}
	}
}

// sessionDisputed has two told of one session in one transaction: neither has it,
// as nobody knows here who was told first. Whoever has it already keeps it.
func sessionDisputed(w *world) {
	_, keys := w.sending(5)
	w.settle(createdSession(keys[0], "s0"))
	w.settle(createdSession(keys[1], "s1"), createdSession(keys[2], "s1"), createdSession(keys[3], "s3"), createdSession(keys[4], "s0"))
	for i, want := range []store.State{store.Invited, store.Sending, store.Sending, store.Invited, store.Sending} {
		w.checkState(keys[i], want)
	}
	if !w.settleLookup(foundSession(keys[2], "s1"), 0) {
		w.Error("the one whose it is did not get it")
	}
}

// sessionTaken takes a session from one who has it by mistake.
func sessionTaken(w *world) {
	over, old := w.sending(1)
	w.settle(createdSession(old[0], "s-old"))
	w.finish(over)
	_, keys := w.sending(3)
	w.settle(createdSession(keys[0], "s1"))
	s := foundSession(keys[1], "s1")
	s.From = keys[0]
	if !w.settleLookup(s, 0) {
		w.Fatal("the look-up was not settled")
	}
	a, attempt := w.applicant(keys[0]), w.attempts(keys[0])[0]
	if a.State != store.Sending || a.SessionID+a.SessionURL != "" || a.ErrorCode != store.CodeSessionOfAnother || !w.inDoubt(keys[0]).Due ||
		attempt.Outcome != store.OutcomeInDoubt || attempt.SessionID != "" {
		w.Errorf("who had it by mistake is %+v, the attempt %+v", a, attempt)
	}
	if a := w.applicant(keys[1]); a.State != store.Invited || a.SessionID != "s1" {
		w.Errorf("whose it is is %+v", a)
	}
	s = foundSession(keys[2], "s-old") // in a batch that is over a person decides
	s.From = old[0]
	if !w.settleLookup(s, 0) {
		w.Fatal("the look-up was not settled")
	}
	w.checkState(old[0], store.Unknown)
	got, err := w.st.SessionHolders(w.Context(), w.account, []string{"s1", "s-old"})
	w.must(err)
	checkSame(w.T, map[string]store.Key{"s1": keys[1], "s-old": keys[2]}, got)
}

func sessionOneForAllAtOnce(w *world) {
	_, keys := w.sending(20)
	w.atOnce(len(keys), func(i int) (bool, error) {
		return true, w.st.InTx(w.Context(), func(tx *store.Tx) error {
			_, err := tx.Settle(w.Context(), w.account, []store.Settlement{createdSession(keys[i], "s1")})
			return err
		})
	})
	w.checkStates(keys[0].Batch, store.Counts{store.Invited: 1, store.Sending: 19})
}

// sessionToldTwice tells of a session without its URL, and then with it.
func sessionToldTwice(w *world) {
	_, keys := w.sending(1)
	s := createdSession(keys[0], "s1")
	s.State, s.SessionURL, s.ErrorCode = store.Sending, "", "url_missing"
	w.settle(s)
	if !w.settleLookup(foundSession(keys[0], "s1"), 0) {
		w.Fatal("the look-up was not settled")
	}
	w.checkState(keys[0], store.Invited)
}

func sessionOfAnotherAccount(w *world) {
	_, keys := w.sending(1)
	w.settle(createdSession(keys[0], "s1"))
	w.account = w.newAccount("another")
	_, keys = w.sending(1)
	w.settle(createdSession(keys[0], "s1"))
	w.checkState(keys[0], store.Invited)
}

func sessionResolved(w *world) {
	_, keys := w.sending(3)
	w.settle(createdSession(keys[0], "s1"))
	w.end(store.Unknown, keys[1], keys[2])
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		_, err := tx.Resolve(w.Context(), keys[1], true, "s1")
		return err
	})
	wantError(w.T, "resolved with the session of another", err, store.ErrExists)
	w.checkState(keys[1], store.Unknown)
	if !w.resolve(keys[1], true, "s2") || !w.resolve(keys[2], true, "") {
		w.Error("want both settled by a person")
	}
	got, err := w.st.SessionHolders(w.Context(), w.account, []string{"s1", "s2"})
	w.must(err)
	checkSame(w.T, map[string]store.Key{"s1": keys[0], "s2": keys[1]}, got)
}

// sessionSeenFirst keeps what the first look-up saw, whatever later ones do.
func sessionSeenFirst(w *world) {
	_, keys := w.sending(1)
	if got := w.inDoubt(keys[0]).Seen; got != "" {
		w.Errorf("before a look-up %q was seen", got)
	}
	s := store.Settlement{Key: keys[0], Attempt: 1, State: store.Sending, Seen: `["old"]`}
	w.settleLookup(s, 0)
	s.State, s.Outcome, s.Seen = store.Queued, store.OutcomeNotFound, `["old","new"]`
	w.settleLookup(s, 1)
	w.claim(keys[0])
	d := w.inDoubt(keys[0])
	if d.Seen != `["old"]` || !d.First.Equal(w.attempts(keys[0])[0].StartedAt) {
		w.Errorf("seen %q, first sent %v", d.Seen, d.First)
	}
}
