package batch

import (
	"context"
	"slices"
	"strings"
	"time"

	"usher/store"
)

// Worker is a process that works, or one that has people and is not heard of any more.
type Worker struct {
	ID       string // its name in the database
	Words    string // for people: host, process and command; the name where that is not known
	Alive    bool   // it has the right to send, until then by the database's clock
	Until    time.Time
	InFlight int // people whose request is under way
	InDoubt  int // people whose answer it lost, and who are looked up by whoever comes first
}

// WorkersNow are the processes that work, and what each has, by name.
func (s *Service) WorkersNow(ctx context.Context) ([]Worker, error) {
	leases, err := s.st.Leases(ctx, store.WorkerLease(""))
	if err != nil {
		return nil, err
	}
	loads, err := s.st.WorkerLoads(ctx, s.account)
	if err != nil {
		return nil, err
	}
	all := make([]Worker, 0, len(leases))
	for _, l := range leases {
		all = append(all, Worker{ID: l.Holder, Words: l.Detail, Alive: true, Until: l.ExpiresAt})
	}
	for _, l := range loads {
		at := slices.IndexFunc(all, func(w Worker) bool { return w.ID == l.Worker })
		if at < 0 {
			at = len(all)
			all = append(all, Worker{ID: l.Worker, Words: l.Worker})
		}
		all[at].InFlight, all[at].InDoubt = l.InFlight, l.InDoubt
	}
	slices.SortStableFunc(all, func(a, b Worker) int { return strings.Compare(a.Words, b.Words) })
	return all, nil
}
