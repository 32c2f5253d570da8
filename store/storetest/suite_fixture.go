package storetest

import (
	"context"
	"errors"
	"fmt"

	"usher/store"
)

// What tests start from.

func (w *world) newAccount(name string) int64 {
	w.Helper()
	id, err := w.st.Account(w.Context(), name, "")
	w.must(err)
	return id
}

func (w *world) hold(lease, holder string) {
	w.Helper()
	held, err := w.st.HoldLease(w.Context(), lease, holder, "", longLease)
	w.must(err)
	if !held {
		w.Fatalf("%s was not held", lease)
	}
}

// importing adds a batch of these applicants, which are queued and persons of
// their own unless they say otherwise. However the test ends, they must all be
// there still.
func (w *world) importing(all ...store.Applicant) int64 {
	w.Helper()
	ctx := w.Context()
	var id int64
	w.tx(func(tx *store.Tx) (err error) {
		if id, err = tx.InsertBatch(ctx, store.Batch{Account: w.account, Name: "people.csv"}); err != nil {
			return err
		}
		var claimants []store.Claimant
		for i := range all {
			fill(&all[i], id, i+2)
			if a := all[i]; a.State != store.Rejected && a.State != store.Duplicate && a.State != store.Failed {
				claimants = append(claimants, store.Claimant{Row: a.Row, PersonKey: a.PersonKey})
			}
		}
		if _, err := tx.ClaimPeople(ctx, w.account, id, claimants); err != nil {
			return err
		}
		return tx.InsertApplicants(ctx, all)
	})
	w.Cleanup(func() { w.checkTotal(id, len(all)) })
	return id
}

func fill(a *store.Applicant, batch int64, row int) {
	a.Key = store.Key{Batch: batch, Row: row}
	if a.State == "" {
		a.State = store.Queued
	}
	if a.PersonKey == "" {
		a.PersonKey = fmt.Sprintf("person-%d-%d", batch, row)
	}
	if a.ExternalID == "" {
		a.ExternalID = fmt.Sprintf("external-%d-%d", batch, row)
	}
}

// checkTotal checks that no row of a batch was lost, unless all were deleted.
func (w *world) checkTotal(batch int64, want int) {
	w.Helper()
	ctx := context.Background() // the test's own has ended
	if _, err := w.st.Batch(ctx, batch); errors.Is(err, store.ErrNotFound) {
		want = 0
	}
	counts, err := w.st.Counts(ctx, batch)
	if err != nil || counts.Total() != want {
		w.Errorf("batch %d has %v (%v), want %d rows", batch, counts, err, want)
	}
}

// batch adds a running batch of these applicants.
func (w *world) batch(all ...store.Applicant) int64 {
	w.Helper()
	id := w.importing(all...)
	w.activate(id)
	return id
}

// queued adds a running batch of n queued applicants and returns their keys.
func (w *world) queued(n int) (int64, []store.Key) {
	w.Helper()
	id := w.batch(make([]store.Applicant, n)...)
	keys := make([]store.Key, n)
	for i := range keys {
		keys[i] = store.Key{Batch: id, Row: i + 2}
	}
	return id, keys
}

// sending adds a running batch of n applicants who are being sent.
func (w *world) sending(n int) (int64, []store.Key) {
	w.Helper()
	id, keys := w.queued(n)
	if got := w.claim(keys...); len(got) != n {
		w.Fatalf("claimed %d of %d", len(got), n)
	}
	return id, keys
}
