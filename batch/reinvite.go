package batch

import (
	"context"
	"errors"
	"fmt"

	"usher/store"
)

// Reinvited is the batch that people are invited again by.
type Reinvited struct {
	Batch int64
	// Before says why it is one that the same was asked for before, and that is not
	// done; nil if it is new.
	Before error
}

// Reinvite makes a new batch, set running, of people who were invited already.
// The earlier invitations stay as they are. The question of what that costs is
// [Service.PlanReinvite].
func (s *Service) Reinvite(ctx context.Context, by Actor, batch int64, rows []int) (Reinvited, error) {
	fresh, err := s.control.Reinvite(ctx, by, batch, rows)
	var newer *store.NewerError
	if errors.As(err, &newer) {
		same, lookErr := s.underWay(ctx, newer.Newer, batch, rows)
		if lookErr != nil {
			return Reinvited{}, lookErr
		}
		if same {
			return Reinvited{newer.Newer.Batch, err}, nil
		}
	}
	if err != nil {
		return Reinvited{}, reinviteError(err)
	}
	return Reinvited{Batch: fresh}, nil
}

// PlanReinvite says what [Service.Reinvite] of so many people of a batch would send.
// They are invited in its quiet times as little as in the first place.
func (s *Service) PlanReinvite(ctx context.Context, batch int64, people int) (Question, error) {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return Question{}, err
	}
	return s.question(ctx, people, ruleOf(b.Quiet))
}

// underWay reports whether a newer batch invites these very people again, and is
// not done: the same was asked for before, or is at this moment. If it lacks one
// of them, going on with it would forget that one.
func (s *Service) underWay(ctx context.Context, newer store.Holder, batch int64, rows []int) (bool, error) {
	b, err := s.st.Batch(ctx, newer.Batch)
	if err != nil || b.Source != store.ReinviteSource(batch) {
		return false, err
	}
	if b.State == store.BatchFinished && newer.State != store.Queued && newer.State != store.Sending {
		return false, nil // nothing is left to go on with
	}
	for _, row := range rows {
		_, err := s.st.Applicant(ctx, store.Key{Batch: newer.Batch, Row: row})
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// reinviteError adds what to do about people who cannot be invited again.
func reinviteError(err error) error {
	var state *store.RowStateError
	var newer *store.NewerError
	switch {
	case errors.As(err, &newer):
		return WithHint(err, "nothing was sent; "+afterNewer(newer))
	case errors.As(err, &state):
		return WithHint(err, "nothing was sent; "+otherWay(state))
	case errors.Is(err, store.ErrNotFound):
		return WithHint(fmt.Errorf("there is no such row: %w", err), "nothing was sent; 'usher find WHO' shows batch and row of somebody")
	case errors.Is(err, store.ErrExists):
		return WithHint(errors.New("somebody else has invited one of them again at this moment"), "nothing was sent; 'usher find WHO' shows how it stands")
	}
	return err
}

// afterNewer is what to do about somebody who was invited again since.
func afterNewer(e *store.NewerError) string {
	switch e.Newer.State {
	case store.Invited:
		return fmt.Sprintf("to send once more: 'usher reinvite %d %d'", e.Newer.Batch, e.Newer.Row)
	case store.Unknown:
		return fmt.Sprintf("'usher resolve %d' settles those whose outcome is unknown; for the others leave row %d out", e.Newer.Batch, e.Row)
	}
	return fmt.Sprintf("batch %d sends to that person already; for the others leave row %d out", e.Newer.Batch, e.Row)
}

// otherWay is what helps people who were not invited.
func otherWay(e *store.RowStateError) string {
	switch e.State {
	case store.Duplicate:
		if e.Holder.Batch > 0 {
			return fmt.Sprintf("the invitation is in batch %d: 'usher reinvite %d %d' sends to the e-mail and phone that it went to", e.Holder.Batch, e.Holder.Batch, e.Holder.Row)
		}
		return "the list said that this person was invited elsewhere; import the row with --allow-duplicates to invite from here"
	case store.Failed:
		return fmt.Sprintf("'usher retry %d' sends again to those who failed", e.Batch)
	case store.Unknown:
		return fmt.Sprintf("'usher resolve %d' settles those whose outcome is unknown", e.Batch)
	case store.Rejected, store.Cancelled:
		return "mend the row if need be and run it as a file"
	}
	return fmt.Sprintf("'usher status %d' shows how it stands", e.Batch)
}
