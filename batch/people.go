package batch

import (
	"context"
	"errors"
	"iter"
	"time"

	"usher/store"
)

// Filter says which batches are wanted; what is empty or 0 leaves none out.
type Filter struct {
	States []string
	Search string // a part of the name or the source, whatever its case and accents
	Before int64  // older than the batch with this id: the last of the page before
	Limit  int
}

// FindBatches lists the account's batches, the newest first.
func (s *Service) FindBatches(ctx context.Context, f Filter) ([]Batch, error) {
	states := make([]store.BatchState, len(f.States))
	for i, state := range f.States {
		states[i] = store.BatchState(state)
	}
	all, err := s.st.Batches(ctx, store.BatchFilter{Account: s.account, States: states, Search: f.Search, Before: f.Before, Limit: f.Limit})
	if err != nil {
		return nil, err
	}
	return s.counted(ctx, all)
}

// PeopleFilter says which people of a batch are wanted; what is empty or 0 leaves
// none out.
type PeopleFilter = store.PeopleFilter

// People reads a page of the people of a batch, in the order of their rows.
func (s *Service) People(ctx context.Context, f PeopleFilter) ([]Person, error) {
	b, err := s.batch(ctx, f.Batch)
	if err != nil {
		return nil, err
	}
	return s.people(ctx, f, b.Name)
}

func (s *Service) people(ctx context.Context, f PeopleFilter, batchName string) ([]Person, error) {
	all, err := s.st.People(ctx, f)
	people := make([]Person, len(all))
	for i := range all {
		people[i] = personOf(&all[i], batchName)
	}
	return people, err
}

// peoplePage is how many are read at a time where all are wanted.
const peoplePage = 500

// Everybody goes through the people of a batch without holding them all. The
// first error is the last that comes.
func (s *Service) Everybody(ctx context.Context, f PeopleFilter) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		b, err := s.batch(ctx, f.Batch)
		f.Limit = peoplePage
		for err == nil {
			var page []Person
			if page, err = s.people(ctx, f, b.Name); err != nil {
				break
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
			}
			if len(page) < peoplePage {
				return
			}
			f.After = page[len(page)-1].Row
		}
		yield(Person{}, err)
	}
}

// Attempt is one request sent, or about to be sent, for somebody. Its JSON is part
// of the interface.
type Attempt struct {
	N          int        `json:"n"`
	StartedAt  *time.Time `json:"started_at"`
	DeadlineAt *time.Time `json:"deadline_at"`
	EndedAt    *time.Time `json:"ended_at"`
	Outcome    string     `json:"outcome"` // empty while its end is not known
	Status     int        `json:"status"`  // of the answer; 0 if there was none
	SessionID  string     `json:"session_id"`
	Worker     string     `json:"worker"`
}

// Individual is somebody with all that was tried. Its JSON is part of the
// interface.
type Individual struct {
	Person
	Attempts []Attempt `json:"attempts"`
	Columns  []Column  `json:"columns"` // the list's own further columns
	Lookups  int       `json:"lookups"` // how often the last attempt was looked up

	// OutcomeStatus is [Confirmed] where the provider gave its word, which is the
	// OutcomeReason; else what the person's browser said first, which is no result of
	// a verification.
	OutcomeStatus string   `json:"outcome_status"`
	OutcomeReason string   `json:"outcome_reason"`
	Returns       []Return `json:"returns"`
	// Afterwards is where the person's browser goes after the session, in words;
	// empty for nowhere.
	Afterwards string `json:"-"`
}

// Column is a further column of a list, with somebody's value.
type Column struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Person is somebody in a row of a batch, with every attempt.
func (s *Service) Person(ctx context.Context, batch int64, row int) (Individual, error) {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return Individual{}, err
	}
	k := store.Key{Batch: batch, Row: row}
	a, err := s.st.Applicant(ctx, k)
	if errors.Is(err, store.ErrNotFound) {
		err = WithHint(missing("batch %d has no row %d", batch, row), "'usher find WHO' shows batch and row of somebody")
	}
	if err != nil {
		return Individual{}, err
	}
	tried, err := s.st.Attempts(ctx, k)
	if err != nil {
		return Individual{}, err
	}
	p := Individual{Person: personOf(&a, b.Name), Attempts: make([]Attempt, len(tried)), Columns: columnsOf(b, a),
		OutcomeStatus: a.OutcomeStatus, OutcomeReason: a.OutcomeReason, Afterwards: afterwards(a.RedirectURL)}
	if p.Returns, err = s.returnsOf(ctx, k); err != nil {
		return Individual{}, err
	}
	p.Lookups, err = s.st.Lookups(ctx, k)
	for i, t := range tried {
		p.Attempts[i] = Attempt{t.N, timeOrNull(t.StartedAt), timeOrNull(t.DeadlineAt), timeOrNull(t.EndedAt), t.Outcome, t.Status, t.SessionID, t.Worker}
	}
	return p, err
}

func columnsOf(b store.Batch, a store.Applicant) (all []Column) {
	for i, name := range b.ExtraColumns {
		if i < len(a.Extra) {
			all = append(all, Column{name, a.Extra[i]})
		}
	}
	return all
}

// SessionURL is the link of somebody who was invited. Whoever has it can use it,
// so it is recorded that it was shown.
func (s *Service) SessionURL(ctx context.Context, by Actor, batch int64, row int) (string, error) {
	if err := by.Check(); err != nil {
		return "", err
	}
	p, err := s.Person(ctx, batch, row)
	if err != nil {
		return "", err
	}
	if p.SessionURL == "" {
		return "", requestError("only who was invited has one, and not where the API does not tell it", "row %d of batch %d has no link", row, batch)
	}
	err = s.st.RecordAct(ctx, store.Act{Actor: by, What: store.ActSessionURL, Batch: batch, Rows: store.RowNumbers([]int{row})})
	if err != nil {
		return "", err
	}
	return p.SessionURL, nil
}

// Cause is what went wrong with some people of a batch: those of one state and
// one error code. Its JSON is part of the interface.
type Cause struct {
	State   State  `json:"state"`
	Code    string `json:"code"`
	Count   int    `json:"count"`
	AtLeast bool   `json:"at_least,omitempty"` // there are more
	Message string `json:"message"`            // as the first of them has it
	Varies  bool   `json:"varies"`             // the message is not the same for all
	Rows    []int  `json:"rows"`               // the first of them
}

// Causes tells what went wrong in a batch, the most frequent first: at most limit
// causes, or all if it is 0.
func (s *Service) Causes(ctx context.Context, batch int64, limit int) ([]Cause, error) {
	return s.causes(ctx, batch, limit, s.st.Causes)
}

// CausesSoFar is as Causes, and soon there while a large batch is at work. Some
// causes are not counted to their end.
func (s *Service) CausesSoFar(ctx context.Context, batch int64, limit int) ([]Cause, error) {
	return s.causes(ctx, batch, limit, s.st.CausesSoFar)
}

func (s *Service) causes(ctx context.Context, batch int64, limit int, read func(context.Context, int64, int) ([]store.Cause, error)) ([]Cause, error) {
	if _, err := s.batch(ctx, batch); err != nil {
		return nil, err
	}
	all, err := read(ctx, batch, limit)
	causes := make([]Cause, len(all))
	for i, c := range all {
		causes[i] = Cause(c)
	}
	return causes, err
}
