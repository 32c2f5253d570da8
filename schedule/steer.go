package schedule

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"usher/batch"
	"usher/store"
)

// Pause has a schedule make no occurrences until somebody resumes it. What was begun
// goes on.
func (s *Service) Pause(ctx context.Context, by batch.Actor, name string) error {
	return s.change(ctx, by, name, store.ActSchedulePause, "it is paused already", func(tx *store.Tx, sch store.Schedule) (bool, error) {
		return tx.PauseSchedule(ctx, sch.ID, by.Name)
	})
}

// Resume has a paused schedule go on from now. What would have been due meanwhile is
// not made up for.
func (s *Service) Resume(ctx context.Context, by batch.Actor, name string) error {
	return s.change(ctx, by, name, store.ActScheduleResume, "it is not paused", func(tx *store.Tx, sch store.Schedule) (bool, error) {
		return tx.ResumeSchedule(ctx, sch.ID)
	})
}

// change changes a schedule for somebody. When it is so already, nothing is changed.
func (s *Service) change(ctx context.Context, by batch.Actor, name string, act store.ActName, already string, do func(tx *store.Tx, sch store.Schedule) (bool, error)) error {
	if err := by.Check(); err != nil {
		return err
	}
	sch, err := s.schedule(ctx, name)
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		ok, err := do(tx, sch)
		switch {
		case err != nil:
			return err
		case !ok:
			return batch.WithHint(fmt.Errorf("nothing was changed of the schedule %s: %s", name, already), "'usher schedule show "+name+"' tells how it stands")
		}
		return s.record(ctx, tx, by, act, name)
	})
}

// byHand marks the occurrences that somebody asked for.
const byHand = " by hand"

// pressMost is how many of the last occurrences are looked through for one that somebody
// has just asked for.
const pressMost = 50

// Run makes an occurrence of a schedule now, for somebody, and returns it. A worker
// does it, by the schedule's rules.
func (s *Service) Run(ctx context.Context, by batch.Actor, name string) (Occurrence, error) {
	return s.RunSince(ctx, by, name, math.MaxInt64)
}

// RunSince is [Service.Run] for somebody who saw the schedule's occurrences up to the
// one with this id: if one was made by hand since then, nothing is done. So a button that
// is pressed twice does it once.
func (s *Service) RunSince(ctx context.Context, by batch.Actor, name string, seen int64) (Occurrence, error) {
	var made int64
	var spec *Spec
	err := s.change(ctx, by, name, store.ActScheduleRun, "somebody has just asked for the same", func(tx *store.Tx, sch store.Schedule) (bool, error) {
		sch, err := tx.LockSchedule(ctx, sch.ID)
		if err != nil || !sch.RemovedAt.IsZero() {
			return false, err
		}
		if spec, err = s.spec(sch); err != nil {
			return false, err
		}
		last, err := tx.Occurrences(ctx, sch.ID, pressMost)
		if err != nil || slices.ContainsFunc(last, func(o store.Occurrence) bool { return o.ID > seen && strings.HasSuffix(o.Local, byHand) }) {
			return false, err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return false, err
		}
		made, err = tx.InsertOccurrence(ctx, store.Occurrence{
			Schedule: sch.ID, Local: now.In(spec.Zone()).Format("2006-01-02T15:04:05") + byHand, DueAt: now, State: store.OccurrenceDue, By: by.Name,
		})
		if err != nil || made == 0 {
			return false, err
		}
		return true, s.Control.EnqueueErrand(ctx, tx, s.Account, errand, made, time.Time{})
	})
	if err != nil {
		return Occurrence{}, err
	}
	return s.occurrence(ctx, made, spec)
}

// Agree has an occurrence that asks be done, if no more people would be invited than
// somebody says.
func (s *Service) Agree(ctx context.Context, by batch.Actor, name string, id int64, people int) error {
	return s.change(ctx, by, name, store.ActScheduleRun, "it asks for nothing any more, or for more than you agreed to", func(tx *store.Tx, sch store.Schedule) (bool, error) {
		o, err := tx.Occurrence(ctx, id)
		if err != nil || o.Schedule != sch.ID {
			return false, err
		}
		ok, err := tx.AgreeOccurrence(ctx, id, by.Name, people)
		if err != nil || !ok {
			return false, err
		}
		if err := tx.AgreeFolderFiles(ctx, id); err != nil {
			return false, err
		}
		return true, s.Control.EnqueueErrand(ctx, tx, s.Account, errand, id, time.Time{})
	})
}

// Decline has an occurrence that asks, or has not begun, be left out. Files of a folder
// that it asks for are refused.
func (s *Service) Decline(ctx context.Context, by batch.Actor, name string, id int64) error {
	return s.change(ctx, by, name, store.ActScheduleSkip, "there is nothing to leave out any more", func(tx *store.Tx, sch store.Schedule) (bool, error) {
		o, err := tx.Occurrence(ctx, id)
		if err != nil || o.Schedule != sch.ID || o.Upload != "" {
			return false, err
		}
		files, err := tx.OccurrenceFiles(ctx, id)
		if err != nil || len(files) > 0 && o.State != store.OccurrenceAsks {
			return false, err
		}
		state := store.OccurrenceSkipped
		if slices.ContainsFunc(files, func(f store.FolderFile) bool { return f.State == store.FolderDone }) {
			state = store.OccurrenceDone // for the others
		}
		return tx.EndOccurrence(ctx, id, state, WhyDeclined, "")
	})
}

// Asking is the first occurrence of a schedule that waits for somebody's yes, or nil.
func (s *Service) Asking(ctx context.Context, name string) (*Occurrence, error) {
	sch, err := s.schedule(ctx, name)
	if err != nil {
		return nil, err
	}
	open, err := s.Store.OpenOccurrences(ctx, sch.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		if o.State != store.OccurrenceAsks {
			continue
		}
		spec, _ := s.spec(sch) // it is shown all the same
		one, err := s.occurrenceOf(ctx, o, spec)
		return &one, err
	}
	return nil, nil
}

// AllAsking are all occurrences that wait for somebody's yes, by the name of their
// schedule, each schedule's first first.
func (s *Service) AllAsking(ctx context.Context) (map[string][]Occurrence, error) {
	stored, err := s.Store.AskingOccurrences(ctx, s.Account)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	all := map[string][]Occurrence{}
	for _, o := range stored {
		sch, err := s.Store.ScheduleByID(ctx, o.Schedule)
		if err != nil {
			return nil, err
		}
		spec, _ := s.spec(sch) // it is shown all the same
		one, err := s.occurrenceOf(ctx, o, spec)
		if err != nil {
			return nil, err
		}
		all[sch.Name] = append(all[sch.Name], one)
	}
	return all, nil
}
