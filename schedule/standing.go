package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/batch"
	"usher/schedule/when"
	"usher/store"
)

// Schedule is how a schedule stands. Its JSON is part of the interface.
type Schedule struct {
	Name     string            `json:"name"`
	Origin   string            `json:"origin"` // file or page
	Settings map[string]string `json:"settings"`
	PausedAt *time.Time        `json:"paused_at"`
	PausedBy string            `json:"paused_by,omitempty"`
	Next     *time.Time        `json:"next"`            // none while it is paused
	Wrong    string            `json:"wrong,omitempty"` // why it cannot be used
	Last     *Occurrence       `json:"last"`
	// Occurrences are the last ones, the newest first.
	Occurrences []Occurrence `json:"occurrences,omitempty"`
	// Revision counts its changes, for who changes it on a page.
	Revision int `json:"-"`
}

// Occurrence is one time that a schedule was due. Its JSON is part of the interface.
type Occurrence struct {
	ID     int64        `json:"id"`
	At     time.Time    `json:"at"` // in the schedule's zone
	Local  string       `json:"local"`
	State  string       `json:"state"` // due, asks, done, skipped or failed
	Why    string       `json:"why,omitempty"`
	Words  string       `json:"words,omitempty"`
	By     string       `json:"by,omitempty"`
	People int          `json:"people,omitempty"` // who would be invited, of one that asks
	Batch  int64        `json:"batch,omitempty"`
	Counts batch.Counts `json:"counts,omitempty"`
	Ended  *time.Time   `json:"ended_at"`
	// Batches are those of the files that were taken from a folder; Batch is the one if
	// there are no more. Counts are those of all of them.
	Batches []int64 `json:"batches,omitempty"`
	Files   []File  `json:"files,omitempty"`
}

// File is a file that was taken from a folder. Its JSON is part of the interface.
type File struct {
	Name  string `json:"name"`
	State string `json:"state"` // taking, taken, asks, importing, done, known, refused or vanished
	Batch int64  `json:"batch,omitempty"`
	Words string `json:"words,omitempty"`
}

// Schedules are all of them, by name, each with its last occurrence.
func (s *Service) Schedules(ctx context.Context) ([]Schedule, error) {
	stored, err := s.Store.Schedules(ctx, s.Account)
	if err != nil {
		return nil, err
	}
	now, err := s.now(ctx, s.Store)
	if err != nil {
		return nil, err
	}
	ended, err := s.Store.LastOccurrences(ctx, s.Account)
	if err != nil {
		return nil, err
	}
	last := map[int64][]store.Occurrence{}
	for _, o := range ended {
		last[o.Schedule] = []store.Occurrence{o}
	}
	all := make([]Schedule, len(stored))
	for i, sch := range stored {
		if all[i], err = s.standing(ctx, sch, now, last[sch.ID]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Schedule is the one with this name, with its last occurrences, so many.
func (s *Service) Schedule(ctx context.Context, name string, last int) (Schedule, error) {
	sch, err := s.schedule(ctx, name)
	if err != nil {
		return Schedule{}, err
	}
	now, err := s.now(ctx, s.Store)
	if err != nil {
		return Schedule{}, err
	}
	occurred, err := s.Store.Occurrences(ctx, sch.ID, last)
	if err != nil {
		return Schedule{}, err
	}
	return s.standing(ctx, sch, now, occurred)
}

// standing is how a schedule stands now, with these occurrences of it.
func (s *Service) standing(ctx context.Context, sch store.Schedule, now time.Time, occurred []store.Occurrence) (Schedule, error) {
	one := Schedule{Name: sch.Name, Origin: sch.Origin, PausedBy: sch.PausedBy, Revision: sch.Revision}
	if sch.Paused() {
		one.PausedAt = &sch.PausedAt
	}
	var err error
	if one.Settings, err = readTexts(sch.Spec); err != nil {
		return one, err
	}
	spec, err := s.spec(sch)
	if err != nil {
		one.Wrong = err.Error()
	} else if !sch.Paused() {
		if next, err := spec.Next(now); err == nil {
			one.Next = &next.At
		}
	}
	one.Occurrences = make([]Occurrence, len(occurred))
	for i, o := range occurred {
		if one.Occurrences[i], err = s.occurrenceOf(ctx, o, spec); err != nil {
			return one, err
		}
	}
	if len(one.Occurrences) > 0 {
		one.Last = &one.Occurrences[0]
	}
	return one, nil
}

func (s *Service) occurrence(ctx context.Context, id int64, spec *Spec) (Occurrence, error) {
	o, err := s.Store.Occurrence(ctx, id)
	if err != nil {
		return Occurrence{}, err
	}
	return s.occurrenceOf(ctx, o, spec)
}

// occurrenceOf is an occurrence with what became of its batch. Without its schedule's
// zone its time is in UTC.
func (s *Service) occurrenceOf(ctx context.Context, o store.Occurrence, spec *Spec) (Occurrence, error) {
	one := Occurrence{
		ID: o.ID, At: o.DueAt.UTC(), Local: o.Local, State: string(o.State), Why: o.Why, Words: o.Words, By: o.By, People: o.People, Batch: o.Batch,
	}
	if spec != nil {
		one.At = o.DueAt.In(spec.Zone())
	}
	if !o.EndedAt.IsZero() {
		one.Ended = &o.EndedAt
	}
	if o.Upload == "" {
		if err := s.addFiles(ctx, &one); err != nil {
			return one, err
		}
	}
	batches := one.Batches
	if len(batches) == 0 && one.Batch > 0 {
		batches = []int64{one.Batch}
	}
	for _, id := range batches {
		b, err := s.svc.Batch(ctx, id)
		if errors.Is(err, batch.ErrNotFound) {
			continue
		}
		if err != nil {
			return one, err
		}
		if one.Counts == nil {
			one.Counts = batch.Counts{}
		}
		for state, n := range b.Counts {
			one.Counts[state] += n
		}
	}
	return one, nil
}

// addFiles adds the files of an occurrence, and their batches.
func (s *Service) addFiles(ctx context.Context, one *Occurrence) error {
	files, err := s.Store.OccurrenceFiles(ctx, one.ID)
	known := int64(0)
	for _, f := range files {
		one.Files = append(one.Files, File{f.Name, string(f.State), f.Batch, f.Why})
		if f.State == store.FolderDone && f.Batch > 0 {
			one.Batches = append(one.Batches, f.Batch)
		} else if f.Batch > 0 {
			known = f.Batch
		}
	}
	switch {
	case len(one.Batches) == 1:
		one.Batch = one.Batches[0]
	case len(files) == 1:
		one.Batch = known
	}
	return err
}

// Next are the next times at which a schedule is due, from a moment on, so many. One
// that is not there is looked for in usher.yaml, and applied tells which it was.
func (s *Service) Next(ctx context.Context, name string, from time.Time, n int) (all []when.Occurrence, applied bool, err error) {
	spec, applied, err := s.find(ctx, name)
	if err != nil {
		return nil, applied, err
	}
	if from.IsZero() {
		if from, err = s.now(ctx, s.Store); err != nil {
			return nil, applied, err
		}
	}
	all, err = spec.nextOf(from.Add(-1), n)
	return all, applied, err
}

// Zone is the time zone of a schedule, which [Service.Next] finds.
func (s *Service) Zone(ctx context.Context, name string) (*time.Location, error) {
	spec, _, err := s.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return spec.Zone(), nil
}

// find is a schedule that is there, or one that usher.yaml has.
func (s *Service) find(ctx context.Context, name string) (spec *Spec, applied bool, err error) {
	sch, err := s.schedule(ctx, name)
	if err == nil {
		spec, err = s.spec(sch)
		return spec, true, err
	}
	texts, ok := s.Config.Schedules[name]
	if !ok {
		return nil, false, err
	}
	spec, err = ParseSpec(texts, s.svc.Sources())
	return spec, false, named(err, name)
}

// WhyWords are the reasons of occurrences for people.
func (o Occurrence) WhyWords() string {
	switch o.Why {
	case WhyMissed:
		if o.State == string(store.OccurrenceAsks) {
			return "nobody worked when it was due; shall it be done now?"
		}
		return "nobody worked when it was due"
	case WhyOverlap:
		return "the one before was not over"
	case WhyPaused:
		return "the schedule was paused"
	case WhyRemoved:
		return "the schedule was removed"
	case WhyDeclined:
		if len(o.Batches) > 0 {
			return "the lists with more people than max_people were left out by a person"
		}
		return "left out by a person"
	case WhyMaxPeople:
		return fmt.Sprintf("%s would be invited, more than max_people", batch.Counted(o.People, "person", "people"))
	case WhyNothing:
		if o.Words != "" {
			return "nothing new; " + o.Words
		}
		return "nothing new"
	case WhyKnown:
		if o.Batch == 0 {
			return "nobody is new in its files"
		}
		return fmt.Sprintf("the same list as batch %d", o.Batch)
	}
	return o.Words
}
