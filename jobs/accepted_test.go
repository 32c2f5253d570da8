package jobs

import (
	"context"
	"testing"
	"time"

	"usher/store"
)

// TestAccepted: what the API let through is told once, or again when that failed, with how
// many of it were of the latest day.
func TestAccepted(t *testing.T) {
	t.Parallel()
	a := accepted{now: make(chan struct{}, 1)}
	a.one(leave{wave: 7, day: "2026-11-23"})
	a.one(leave{wave: 7, day: "2026-11-23"})
	if got, want := a.take(), (store.Answers{Accepted: 2, In: 7, Day: "2026-11-23", OfDay: 2}); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	a.one(leave{wave: 8, day: "2026-11-24"})
	a.one(leave{wave: 7, day: "2026-11-23"}) // answered late
	failed := a.take()
	a.one(leave{wave: 8, day: "2026-11-24"})
	a.add(failed)
	if got, want := a.take(), (store.Answers{Accepted: 2, In: 8, Day: "2026-11-24", OfDay: 2}); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	if got := a.take(); got != (store.Answers{}) {
		t.Errorf("told %+v again", got)
	}
}

// TestAloneToldAtOnce: the answer to a request that went alone is told though this process
// takes no slots, and nobody goes alone any more.
func TestAloneToldAtOnce(t *testing.T) {
	t.Parallel()
	s := idle(t, silent{}, func(c *Config) { c.Pace, c.ShortWait = store.Pace{Rate: 100, Burst: 10}, 10*time.Second })
	ctx := context.Background()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	wave := int64(0)
	for range 2 { // after the second of them in a row one goes alone
		s.closeGate(closing{leave: leave{generation: s.look(t).Generation, wave: wave}, reason: store.GateRateLimited})
		wave = s.waveAfter(t, wave)
	}
	slots, err := s.reserveSlots(ctx, store.SlotRequest{Want: 20})
	if err != nil || slots.N != 1 || !slots.Alone {
		t.Fatalf("%d slots, alone: %t, %v; want one alone", slots.N, slots.Alone, err)
	}
	s.heard(outcome{alive: true}, nil, leave{wave: slots.Wave, alone: slots.Alone})
	s.waveAfter(t, wave)
	if slots, err := s.reserveSlots(ctx, store.SlotRequest{Want: 20}); err != nil || slots.Alone || slots.Wave == wave {
		t.Errorf("then slots alone: %t, of wave %d, %v", slots.Alone, slots.Wave, err)
	}
}

// waveAfter waits until this process knows of a later wave of the pace, and returns it.
func (s *Service) waveAfter(t *testing.T, wave int64) (now int64) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); pause(t.Context(), 5*time.Millisecond) {
		s.gate.mu.Lock()
		now = s.gate.wave
		s.gate.mu.Unlock()
		if now > wave {
			return now
		}
	}
	t.Fatalf("the pace is still in wave %d", wave)
	return 0
}
