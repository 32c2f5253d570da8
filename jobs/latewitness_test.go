package jobs

import (
	"context"
	"testing"
	"time"

	"usher/store"
	"usher/upstream"
)

// listing is an API that lists nothing, if it has time to.
type listing struct{ silent }

func (listing) SessionsByExternalID(ctx context.Context, _ string) ([]upstream.Session, error) {
	return nil, ctx.Err()
}

// TestWitnessTakesNoTime: at a pace at which a slot is longer in coming than a request may
// take, somebody in doubt is looked up all the same when there is a session to compare with.
func TestWitnessTakesNoTime(t *testing.T) {
	t.Parallel()
	s := idle(t, listing{}, func(cfg *Config) {
		cfg.Timeout, cfg.Pace = 100*time.Millisecond, store.Pace{Rate: 2, Burst: 1}
	})
	ctx := context.Background()
	if _, err := s.countRequest(ctx, true); err != nil { // the next slot is half a second away
		t.Fatal(err)
	}
	now := time.Now()
	s.witnesses.add("x-1", "session-1", now)
	d := store.InDoubt{Now: now, ReadAt: now, To: now.Add(-time.Minute)}
	if _, err := s.find(ctx, d); err != nil {
		t.Errorf("the look-up came to nothing: %v", err)
	}
}
