package schedule

import (
	"context"
	"errors"
	"fmt"

	"usher/batch"
	"usher/store"
)

// Draft is what somebody at a page says of a schedule.
type Draft struct {
	Name string
	// Revision is the one of the schedule that is changed; 0 makes one.
	Revision int
	Texts    map[string]string // by key
}

// ChangedError means that a schedule is not any more as somebody saw it who changes it.
type ChangedError struct{ Name string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the schedule %s was changed by somebody else in the meantime, so nothing was done", e.Name)
}

// Hint is the next step.
func (e *ChangedError) Hint() string { return "look at it as it is now, and change it again" }

// Save makes or changes a schedule for somebody at a page, and reports whether it did:
// one that is so already stays as it is. It fails with a [SpecError] if the draft is not
// right, and with a [ChangedError] if somebody was faster. What is due or asks for a yes
// stays so; from now on the schedule goes by what is said.
func (s *Service) Save(ctx context.Context, by batch.Actor, d Draft) (saved bool, err error) {
	if err := by.Check(); err != nil {
		return false, err
	}
	sch, spec, err := s.prepare(ctx, d)
	if err != nil || len(spec.changesOf(sch)) == 0 { // it was pressed twice, or is the same
		return false, err
	}
	text, err := spec.text()
	if err != nil {
		return false, err
	}
	err = s.Store.InTx(ctx, func(tx *store.Tx) error {
		act, ok, err := store.ActScheduleMake, false, error(nil)
		if d.Revision == 0 {
			ok, err = tx.MakeSchedule(ctx, s.Account, d.Name, text)
		} else {
			act = store.ActScheduleChange
			ok, err = tx.ChangeSchedule(ctx, sch.ID, d.Revision, text)
		}
		switch {
		case err != nil:
			return err
		case !ok && d.Revision == 0:
			return &SpecError{Name: d.Name, Flaws: []Flaw{taken}}
		case !ok:
			return &ChangedError{d.Name}
		}
		return s.record(ctx, tx, by, act, d.Name)
	})
	return err == nil, err
}

// Review is what [Service.Save] would change, by key, or its error.
func (s *Service) Review(ctx context.Context, d Draft) ([]Change, error) {
	sch, spec, err := s.prepare(ctx, d)
	if err != nil {
		return nil, err
	}
	return spec.changesOf(sch), nil
}

// prepare finds the schedule that a draft is of, which is zero if it makes one, and
// understands the draft.
func (s *Service) prepare(ctx context.Context, d Draft) (store.Schedule, *Spec, error) {
	sch, err := s.Store.Schedule(ctx, s.Account, d.Name)
	there := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return sch, nil, err
	}
	if there && sch.Origin != store.OriginPage && d.Revision != 0 {
		return sch, nil, batch.WithHint(fmt.Errorf("the schedule %s is written in usher.yaml, so it cannot be changed on a page", d.Name), inFile)
	}
	spec, err := s.understandDraft(d, sch)
	switch {
	case err != nil:
		return sch, nil, err
	case there && sch.Origin == store.OriginPage && len(spec.changesOf(sch)) == 0:
		return sch, spec, nil // whichever revision it was seen in
	case there && d.Revision == 0:
		return sch, nil, &SpecError{Name: d.Name, Flaws: []Flaw{taken}}
	case d.Revision != sch.Revision:
		return sch, nil, &ChangedError{d.Name}
	}
	return sch, spec, nil
}

// changesOf are what a specification says otherwise than a schedule does now.
func (s *Spec) changesOf(sch store.Schedule) []Change {
	was, err := readTexts(sch.Spec)
	if err != nil { // there is none
		was = map[string]string{}
	}
	return changes(was, s.Texts)
}

// inFile is what to do with a schedule that a page may not change.
const inFile = "change it below schedules: in usher.yaml, and run 'usher schedule apply'"

var taken = Flaw{NameKey, "there is a schedule of this name", "give it another one, or change that one on its page"}

// Remove removes a schedule that was made on a page, for somebody who saw this revision
// of it. What asks for a yes is left out then; what was begun goes on.
func (s *Service) Remove(ctx context.Context, by batch.Actor, name string, revision int) error {
	if err := by.Check(); err != nil {
		return err
	}
	sch, err := s.schedule(ctx, name)
	if err != nil {
		return err
	}
	if sch.Origin != store.OriginPage {
		return batch.WithHint(fmt.Errorf("the schedule %s is written in usher.yaml, so it cannot be removed on a page", name),
			"take it out of schedules: in usher.yaml, and run 'usher schedule apply'")
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.LockSchedule(ctx, sch.ID)
		if err != nil {
			return err
		}
		if now.Revision != revision || !now.RemovedAt.IsZero() {
			return &ChangedError{name}
		}
		if _, err := tx.RemoveSchedule(ctx, s.Account, name, store.OriginPage); err != nil {
			return err
		}
		open, err := tx.OpenOccurrences(ctx, sch.ID)
		for _, o := range open {
			if err == nil && o.State == store.OccurrenceAsks {
				_, err = tx.EndOccurrence(ctx, o.ID, store.OccurrenceSkipped, WhyRemoved, "")
			}
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, by, store.ActScheduleRemove, name)
	})
}
