package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"usher/store"
)

func personTests() tests {
	return tests{
		"Claim": personClaim, "ClaimAtOnce": personClaimAtOnce, "OppositeOrders": personOppositeOrders,
		"ReleasedMeanwhile": personReleasedMeanwhile, "ReleasedBetween": personReleasedBetween,
		"Take": personTake, "Accounts": personAccounts, "Secret": personSecret,
	}
}

func (w *world) claimPeople(batch int64, all ...store.Claimant) map[string]store.Holder {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (map[string]store.Holder, error) {
		return tx.ClaimPeople(ctx, w.account, batch, all)
	})
}

func personClaim(w *world) {
	first := w.batch(store.Applicant{PersonKey: "a", FirstName: "Ann", LastName: "Lee", ExternalID: "E-1"}, store.Applicant{PersonKey: "b", ExternalID: "E-2"})
	w.claim(store.Key{Batch: first, Row: 2})
	w.end(store.Invited, store.Key{Batch: first, Row: 2})
	invited := w.applicant(store.Key{Batch: first, Row: 2})

	second := w.importing()
	held := w.claimPeople(second, store.Claimant{Row: 2, PersonKey: "a"}, store.Claimant{Row: 3, PersonKey: "b"},
		store.Claimant{Row: 4, PersonKey: "c"})
	want := map[string]store.Holder{
		"a": {Key: invited.Key, State: store.Invited, SettledAt: invited.SettledAt, FirstName: "Ann", LastName: "Lee", ExternalID: "E-1", PersonKey: "a"},
		"b": {Key: store.Key{Batch: first, Row: 3}, State: store.Queued, ExternalID: "E-2", PersonKey: "b"},
	}
	checkSame(w.T, want, held)
	if got := held["a"].SettledAt.Location(); got != time.UTC {
		w.Errorf("SettledAt is in zone %v", got)
	}
	if got := w.claimPeople(second, store.Claimant{Row: 4, PersonKey: "c"}); len(got) != 0 {
		w.Errorf("who holds a person already was told of %v", got)
	}
	// The row of the holder need not be there yet: its chunk may not be written.
	all, err := w.st.Holders(w.Context(), w.account, []string{"a", "c", "d"})
	w.must(err)
	checkSame(w.T, map[string]store.Holder{"a": want["a"], "c": {Key: store.Key{Batch: second, Row: 4}, PersonKey: "c"}}, all)
}

func personClaimAtOnce(w *world) {
	for i := range 10 {
		person := fmt.Sprint("p", i)
		n := w.atOnce(4, func(j int) (won bool, err error) {
			err = w.st.InTx(w.Context(), func(tx *store.Tx) error {
				held, err := tx.ClaimPeople(w.Context(), w.account, int64(j+1), []store.Claimant{{Row: 2, PersonKey: person}})
				won = len(held) == 0
				return err
			})
			return won, err
		})
		if n != 1 {
			w.Errorf("%d hold one person", n)
		}
	}
}

// personOppositeOrders has imports claim the same people in orders that would
// lock each other out.
func personOppositeOrders(w *world) {
	const people = 500
	var mu sync.Mutex
	won := 0
	w.atOnce(4, func(i int) (bool, error) {
		all := make([]store.Claimant, people)
		for j := range all {
			all[j] = store.Claimant{Row: j, PersonKey: fmt.Sprint("p", j)}
		}
		if i%2 == 1 {
			slices.Reverse(all)
		}
		return true, w.st.InTx(w.Context(), func(tx *store.Tx) error {
			held, err := tx.ClaimPeople(w.Context(), w.account, int64(i+1), all)
			mu.Lock()
			defer mu.Unlock()
			won += people - len(held)
			return err
		})
	})
	if won != people {
		w.Errorf("%d claims of %d people were won", won, people)
	}
}

// personReleasedMeanwhile claims a person whose holder is being settled as
// failed at that moment: whatever the claim says must be true.
func personReleasedMeanwhile(w *world) {
	_, keys := w.sending(1)
	second := w.importing()
	person := w.applicant(keys[0]).PersonKey
	s := store.Settlement{Key: keys[0], Attempt: 1, State: store.Failed, Outcome: store.OutcomeRefused}
	var held map[string]store.Holder
	w.during(func(tx *store.Tx) error {
		_, err := tx.Settle(w.Context(), w.account, []store.Settlement{s})
		return err
	}, func() { held = w.claimPeople(second, store.Claimant{Row: 2, PersonKey: person}) })
	if got := w.holderOf(person); len(held) != 0 || got.Batch != second {
		w.Errorf("the claim was told of %v, and the holder is %v", held, got)
	}
}

// personReleasedBetween has the holder give the person up after a claim has
// lost against it and before the claim can read who it is.
func personReleasedBetween(w *world) {
	if w.st.Pgx() == nil {
		return // a SQLite transaction is alone
	}
	ctx := w.Context()
	first := w.importing(store.Applicant{PersonKey: "p"})
	second := w.importing()
	var held map[string]store.Holder
	done := make(chan struct{})
	w.tx(func(tx *store.Tx) error {
		if _, err := tx.Pgx().Exec(ctx, "LOCK TABLE applicants"); err != nil { // reading the holders waits for it
			return err
		}
		go func() {
			defer close(done)
			held = w.claimPeople(second, store.Claimant{Row: 2, PersonKey: "p"})
		}()
		w.poll(w.blocked())
		w.exec("DELETE FROM people WHERE batch_id = $1", first)
		return nil
	})
	<-done
	if got := w.holderOf("p"); len(held) == 0 && got.Batch != second {
		w.Errorf("the claim was won, but the holder is %v", got)
	}
}

func personTake(w *world) {
	first := w.batch(store.Applicant{PersonKey: "a"})
	second := w.importing()
	from, to := store.Key{Batch: first, Row: 2}, store.Key{Batch: second, Row: 5}
	take := func(person string, from store.Key) bool {
		w.Helper()
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.TakePerson(ctx, w.account, person, from, to)
		})
	}
	if take("b", from) || take("a", store.Key{Batch: first, Row: 3}) || w.holderOf("a") != from {
		w.Error("a person was taken from one who does not hold it")
	}
	if !take("a", from) || w.holderOf("a") != to {
		w.Errorf("the person is held by %v, want %v", w.holderOf("a"), to)
	}
	if take("a", from) {
		w.Error("a person was taken twice")
	}
}

func personAccounts(w *world) {
	w.batch(store.Applicant{PersonKey: "a"})
	w.account = w.newAccount("another")
	id := w.importing()
	if held := w.claimPeople(id, store.Claimant{Row: 2, PersonKey: "a"}); len(held) != 0 {
		w.Errorf("a person of another account is held by %v", held)
	}
	if got := w.holderOf("a"); got.Batch != id {
		w.Errorf("the person is held by %v", got)
	}
}

func personSecret(w *world) {
	first, err := w.st.PersonSecret(w.Context())
	w.must(err)
	_, err = w.st.Migrate(w.Context())
	w.must(err)
	second, err := w.st.PersonSecret(w.Context())
	w.must(err)
	if len(first) != 32 || !slices.Equal(first, second) {
		w.Errorf("secrets of %d and %d bytes, the same: %t", len(first), len(second), slices.Equal(first, second))
	}
}
