package jobs

import (
	"context"
	"time"
)

// A pass of a loop is bounded: a connection to the database that died without a
// word would else hold it up for a quarter of an hour. The first bound is short,
// as people wait for what the loop does, and it grows with each pass that was not
// enough, as a slow database must be able to come to an end.
const (
	passFirst   = 5 * time.Second
	passTimeout = 2 * time.Minute
	sweepFirst  = 20 * time.Second // to take an import of a million rows away takes its time
	sweepLimit  = 30 * time.Minute
)

// passes are those of one loop.
type passes struct{ first, most, next time.Duration }

func (p *passes) do(ctx context.Context, pass func(ctx context.Context) error) error {
	limit := max(p.next, p.first)
	soon, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := pass(soon)
	if err != nil && soon.Err() != nil {
		p.next = min(2*limit, p.most)
	} else {
		p.next = 0
	}
	return err
}
