package schedule

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"usher/batch"
	"usher/schedule/message"
	"usher/store"
)

const (
	// lookAgain is how soon a job looks again at what others are doing for it: the check
	// of a list, its import, an earlier batch.
	lookAgain = 2 * time.Second
	// triesMost is how often a list is brought that could not be imported, and tryAgain
	// how long after the last time.
	triesMost = 3
	tryAgain  = 30 * time.Second
)

// occur does an occurrence, or says when to look again. It may be begun any number of
// times, by several processes at once: its row, and that of its upload, decide.
func (s *Service) occur(ctx context.Context, id int64) (again time.Duration, err error) {
	o, err := s.Store.Occurrence(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && o.State != store.OccurrenceDue {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	sch, err := s.Store.ScheduleByID(ctx, o.Schedule)
	if err != nil {
		return 0, err
	}
	dir, files, err := s.folderOf(ctx, o)
	if err != nil {
		return 0, err
	}
	begun := o.Upload != "" || len(files) > 0
	if !begun || !sch.RemovedAt.IsZero() && o.Upload == "" {
		switch {
		case !sch.RemovedAt.IsZero():
			return s.end(ctx, o, store.OccurrenceSkipped, WhyRemoved, "")
		case sch.Paused() && o.By == "":
			return s.end(ctx, o, store.OccurrenceSkipped, WhyPaused, "")
		}
	}
	spec, err := s.spec(sch)
	if err != nil {
		return s.fail(ctx, sch, o, "", err)
	}
	if !begun {
		if skip, wait, err := s.overlaps(ctx, spec, o); err != nil || wait {
			return lookAgain, err
		} else if skip {
			return s.end(ctx, o, store.OccurrenceSkipped, WhyOverlap, "")
		}
		dir = spec.Folder
	}
	switch {
	case dir != "":
		return s.take(ctx, sch, spec, o, dir, begun)
	case o.Upload == "":
		return s.bring(ctx, sch, spec, o)
	}
	return s.send(ctx, sch, spec, o)
}

// end ends an occurrence.
func (s *Service) end(ctx context.Context, o store.Occurrence, state store.OccurrenceState, why, words string) (time.Duration, error) {
	_, err := s.Store.EndOccurrence(ctx, o.ID, state, why, words)
	return 0, err
}

// fail ends an occurrence of which nobody was invited, with the reason and what to do.
// The words are for people; they are not logged.
func (s *Service) fail(ctx context.Context, sch store.Schedule, o store.Occurrence, why string, reason error) (time.Duration, error) {
	words := reason.Error()
	if hint := batch.Hint(reason); hint != "" {
		words += "; " + hint
	}
	return 0, s.Store.InTx(ctx, func(tx *store.Tx) error {
		ended, err := tx.EndOccurrence(ctx, o.ID, store.OccurrenceFailed, why, words)
		if err != nil || !ended {
			return err
		}
		return message.Note(ctx, tx, s.event(sch, store.EventMissed, "failed", 0))
	})
}

// overlaps reports whether an occurrence is left out, or waits, as one before it is
// not over. What a person asked for waits.
func (s *Service) overlaps(ctx context.Context, spec *Spec, o store.Occurrence) (skip, wait bool, err error) {
	open, err := s.Store.OpenOccurrences(ctx, o.Schedule)
	if err != nil {
		return false, false, err
	}
	before := 0 // due, and first
	for _, other := range open {
		if other.ID == o.ID {
			break
		}
		if other.State == store.OccurrenceDue {
			before++
		}
	}
	running, err := s.Store.UnfinishedBatchOf(ctx, o.Schedule)
	if err != nil || before == 0 && running == 0 {
		return false, false, err
	}
	mayWait := o.By != "" || spec.Overlap == OverlapWait && (before == 0 || before == 1 && running == 0)
	return !mayWait, mayWait, nil
}

// bring makes an upload of the list of an occurrence.
func (s *Service) bring(ctx context.Context, sch store.Schedule, spec *Spec, o store.Occurrence) (time.Duration, error) {
	by := actor(sch)
	u, etag, err := s.list(ctx, by, sch, spec)
	switch {
	case errors.Is(err, errNothingNew):
		return s.end(ctx, o, store.OccurrenceDone, WhyNothing, "")
	case batch.Away(err) || ctx.Err() != nil:
		return 0, err
	case err != nil:
		return s.triedOnce(ctx, sch, o, err)
	}
	c := u.Choices
	spec.chooseFor(&c, sch.Name, o.Local)
	if u, err = s.svc.Choose(ctx, by, u.ID, u.Revision, c); err != nil {
		_ = s.svc.DiscardUpload(ctx, by, u.ID)
		if batch.Away(err) || ctx.Err() != nil {
			return 0, err
		}
		return s.fail(ctx, sch, o, "", err)
	}
	mine, err := s.Store.BringOccurrence(ctx, o.ID, "", u.ID, etag)
	if err != nil || !mine {
		_ = s.svc.DiscardUpload(context.WithoutCancel(ctx), by, u.ID) // it is swept in a day, else
		return lookAgain, err
	}
	o.Upload = u.ID
	return s.send(ctx, sch, spec, o)
}

// triedOnce has a list that could not be brought be brought again, or ends its
// occurrence.
func (s *Service) triedOnce(ctx context.Context, sch store.Schedule, o store.Occurrence, reason error) (time.Duration, error) {
	if err := s.Store.TryOccurrence(ctx, o.ID); err != nil {
		return 0, err
	}
	if o.Tries+1 >= triesMost {
		return s.fail(ctx, sch, o, "", reason)
	}
	return tryAgain, nil
}

// send has the list of an occurrence checked, and its people invited, as the rules of
// its schedule say. What a rule holds against that is kept with the occurrence.
func (s *Service) send(ctx context.Context, sch store.Schedule, spec *Spec, o store.Occurrence) (time.Duration, error) {
	by := actor(sch)
	u, err := s.svc.EnsureChecked(ctx, o.Upload)
	switch {
	case errors.Is(err, batch.ErrNoUpload): // it is too old: nobody worked for a day
		_, err := s.Store.BringOccurrence(ctx, o.ID, o.Upload, "", "")
		return lookAgain, err
	case err != nil:
		return 0, err
	case u.State != batch.UploadReady:
		return lookAgain, nil
	}
	// let goes of the upload, and comes to an end.
	let := func(end func() (time.Duration, error)) (time.Duration, error) {
		again, err := end()
		if err == nil {
			_ = s.svc.DiscardUpload(ctx, by, u.ID) // it is swept in a day, else
		}
		return again, err
	}
	if u.Refusal != "" { // of an import, which found it otherwise than the check
		return let(func() (time.Duration, error) {
			if o.Tries >= triesMost {
				return s.fail(ctx, sch, o, "", batch.WithHint(errors.New(u.Refusal), u.Fix))
			}
			_, err := s.Store.BringOccurrence(ctx, o.ID, u.ID, "", "")
			return tryAgain, err
		})
	}
	if !u.Checked {
		return lookAgain, nil
	}
	p, most := u.Plan, spec.MaxPeople
	if o.Agreed > 0 {
		most = o.Agreed
	}
	switch {
	case p.NothingNew:
		return let(func() (time.Duration, error) { return s.end(ctx, o, store.OccurrenceDone, WhyNothing, "") })
	case p.Refusal != nil:
		return let(func() (time.Duration, error) {
			return s.fail(ctx, sch, o, "", batch.WithHint(errors.New(p.Refusal.Words), p.Refusal.Fix))
		})
	case p.Known != nil:
	case p.Problems > 0 && (spec.Problems == ProblemsRefuse || p.Plan.Tokens == 0):
		return let(func() (time.Duration, error) {
			return s.fail(ctx, sch, o, WhyProblems, batch.WithHint(fmt.Errorf("rows with problems: %d", p.Problems), "correct them where the list comes from"))
		})
	case p.Plan.Tokens == 0:
		return let(func() (time.Duration, error) { return s.end(ctx, o, store.OccurrenceDone, WhyNothing, "") })
	case most > 0 && p.Plan.Tokens > most:
		return let(func() (time.Duration, error) {
			return 0, s.ask(ctx, sch, o, p.Plan.Tokens)
		})
	}
	if most == 0 {
		most = math.MaxInt32
	}
	_, err = s.svc.Invite(ctx, by, u.ID, u.Revision, batch.Agreement{Invitations: most, LeaveOut: true})
	var changed *batch.ChangedError
	if err != nil && !errors.As(err, &changed) && !batch.Away(err) && ctx.Err() == nil {
		return let(func() (time.Duration, error) { return s.fail(ctx, sch, o, "", err) })
	}
	return lookAgain, nil
}
