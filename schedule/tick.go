package schedule

import (
	"context"
	"time"

	"go.uber.org/zap"

	"usher/schedule/message"
	"usher/schedule/when"
	"usher/store"
)

const (
	// keepEvery is how often the schedules are read: one that is made or changed in another
	// process is due no later than that. What is due is done at its time.
	keepEvery = 5 * time.Second
	// keepLeast is the least time between two looks.
	keepLeast = 100 * time.Millisecond
	// keepAgain is how soon it is looked again after something was done, or went wrong.
	keepAgain = time.Second
	// keepTimeout is for one look.
	keepTimeout = 30 * time.Second
	// lateFrom is how late an occurrence is that counts as missed: nobody worked when it
	// was due. What is sooner is a restart.
	lateFrom = 5 * time.Minute
	// missedMost is how many occurrences get a row that were all missed; of more, the
	// last ones do.
	missedMost = 100
	// occurrencesKept is how many of a schedule are kept at least, and occurrenceLife for
	// how long the others are.
	occurrencesKept = 1000
	occurrenceLife  = 400 * 24 * time.Hour
)

// Why an occurrence is as it is.
const (
	WhyMissed    = "missed"      // nobody worked when it was due
	WhyOverlap   = "overlap"     // the one before was not over
	WhyPaused    = "paused"      // its schedule was paused before it was done
	WhyRemoved   = "removed"     // its schedule was
	WhyDeclined  = "declined"    // an operator said no
	WhyMaxPeople = "max_people"  // there are more people than are invited without a yes
	WhyNothing   = "nothing_new" // there was nobody to invite
	WhyProblems  = "problems"    // rows of the list have some
	WhyKnown     = store.WhyKnown
)

// keep makes the occurrences that are due, until ctx ends. Every process does, as a
// row is there once.
func (s *Service) keep(ctx context.Context) {
	away, swept := false, time.Time{}
	for wait := keepLeast; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		look, cancel := context.WithTimeout(ctx, keepTimeout)
		next, err := s.tick(look)
		if wait = next; err != nil {
			wait = keepAgain
		}
		if err == nil && time.Since(swept) > time.Hour {
			swept = time.Now()
			err = s.Store.SweepOccurrences(look, s.Account, swept.Add(-occurrenceLife), occurrencesKept)
		}
		cancel()
		if err != nil && !away && ctx.Err() == nil && !store.Passing(err) { // of an outage whoever works tells
			s.Log.Warn("the schedules could not be looked at; it is tried again", zap.Error(err))
		}
		away = err != nil
	}
}

// tick makes the occurrences that are due by the database's clock, and returns when it is
// to be looked again.
func (s *Service) tick(ctx context.Context) (wait time.Duration, err error) {
	all, err := s.Store.Schedules(ctx, s.Account)
	if err != nil || len(all) == 0 {
		return keepEvery, err
	}
	now, err := s.now(ctx, s.Store)
	if err != nil {
		return 0, err
	}
	wait = keepEvery
	for _, sch := range all {
		if sch.Paused() {
			continue
		}
		spec, err := s.spec(sch)
		if err != nil {
			s.tellUnusable(sch, err)
			continue
		}
		next, err := spec.Next(sch.LookedAt)
		if !sch.LookedAt.After(now) && (err != nil || next.At.After(now)) {
			if err == nil {
				wait = min(wait, max(next.At.Sub(now), keepLeast))
			}
			continue
		}
		if err := s.Store.InTx(ctx, func(tx *store.Tx) error { return s.due(ctx, tx, sch, spec) }); err != nil {
			return 0, err
		}
		wait = min(wait, keepAgain) // and then for when it is due next
	}
	return wait, nil
}

// tellUnusable logs, once, that a schedule cannot be used.
func (s *Service) tellUnusable(sch store.Schedule, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.understood[sch.ID]
	if u.told {
		return
	}
	u.told = true
	s.understood[sch.ID] = u
	s.Log.Warn("a schedule cannot be used, and is not due until it is changed", zap.String("schedule", sch.Name), zap.Error(err))
}

// due makes the rows of the occurrences of a schedule up to now.
func (s *Service) due(ctx context.Context, tx *store.Tx, seen store.Schedule, spec *Spec) error {
	sch, err := tx.LockSchedule(ctx, seen.ID)
	if err != nil || sch.Revision != seen.Revision || sch.Paused() || !sch.RemovedAt.IsZero() {
		return err // whoever changed it looks again
	}
	now, err := s.now(ctx, tx)
	if err != nil {
		return err
	}
	from := sch.LookedAt
	if from.After(now) { // the clock was set back; it may have been ahead before, and what it passed over then missed
		if from = now; sch.LookedFrom.Before(now) {
			from = sch.LookedFrom
		}
		if err := tx.ForgetMissed(ctx, sch.ID, from); err != nil {
			return err
		}
	}
	all, _, err := spec.Between(from, now, missedMost)
	if err != nil {
		return err
	}
	for i, o := range all {
		state, why := spec.fate(now.Sub(o.At), i == len(all)-1)
		id, err := tx.InsertOccurrence(ctx, store.Occurrence{Schedule: sch.ID, Local: o.Local, DueAt: o.At, State: state, Why: why})
		if err != nil {
			return err
		}
		switch {
		case id == 0:
		case state == store.OccurrenceDue:
			err = s.Control.EnqueueErrand(ctx, tx, s.Account, errand, id, time.Time{})
		case state == store.OccurrenceAsks:
			err = message.Note(ctx, tx, s.event(sch, store.EventWaiting, why, 0))
		case i == len(all)-1: // one message for all that were missed
			err = message.Note(ctx, tx, s.event(sch, store.EventMissed, why, 0))
		}
		if err != nil {
			return err
		}
	}
	return tx.ScheduleLooked(ctx, sch.ID, from, now)
}

// event is something of a schedule that people may be told of.
func (s *Service) event(sch store.Schedule, what store.EventName, why string, people int) store.Event {
	e := store.Event{Account: s.Account, What: what, Name: sch.Name, Reason: why}
	if people > 0 {
		e.Numbers = map[string]int{"people": people}
	}
	return e
}

// fate is what becomes of an occurrence that is so late, and the last of those that
// were found, or not. Of several only the last is done, so that there is no flood.
func (s *Spec) fate(late time.Duration, last bool) (store.OccurrenceState, string) {
	switch {
	case last && late < lateFrom:
		return store.OccurrenceDue, ""
	case last && s.Missed == MissedAsk:
		return store.OccurrenceAsks, WhyMissed
	case last && s.Missed == MissedRun && (s.MissedWithin == 0 || late < s.MissedWithin):
		return store.OccurrenceDue, ""
	}
	return store.OccurrenceSkipped, WhyMissed
}

// nextOf are the next occurrences of a schedule after a moment, so many.
func (s *Spec) nextOf(after time.Time, n int) (all []when.Occurrence, err error) {
	for range n {
		o, err := s.Next(after)
		if err != nil {
			return all, err
		}
		all, after = append(all, o), o.At
	}
	return all, nil
}
