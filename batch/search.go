package batch

import (
	"context"
	"time"

	"usher/store"
)

// Search says who is looked for, and among whom; what is empty or 0 leaves nobody
// out. The account is the service's own.
type Search = store.Seek

// Place is where a search has come to: a row of a batch.
type Place = store.Key

// Searched is what a search has found so far. It goes on From Next, and is through
// when that is the zero Place.
type Searched struct {
	People []Person
	Next   Place
	Rows   int  // that were looked at this time
	Whole  bool // found by the whole of an address, a number, a reference or a session id
}

// searchTime is about how long a search looks through rows before it says how far
// it came. A page is to be there in 200 ms.
const searchTime = 80 * time.Millisecond

// SearchPeople looks for somebody. The whole of a reference, of a session id, and on
// PostgreSQL of an e-mail address or a phone number is found at once among any
// number of people. A part of one, or a name, is looked for row by row, the newest
// batches first, a while at a time.
func (s *Service) SearchPeople(ctx context.Context, q Search) (Searched, error) {
	q.Account = s.account
	if q.Limit <= 0 || q.Limit > MostFound {
		q.Limit = MostFound
	}
	if q.From == (Place{}) && len(q.States) == 0 && q.Code == "" {
		known, surely, err := s.st.Known(ctx, q)
		if err != nil || surely || len(known) > 0 {
			return Searched{People: peopleOf(known), Whole: true}, err
		}
	}
	sought, err := s.st.Seek(ctx, q, searchTime)
	return Searched{People: peopleOf(sought.Found), Next: sought.Next, Rows: sought.Rows}, err
}

func peopleOf(all []store.Found) []Person {
	people := make([]Person, len(all))
	for i := range all {
		people[i] = personOf(&all[i].Applicant, all[i].BatchName)
	}
	return people
}

// Has reports whether a batch is of the account that the service is for. Others may
// share the database.
func (s *Service) Has(b Batch) bool { return b.account == s.account }

// Doubt is how many people of a batch are in doubt, and when they are looked up:
// so long after the last moment at which they may have been sent to.
type Doubt struct {
	People       int
	First, Again time.Duration
}

// Doubt tells of the people of a batch whose answer was lost.
func (s *Service) Doubt(ctx context.Context, batch int64) (Doubt, error) {
	n, err := s.st.InDoubtCount(ctx, batch)
	return Doubt{n, s.cfg.Lookup.After, s.cfg.Lookup.Again}, err
}
