package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// RowStateError means that a row is in a state in which this cannot be done.
type RowStateError struct {
	Key
	State  State
	Holder Key    // for a duplicate: who holds the person, if that is known
	What   string // a past participle: "invited again"
}

func (e *RowStateError) Error() string {
	return fmt.Sprintf("row %d of batch %d is %s, so it cannot be %s", e.Row, e.Batch, e.State, e.What)
}

// NewerError means that a person was invited again since, or is about to be.
type NewerError struct {
	Key
	Newer Holder
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the person of row %d of batch %d was invited again since: batch %d, row %d (%s)",
		e.Row, e.Batch, e.Newer.Batch, e.Newer.Row, e.Newer.State)
}

// Reinvite makes a new running batch of people who are invited already, and
// returns its id; their jobs must be enqueued in this transaction. Each keeps its
// row number, and the batch the quiet times and the breakers of the old one. The person passes from the earlier row to the new one, which gives
// it back should it fail or be cancelled. A row that is not invited is a
// [RowStateError], one whose person was invited again since a [NewerError].
func (t *Tx) Reinvite(ctx context.Context, batch int64, rows []int) (int64, error) {
	old, err := t.lockBatch(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("reinvite: %w", err)
	}
	fresh := Batch{Account: old.Account, Name: fmt.Sprintf("%s, invited again", old.Name), Source: ReinviteSource(batch),
		Fingerprint: "reinvite:" + rand.Text(), Options: "{}", Owner: old.Owner, ExtraColumns: old.ExtraColumns, Delimiter: old.Delimiter, Marked: old.Marked}
	if fresh.ID, err = t.InsertBatch(ctx, fresh); err != nil {
		return 0, err
	}
	if err := t.SetQuiet(ctx, fresh.ID, old.Quiet); err != nil {
		return 0, err
	}
	all := make([]Applicant, len(rows))
	for i, row := range rows {
		if all[i], err = t.takeAgain(ctx, fresh, Key{batch, row}); err != nil {
			return 0, err
		}
	}
	if err := t.InsertApplicants(ctx, all); err != nil {
		return 0, err
	}
	if err := t.BeginBreakers(ctx, fresh.ID, old.Breakers); err != nil {
		return 0, err
	}
	return fresh.ID, t.ActivateBatch(ctx, fresh.ID)
}

// takeAgain is the new row of somebody who is invited again, with the person.
func (t *Tx) takeAgain(ctx context.Context, fresh Batch, k Key) (Applicant, error) {
	a, err := t.Applicant(ctx, k)
	switch {
	case errors.Is(err, ErrNotFound):
		return a, fmt.Errorf("row %d of batch %d: %w", k.Row, k.Batch, err)
	case err != nil:
		return a, err
	case a.State != Invited:
		return a, &RowStateError{k, a.State, a.Holder, "invited again"}
	}
	held, err := t.Holders(ctx, fresh.Account, []string{a.PersonKey})
	if err != nil {
		return a, err
	}
	holder, ok := held[a.PersonKey]
	switch {
	case ok && (holder.Batch > k.Batch || holder.State != Invited):
		return a, &NewerError{k, holder}
	case !ok:
		holder.Key = k
	}
	return again(a, fresh, holder.Key), t.passPerson(ctx, fresh, a, holder.Key, ok)
}

// passPerson gives the new row its person: from whoever holds it, or as it is
// free.
func (t *Tx) passPerson(ctx context.Context, fresh Batch, a Applicant, from Key, held bool) error {
	if !held {
		_, err := t.ClaimPeople(ctx, fresh.Account, fresh.ID, []Claimant{{a.Row, a.PersonKey}})
		return err
	}
	taken, err := t.TakePerson(ctx, fresh.Account, a.PersonKey, from, Key{fresh.ID, a.Row})
	if err == nil && !taken {
		err = ErrExists // another did so at this moment
	}
	return err
}

// again is an applicant as it was before anything was sent.
func again(a Applicant, fresh Batch, holder Key) Applicant {
	return Applicant{Key: Key{fresh.ID, a.Row}, State: Queued, FirstName: a.FirstName, LastName: a.LastName, Email: a.Email,
		Phone: a.Phone, ExternalID: a.ExternalID, SendEmailInvite: a.SendEmailInvite, SendPhoneInvite: a.SendPhoneInvite,
		WorkflowID: a.WorkflowID, RedirectURL: a.RedirectURL, Extra: a.Extra, PersonKey: a.PersonKey, Holder: holder}
}

// ReinviteSource is the source of a batch of people of another one who are invited
// again.
func ReinviteSource(batch int64) string { return fmt.Sprintf("reinvite:%d", batch) }
