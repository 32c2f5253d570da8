package jobs

import (
	"context"
	"testing"
	"time"

	"usher/store"
)

// The queue of a batch that is quiet is not served, or its jobs would turn in circles.
func TestQuietIsNotServed(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	ctx := context.Background()
	s.startedQueue(t)
	s.inDoubt(t)
	b, err := s.st.BatchesIn(ctx, s.account, store.BatchRunning)
	if err != nil || len(b) != 1 {
		t.Fatal(b, err)
	}
	serves := func() bool {
		t.Helper()
		if _, err := s.reconcileOnce(ctx, ctx); err != nil {
			t.Fatal(err)
		}
		s.loops.Wait() // for what is dropped
		s.served.mu.Lock()
		defer s.served.mu.Unlock()
		return s.served.names[b[0].ID] != nil
	}
	if !serves() {
		t.Error("the queue of a running batch is not served")
	}
	now := time.Now()
	for _, c := range []struct {
		from, until time.Duration
		serve       bool
	}{{-time.Hour, time.Hour, false}, {time.Hour, 2 * time.Hour, true}, {-time.Hour, time.Hour, false}, {-2 * time.Hour, -time.Hour, true}} {
		const rule = `{"holidays":"2001-01-01","zone":"UTC"}`
		if err := s.st.SetQuiet(ctx, b[0].ID, rule); err != nil {
			t.Fatal(err)
		}
		w := store.QuietWindow{Since: now.Add(-3 * time.Hour), From: now.Add(c.from), Until: now.Add(c.until)}
		if err := s.st.MoveQuiet(ctx, b[0].ID, rule, w); err != nil {
			t.Fatal(err)
		}
		if got := serves(); got != c.serve {
			t.Errorf("quiet from %v until %v: served %v", c.from, c.until, got)
		}
	}
}
