package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/batch"
	"usher/store"
)

// Difference is what would become of a schedule if what usher.yaml says counted.
type Difference struct {
	Name    string   `json:"name"`
	What    string   `json:"what"` // make, change or remove
	Changes []Change `json:"changes"`
}

// The kinds of a [Difference].
const (
	Make   = "make"
	Alter  = "change"
	Remove = "remove"
)

// Plan is what [Service.Apply] would do, by name. An error names all schedules of
// usher.yaml that cannot be used.
func (s *Service) Plan(ctx context.Context) ([]Difference, error) {
	said, err := s.said()
	if err != nil {
		return nil, err
	}
	stored, err := s.Store.Schedules(ctx, s.Account)
	if err != nil {
		return nil, err
	}
	all := []Difference{}
	there := map[string]bool{}
	for _, sch := range stored {
		there[sch.Name] = true
		spec, declared := said[sch.Name]
		switch {
		case declared && sch.Origin != store.OriginFile:
			return nil, batch.WithHint(fmt.Errorf("the schedule %s was made on a page, and usher.yaml has one of this name", sch.Name),
				"give the one in usher.yaml another name, or remove the other on its page")
		case sch.Origin != store.OriginFile:
			continue
		}
		was, err := readTexts(sch.Spec)
		if err != nil {
			return nil, err
		}
		if !declared {
			all = append(all, Difference{sch.Name, Remove, []Change{}})
		} else if c := changes(was, spec.Texts); len(c) > 0 {
			all = append(all, Difference{sch.Name, Alter, c})
		}
	}
	for name, spec := range said {
		if !there[name] {
			all = append(all, Difference{name, Make, changes(map[string]string{}, spec.Texts)})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// said is what usher.yaml says of schedules.
func (s *Service) said() (map[string]*Spec, error) {
	all := map[string]*Spec{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.Config.Schedules)) {
		spec, err := ParseSpec(s.Config.Schedules[name], s.svc.Sources())
		if err != nil {
			errs = append(errs, named(err, name))
			continue
		}
		all[name] = spec
	}
	if len(errs) > 0 {
		return nil, batch.WithHint(errors.Join(errs...), "mend schedules: in usher.yaml; nothing was changed")
	}
	return all, nil
}

// Apply has what usher.yaml says of schedules count from now on, if that is still
// what was planned. Those that were made on a page stay as they are.
func (s *Service) Apply(ctx context.Context, by batch.Actor, planned []Difference) error {
	if err := by.Check(); err != nil {
		return err
	}
	said, err := s.said()
	if err != nil {
		return err
	}
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		for _, d := range planned {
			var ok bool
			var err error
			act := store.ActScheduleRemove
			if d.What == Remove {
				if ok, err = tx.RemoveSchedule(ctx, s.Account, d.Name, store.OriginFile); err == nil && ok {
					err = tx.EndAsking(ctx, s.Account, d.Name)
				}
			} else {
				act = map[string]store.ActName{Make: store.ActScheduleMake, Alter: store.ActScheduleChange}[d.What]
				ok, err = s.put(ctx, tx, d.Name, store.OriginFile, said[d.Name])
			}
			if err == nil && !ok {
				err = batch.WithHint(fmt.Errorf("the schedule %s was changed in the meantime; nothing was done", d.Name), "run the command again")
			}
			if err == nil {
				err = s.record(ctx, tx, by, act, d.Name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) put(ctx context.Context, tx *store.Tx, name, origin string, spec *Spec) (bool, error) {
	if spec == nil {
		return false, nil
	}
	text, err := spec.text()
	if err != nil {
		return false, err
	}
	return tx.PutSchedule(ctx, s.Account, name, origin, text)
}

// record records what somebody did to a schedule, in the transaction of the change.
func (s *Service) record(ctx context.Context, tx *store.Tx, by batch.Actor, what store.ActName, name string) error {
	return tx.RecordAct(ctx, store.Act{Actor: by, What: what, Account: s.Account, Subject: name})
}
