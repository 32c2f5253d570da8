package jobs

import (
	"context"
	"net"
	"runtime"
	"testing"
	"time"

	"usher/store"
	"usher/upstream"
)

// inTurn is a process that can commit claims, and a turn, for a test that hands
// turns out itself.
func inTurn(t *testing.T, api inviter) (*Service, turn) {
	t.Helper()
	s := idle(t, api, nil)
	s.commits = newCommitter(s.st, s.log, store.ClaimParams{Account: s.account, Worker: s.cfg.Worker, Timeout: time.Second}, func(int) {}, s.pacer.ready, s.notePaused)
	t.Cleanup(s.commits.close)
	return s, turn{day: "2026-11-29", at: time.Now()}
}

// TestUnsentIsKnownWhenItsPlaceIsFree: who finds nothing left of a day, and nobody in
// flight any more, is to know of all that comes back.
func TestUnsentIsKnownWhenItsPlaceIsFree(t *testing.T) {
	t.Parallel()
	s, slot := inTurn(t, silent{})
	s.pacer.inFlight <- struct{}{}
	done := make(chan error, 1)
	go func() {
		_, err := s.invite(context.Background(), store.Key{Batch: 1, Row: 2}, leave{}, slot) // whom nobody knows
		done <- err
	}()
	for len(s.pacer.inFlight) > 0 {
		runtime.Gosched()
	}
	if !s.pacer.unsent.any() {
		t.Error("the day is closed, and then a slot of it comes back")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestUnreachableProbesTakeNothingOfTheDay: what probes do not reach has sent nothing.
func TestUnreachableProbesTakeNothingOfTheDay(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	api, err := upstream.New(upstream.Config{BaseURL: "http://" + gone.Addr().String(), APIKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := inTurn(t, api)
	ctx := context.Background()
	if _, err := s.st.HoldLease(ctx, store.WorkerLease("w"), "w", "", time.Minute); err != nil {
		t.Fatal(err)
	}
	s.inDoubt(t)
	s.sql(t, `UPDATE applicants SET state = 'queued'`)
	s.sql(t, `UPDATE gate SET reason = $1, until = '2020-01-01T00:00:00.000Z'`, store.GateUnreachable)
	if err := s.probe(ctx, s.look(t)); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t, `SELECT count(*) FROM attempts WHERE outcome = 'not_sent'`); n != 1 {
		t.Fatalf("%d probes were not sent, want 1", n)
	}
	s.pacer.returnUnsent(ctx)
	if n := s.count(t, `SELECT day_count FROM pace`); n != 0 {
		t.Errorf("%d requests count, of which none was sent", n)
	}
}
