package storetest

import (
	"context"
	"errors"

	"usher/store"
)

func findTests() tests {
	return tests{"EachWay": findEachWay, "Nobody": findNobody, "Limit": findLimit}
}

func reinviteTests() tests {
	return tests{"Again": reinviteAgain, "NotTheLast": reinviteNotTheLast, "NotInvited": reinviteNotInvited,
		"AtOnce": reinviteAtOnce, "AllOrNothing": reinviteAllOrNothing}
}

// somebody puts a person into a batch of one, in a state.
func (w *world) somebody(state store.State, change func(a *store.Applicant)) store.Key {
	w.Helper()
	_, keys := w.sending(1)
	if state != store.Sending {
		w.settle(createdOrNot(keys[0], state))
	}
	a := w.applicant(keys[0])
	if change != nil {
		change(&a)
	}
	w.exec(`UPDATE applicants SET first_name = $1, last_name = $2, email = $3, phone = $4, external_id = $5 WHERE batch_id = $6`,
		a.FirstName, a.LastName, a.Email, a.Phone, a.ExternalID, a.Batch)
	return keys[0]
}

func createdOrNot(k store.Key, state store.State) store.Settlement {
	s := store.Settlement{Key: k, Attempt: 1, State: state, Outcome: outcomes[state], Counted: true}
	if state == store.Invited {
		s = createdSession(k, "session-of-"+string(rune('a'+k.Batch%26)))
	}
	return s
}

func findEachWay(w *world) {
	ann := w.somebody(store.Invited, func(a *store.Applicant) {
		a.FirstName, a.LastName, a.Email, a.Phone, a.ExternalID = "Ann-Marie", "Núñez", "Ann@Example.com", "+447911123456", "E%17"
	})
	w.somebody(store.Failed, func(a *store.Applicant) {
		a.FirstName, a.LastName, a.Email, a.Phone, a.ExternalID = "Annabel", "Nu_ez", "bel@example.com", "+447911123457", "E_17"
	})
	session := w.applicant(ann).SessionID
	for _, who := range []string{"ann@example.com", "ANN@example.COM", "+44 7911 123456", "07911 123456", "123456", "E%17", session,
		"ann-marie", "Núñez", "nunez ann", "NUÑEZ,  Ann-Marie", " ann-marie   núñez "} {
		found, err := w.st.Find(w.Context(), who, 10)
		w.must(err)
		if len(found) != 1 || found[0].Key != ann || found[0].BatchName == "" || found[0].SessionURL == "" {
			w.Errorf("%q: found %+v, want row %v", who, found, ann)
		}
	}
	both, err := w.st.Find(w.Context(), "ann", 10)
	w.must(err)
	if len(both) != 2 || both[0].Batch < both[1].Batch {
		w.Errorf("found %+v, want both, the newest first", both)
	}
}

func findNobody(w *world) {
	w.somebody(store.Invited, nil)
	for _, who := range []string{"", "  ", "nobody@example.com", "%", "_", "nobody at all", "99999999999", "12", "'; DROP TABLE applicants; --",
		"a b c d e f g h i j k l m"} {
		found, err := w.st.Find(w.Context(), who, 10)
		w.must(err)
		if len(found) != 0 {
			w.Errorf("%q: found %+v", who, found)
		}
	}
}

func findLimit(w *world) {
	for range 3 {
		w.somebody(store.Sending, func(a *store.Applicant) { a.FirstName, a.ExternalID = "Zoë", "zoe" })
	}
	for _, who := range []string{"zoe", "Zoë", "zoé"} {
		found, err := w.st.Find(w.Context(), who, 2)
		w.must(err)
		if len(found) != 2 {
			w.Errorf("%q: found %d, want 2", who, len(found))
		}
	}
}

func (w *world) reinvite(keys ...store.Key) (id int64, err error) {
	w.Helper()
	rows := make([]int, len(keys))
	for i, k := range keys {
		rows[i] = k.Row
	}
	err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
		id, err = tx.Reinvite(w.Context(), keys[0].Batch, rows)
		return err
	})
	return id, err
}

func reinviteAgain(w *world) {
	old := w.somebody(store.Invited, nil)
	before := w.applicant(old)
	id, err := w.reinvite(old)
	w.must(err)
	fresh := store.Key{Batch: id, Row: old.Row}
	a := w.applicant(fresh)
	if a.State != store.Queued || a.Email != before.Email || a.ExternalID != before.ExternalID || a.SessionID != "" || a.Holder != old || a.Attempt != 0 {
		w.Errorf("invited again: %+v", a)
	}
	checkSame(w.T, before, w.applicant(old))
	if got := w.holder(old); got != fresh {
		w.Errorf("the person is held by %v, want %v", got, fresh)
	}
	if b := w.batchNow(id); b.State != store.BatchRunning || b.Run != 1 || b.ReportPath != "" {
		w.Errorf("the batch is %+v", b)
	}
	if got := w.claim(fresh); len(got) != 1 {
		w.Errorf("claimed %v, want the one", got)
	}
}

func reinviteNotTheLast(w *world) {
	old := w.somebody(store.Invited, nil)
	id, err := w.reinvite(old)
	w.must(err)
	_, err = w.reinvite(old)
	var newer *store.NewerError
	if !errors.As(err, &newer) || newer.Newer.Key != (store.Key{Batch: id, Row: old.Row}) || newer.Newer.State != store.Queued {
		w.Fatalf("invited again twice: %v", err)
	}
	fresh := store.Key{Batch: id, Row: old.Row}
	w.claim(fresh)
	w.settle(createdSession(fresh, "another"))
	if _, err = w.reinvite(old); !errors.As(err, &newer) || newer.Newer.State != store.Invited {
		w.Errorf("the earlier row: %v", err)
	}
	if _, err = w.reinvite(fresh); err != nil {
		w.Errorf("the latest row: %v", err)
	}
}

func reinviteNotInvited(w *world) {
	for _, state := range []store.State{store.Sending, store.Failed, store.Unknown} {
		_, err := w.reinvite(w.somebody(state, nil))
		var e *store.RowStateError
		if !errors.As(err, &e) || e.State != state {
			w.Errorf("one who is %s: %v", state, err)
		}
	}
	_, err := w.reinvite(store.Key{Batch: 99, Row: 1})
	wantError(w.T, "a batch that is not there", err, store.ErrNotFound)
	k := w.somebody(store.Invited, nil)
	k.Row += 100
	_, err = w.reinvite(k)
	wantError(w.T, "a row that is not there", err, store.ErrNotFound)
}

// reinviteAtOnce has two people at two terminals do the same.
func reinviteAtOnce(w *world) {
	old := w.somebody(store.Invited, nil)
	n := w.atOnce(6, func(int) (bool, error) {
		_, err := w.reinvite(old)
		var newer *store.NewerError
		if errors.As(err, &newer) || errors.Is(err, store.ErrExists) {
			return false, nil
		}
		return err == nil, err
	})
	if n != 1 {
		w.Errorf("invited again %d times", n)
	}
}

func reinviteAllOrNothing(w *world) {
	_, keys := w.sending(2)
	w.settle(createdSession(keys[0], "one"))
	if _, err := w.reinvite(keys...); err == nil {
		w.Error("one who is sending was invited again")
	}
	if got := w.holder(keys[0]); got != keys[0] {
		w.Errorf("the other's person is held by %v", got)
	}
	all, err := w.st.Batches(context.Background(), store.BatchFilter{})
	w.must(err)
	if len(all) != 1 {
		w.Errorf("%d batches, want the one", len(all))
	}
}
