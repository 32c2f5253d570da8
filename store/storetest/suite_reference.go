package storetest

import (
	"usher/store"
)

func referenceTests() tests {
	return tests{
		"Holders": referenceHolders, "Accounts": referenceAccounts, "RetryElsewhere": referenceRetryElsewhere,
		"RetryChanged": referenceRetryChanged, "RetryOvertaken": referenceRetryOvertaken, "RetryFollower": referenceRetryFollower,
		"RetryReinvited": referenceRetryReinvited, "RetriesAtOnce": referenceRetriesAtOnce,
	}
}

func (w *world) references(but int64, ids ...string) map[string][]store.Key {
	w.Helper()
	all, err := w.st.ReferenceHolders(w.Context(), w.account, but, ids)
	w.must(err)
	keys := map[string][]store.Key{}
	for id, holders := range all {
		for _, h := range holders {
			if h.ExternalID != id || h.State == "" || h.PersonKey == "" {
				w.Errorf("%s is held by %+v", id, h)
			}
			keys[id] = append(keys[id], h.Key)
		}
	}
	return keys
}

// referenceHolders: a reference is held by those who were invited, or may be.
func referenceHolders(w *world) {
	var all []store.Applicant
	for _, s := range store.States {
		all = append(all, store.Applicant{State: s, ExternalID: "E-1"}, store.Applicant{State: s})
	}
	first := w.batch(all...)
	second := w.batch(store.Applicant{ExternalID: "E-1"}, store.Applicant{ExternalID: "E-2"})
	row := func(s store.State) store.Key {
		for i, other := range store.States {
			if other == s {
				return store.Key{Batch: first, Row: 2*i + 2}
			}
		}
		panic(s)
	}
	want := map[string][]store.Key{
		"E-1": {{Batch: second, Row: 2}, row(store.Unknown), row(store.Invited), row(store.Sending), row(store.Queued)},
		"E-2": {{Batch: second, Row: 3}},
	}
	checkSame(w.T, want, w.references(0, "E-1", "E-2", "E-3"))
	checkSame(w.T, map[string][]store.Key{"E-1": want["E-1"][1:]}, w.references(second, "E-1", "E-2"))
}

func referenceAccounts(w *world) {
	w.batch(store.Applicant{ExternalID: "E-1"})
	w.account = w.newAccount("another")
	if got := w.references(0, "E-1"); len(got) != 0 {
		w.Errorf("a reference of another account is held by %v", got)
	}
}

// referenceRetryElsewhere: whom the list itself calls invited, no retry invites.
func referenceRetryElsewhere(w *world) {
	id := w.batch(store.Applicant{State: store.Duplicate, ErrorCode: "invited_elsewhere"})
	w.exec("UPDATE applicants SET holder_batch = $1, holder_row = 2 WHERE batch_id = $1 AND row_no = 3", id)
	checkSame(w.T, 0, len(w.retry(id)))
}

// referenceRetryFollower: a duplicate of a row that was not let through is not
// let through in its place.
func referenceRetryFollower(w *world) {
	id := w.importing(
		store.Applicant{State: store.Duplicate, ErrorCode: "invited_elsewhere", PersonKey: "a"},
		store.Applicant{State: store.Duplicate, ErrorCode: "duplicate_in_file", PersonKey: "a"},
		store.Applicant{State: store.Rejected, ErrorCode: "reference_of_another", PersonKey: "b"},
		store.Applicant{State: store.Duplicate, ErrorCode: "duplicate_in_file", PersonKey: "b"},
		store.Applicant{State: store.Failed, PersonKey: "c"},
		store.Applicant{State: store.Duplicate, ErrorCode: "duplicate_in_file", PersonKey: "d"})
	w.exec("UPDATE applicants SET holder_batch = batch_id, holder_row = row_no - 1 WHERE batch_id = $1 AND error_code = 'duplicate_in_file'", id)
	w.activate(id)
	checkSame(w.T, []int{6, 7}, w.retry(id))
}

// referenceRetryChanged: one whose contact data have changed is taken only when
// whoever was invited under the reference was not invited after all.
func referenceRetryChanged(w *world) {
	_, keys := w.sending(1)
	holder := keys[0]
	w.exec("UPDATE applicants SET external_id = 'E-1' WHERE batch_id = $1", holder.Batch)
	id := w.importing(store.Applicant{State: store.Duplicate, ErrorCode: "contact_changed", ExternalID: "E-1", PersonKey: "new"})
	w.exec("UPDATE applicants SET holder_batch = $1, holder_row = $2 WHERE batch_id = $3", holder.Batch, holder.Row, id)
	w.activate(id)
	for _, state := range []store.State{store.Queued, store.Sending, store.Invited, store.Unknown} {
		w.setStates(holder.Batch, state)
		if won := w.retry(id); len(won) != 0 {
			w.Errorf("taken while the holder was %s", state)
		}
	}
	w.resolve(holder, false, "")
	checkSame(w.T, []int{2}, w.retry(id))
	if got := w.retry(holder.Batch); len(got) != 0 {
		w.Errorf("then a retry took the old contact data as well: %v", got)
	}
}

// referenceRetryOvertaken: a row failed, and its person was then invited with
// corrected contact data by another list. It must not be invited with the old ones.
func referenceRetryOvertaken(w *world) {
	first := w.batch(store.Applicant{State: store.Failed, ExternalID: "E-1", PersonKey: "old"},
		store.Applicant{State: store.Duplicate, ErrorCode: "in_batch", ExternalID: "E-1", PersonKey: "older"},
		store.Applicant{State: store.Failed, ExternalID: "E-2"})
	second := w.batch(store.Applicant{ExternalID: "E-1", PersonKey: "new"})
	checkSame(w.T, []int{4}, w.retry(first))
	k := store.Key{Batch: second, Row: 2}
	w.claim(k)
	w.end(store.Failed, k)
	checkSame(w.T, []int{2}, w.retry(first)) // the failed one, and not the duplicate with a third contact
	if won := w.retry(second); len(won) != 0 {
		w.Errorf("both were taken: %v", won)
	}
}

// referenceRetryReinvited: a re-invitation to changed contact data that failed can
// be retried, though the old ones are still invited.
func referenceRetryReinvited(w *world) {
	first := w.batch(store.Applicant{State: store.Invited, ExternalID: "E-1", PersonKey: "old"},
		store.Applicant{State: store.Invited, ExternalID: "E-1", PersonKey: "newer"})
	second := w.importing(store.Applicant{ExternalID: "E-1", PersonKey: "new", Holder: store.Key{Batch: first, Row: 3}})
	w.activate(second)
	k := store.Key{Batch: second, Row: 2}
	w.claim(k)
	w.end(store.Failed, k)
	checkSame(w.T, []int{2}, w.retry(second))
	if got := w.applicant(k).Holder; got.Batch != first {
		w.Errorf("the holder is now %v", got)
	}
	w.claim(k)
	w.end(store.Failed, k)
	w.batch(store.Applicant{State: store.Invited, ExternalID: "E-1", PersonKey: "newest"})
	checkSame(w.T, 0, len(w.retry(second)))
}

func referenceRetriesAtOnce(w *world) {
	ids := []int64{w.batch(store.Applicant{State: store.Failed, ExternalID: "E-1", PersonKey: "old"}),
		w.batch(store.Applicant{State: store.Failed, ExternalID: "E-1", PersonKey: "new"})}
	n := w.atOnce(2, func(i int) (won bool, err error) {
		err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
			rows, err := tx.Retry(w.Context(), ids[i])
			won = len(rows) > 0
			return err
		})
		return won, err
	})
	if n != 1 {
		w.Errorf("%d of 2 retries took one reference", n)
	}
}

func giveBackTests() tests {
	return tests{"Failed": giveBackFailed, "Cancelled": giveBackCancelled, "Discarded": giveBackDiscarded,
		"NotTheirs": giveBackNotTheirs, "Retried": giveBackRetried}
}

// reinvited is a person who was invited in one batch and is queued anew in
// another, with the person taken over.
func (w *world) reinvited() (from, to store.Key) {
	w.Helper()
	from = store.Key{Batch: w.batch(store.Applicant{State: store.Invited, PersonKey: "p"}), Row: 2}
	return from, w.takeOver(from)
}

// takeOver queues the person anew, in another batch that takes it over.
func (w *world) takeOver(from store.Key) store.Key {
	w.Helper()
	to := store.Key{Batch: w.importing(store.Applicant{PersonKey: "p", Holder: from}), Row: 2}
	w.tx(func(tx *store.Tx) error {
		taken, err := tx.TakePerson(w.Context(), w.account, "p", from, to)
		if err == nil && !taken {
			w.Error("the person was not taken")
		}
		return err
	})
	return to
}

// Whoever was invited before has the person again, or the next import would
// invite somebody anew who was invited.
func giveBackFailed(w *world) {
	from, to := w.reinvited()
	w.activate(to.Batch)
	w.claim(to)
	w.end(store.Failed, to)
	checkSame(w.T, from, w.holderOf("p"))
	held := w.claimPeople(w.importing(), store.Claimant{Row: 2, PersonKey: "p"})
	if held["p"].Key != from {
		w.Errorf("the next import is told of %v", held)
	}
}

func giveBackCancelled(w *world) {
	from, to := w.reinvited()
	w.activate(to.Batch)
	w.cancel(to.Batch)
	checkSame(w.T, from, w.holderOf("p"))
	again := w.takeOver(from)
	w.activate(again.Batch)
	w.claim(again)
	w.cancel(again.Batch)
	w.end(store.Queued, again) // cancelled with its batch
	checkSame(w.T, from, w.holderOf("p"))
}

func giveBackDiscarded(w *world) {
	from, to := w.reinvited()
	w.tx(func(tx *store.Tx) error {
		if err := tx.ReturnImported(w.Context(), w.account, to.Batch); err != nil {
			return err
		}
		return tx.DeleteImport(w.Context(), to.Batch)
	})
	checkSame(w.T, from, w.holderOf("p"))
}

// giveBackNotTheirs: a person goes only to one who had it, and is invited.
func giveBackNotTheirs(w *world) {
	from, to := w.reinvited()
	w.setStates(from.Batch, store.Failed)
	w.activate(to.Batch)
	w.claim(to)
	w.end(store.Failed, to)
	checkSame(w.T, store.Key{}, w.holderOf("p"))

	old := w.batch(store.Applicant{State: store.Invited, PersonKey: "old"})
	changed := w.batch(store.Applicant{PersonKey: "new", Holder: store.Key{Batch: old, Row: 2}})
	w.cancel(changed)
	checkSame(w.T, store.Key{}, w.holderOf("new"))
	checkSame(w.T, store.Key{Batch: old, Row: 2}, w.holderOf("old"))
}

// giveBackRetried: a re-invitation that failed is retried with its person, but
// not when another has taken that meanwhile.
func giveBackRetried(w *world) {
	from, to := w.reinvited()
	w.activate(to.Batch)
	for range 2 {
		w.claim(to)
		w.end(store.Failed, to)
		checkSame(w.T, from, w.holderOf("p"))
		checkSame(w.T, []int{2}, w.retry(to.Batch))
		checkSame(w.T, to, w.holderOf("p"))
	}
	w.claim(to)
	w.end(store.Failed, to)
	other := w.takeOver(from)
	checkSame(w.T, 0, len(w.retry(to.Batch)))
	checkSame(w.T, other, w.holderOf("p"))
}
