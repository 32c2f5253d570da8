// Package schedule has bulk runs happen by themselves, once each, at the hour that
// a person meant.
//
// What is said of a schedule stands in the database, where usher.yaml or a page put
// it. Each time that one is due is an occurrence: a row, made before anything else is
// done, and named by the local time that was meant, so that it is there once however
// many processes look, die, or have their clocks changed. A job does it: it brings the
// list as an upload, as somebody at a page does, and has it checked and imported.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/batch"
	"usher/store"
)

// Service does what can be done with schedules. Its methods may be called by several
// goroutines at once.
type Service struct {
	svc *batch.Service
	batch.Base
	// Folders takes the files of folders, where the process works.
	Folders Folders

	ahead time.Duration // by which its clock is before the database's; tests move it

	mu         sync.Mutex
	understood map[int64]understood // by the id of a schedule
}

// understood is what a revision of a schedule means, or why it cannot be used.
type understood struct {
	revision int
	spec     *Spec
	err      error
	told     bool // that it cannot be used
}

// errand is what the jobs of occurrences are known by.
const errand = "occurrence"

// occurrencesAtOnce is how many occurrences a process does at the same time.
const occurrencesAtOnce = 4

// New makes a service on what svc has open.
func New(svc *batch.Service) *Service {
	return &Service{svc: svc, Base: svc.Base(), understood: map[int64]understood{}}
}

// WorkBeside has the schedules kept by the process of the service below, as long as
// it works.
func (s *Service) WorkBeside() {
	loops := []func(context.Context){s.keep}
	if s.Folders != nil {
		loops = append(loops, s.tidy)
	}
	s.svc.WorkBeside(batch.Beside{
		Errands: []batch.Errand{{
			What: errand, Workers: occurrencesAtOnce, Do: s.occur,
			Waiting: func(ctx context.Context) ([]int64, error) { return s.Store.DueOccurrences(ctx, s.Account) },
		}},
		Loops: loops,
	})
}

// now is the present moment, of a store or a transaction.
func (s *Service) now(ctx context.Context, of interface {
	Now(ctx context.Context) (time.Time, error)
}) (time.Time, error) {
	now, err := of.Now(ctx)
	return now.Add(s.ahead), err
}

// spec understands what is stored of a schedule. What it returns is not changed by
// anybody: it is kept, as every process asks every few seconds.
func (s *Service) spec(sch store.Schedule) (*Spec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.understood[sch.ID]
	if !ok || u.revision != sch.Revision {
		u = understood{revision: sch.Revision}
		texts, err := readTexts(sch.Spec)
		if err == nil {
			u.spec, err = ParseSpec(texts, s.svc.Sources())
		}
		u.err = named(err, sch.Name)
		s.understood[sch.ID] = u
	}
	return u.spec, u.err
}

// named puts the name of its schedule to an error.
func named(err error, name string) error {
	var wrong *SpecError
	if errors.As(err, &wrong) {
		wrong.Name = name
	}
	return err
}

// MissingError means that there is no schedule of a name.
type MissingError struct{ Name string }

func (e *MissingError) Error() string { return fmt.Sprintf("there is no schedule %q", e.Name) }

// Hint is the next step.
func (e *MissingError) Hint() string {
	return "'usher schedule list' lists them; 'usher schedule apply' makes those of usher.yaml"
}

// schedule is the one with this name, or a [MissingError].
func (s *Service) schedule(ctx context.Context, name string) (store.Schedule, error) {
	sch, err := s.Store.Schedule(ctx, s.Account, name)
	if errors.Is(err, store.ErrNotFound) {
		return sch, &MissingError{name}
	}
	return sch, err
}

// actor is a schedule as somebody who acts.
func actor(sch store.Schedule) batch.Actor {
	return batch.Actor{Name: sch.Name, Role: "schedule", Way: batch.WaySchedule}
}
