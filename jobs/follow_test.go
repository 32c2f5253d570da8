package jobs

import (
	"context"
	"testing"
	"time"

	"usher/store"
)

// paused counts the queues that River will not fetch from.
func (s *Service) paused(t *testing.T) int {
	t.Helper()
	return s.count(t, `SELECT count(*) FROM river_queue WHERE paused_at IS NOT NULL`)
}

// started sets an idle process to work, without its loops.
func (s *Service) startedQueue(t *testing.T) {
	t.Helper()
	if err := s.river.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.river.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestQueuesFollowTheGate: a queue that was added while another process closed
// the gate is paused, and one that was paused when a new key opened it, is
// resumed. Nobody but the reconciler would.
func TestQueuesFollowTheGate(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	ctx := context.Background()
	s.startedQueue(t)
	s.inDoubt(t)
	if _, err := s.reconcileOnce(ctx, ctx); err != nil {
		t.Fatal(err)
	}
	s.sql(t, `UPDATE gate SET reason = 'unauthorized', until = '2999-01-01T00:00:00.000Z', generation = generation + 1, key_fingerprint = 'old'`)
	s.look(t)
	if _, err := s.reconcileOnce(ctx, ctx); err != nil {
		t.Fatal(err)
	}
	if n := s.paused(t); n != 2 {
		t.Errorf("%d queues are paused at a closed gate, want the batch's and that of look-ups", n)
	}
	if _, err := s.st.Account(ctx, "test", "new"); err != nil {
		t.Fatal(err)
	}
	if g := s.look(t); !g.Open() {
		t.Fatal("a new key did not open the gate")
	}
	if _, err := s.reconcileOnce(ctx, ctx); err != nil {
		t.Fatal(err)
	}
	if n := s.paused(t); n != 0 {
		t.Errorf("%d queues are still paused", n)
	}
}

// TestQueuesAreToldOfTheGateAgain: a word that River's listener missed, as its
// connection was broken when the gate opened, would leave a queue paused for ever.
func TestQueuesAreToldOfTheGateAgain(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	ctx := context.Background()
	s.startedQueue(t)
	s.inDoubt(t)
	s.look(t)
	if _, err := s.reconcileOnce(ctx, ctx); err != nil {
		t.Fatal(err)
	}
	s.sql(t, `UPDATE river_queue SET paused_at = '2020-01-01T00:00:00.000Z'`)
	s.followedAt = time.Now().Add(-followAgain)
	if _, err := s.reconcileOnce(ctx, ctx); err != nil {
		t.Fatal(err)
	}
	if n := s.paused(t); n != 1 {
		t.Errorf("%d queues are still paused, want that of reports only, which no gate is for", n)
	}
}

// TestServeNotBehindAClosedGate: a view that is behind serves no queue.
func TestServeNotBehindAClosedGate(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	s.startedQueue(t)
	k := s.inDoubt(t)
	s.sql(t, `UPDATE gate SET reason = 'unauthorized', until = '2999-01-01T00:00:00.000Z', generation = generation + 1`)
	if err := s.serve(context.Background(), store.Batch{ID: k.Batch}); err != nil {
		t.Fatal(err)
	}
	if len(s.served.names) != 0 {
		t.Error("the queue is served")
	}
}

// TestServeAgain: a queue that could not be served, as the database was away,
// is served when it is back.
func TestServeAgain(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, nil)
	ctx := context.Background()
	s.startedQueue(t)
	s.sql(t, `ALTER TABLE river_queue RENAME TO away`)
	if err := s.river.add(ctx, "b1", 2, fetchCooldown); err == nil {
		t.Fatal("served without a database")
	}
	s.sql(t, `ALTER TABLE away RENAME TO river_queue`)
	if err := s.river.add(ctx, "b1", 2, fetchCooldown); err != nil {
		t.Error(err)
	}
}
