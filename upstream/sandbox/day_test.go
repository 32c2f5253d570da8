package sandbox

import (
	"testing"
	"time"
)

// TestShortDay: the count of a day begins anew after the day's length.
func TestShortDay(t *testing.T) {
	t.Parallel()
	l := limiter{daily: 2, length: time.Minute}
	at := time.Date(2026, 11, 23, 12, 0, 50, 0, time.UTC)
	for i, want := range []time.Duration{0, 0, 10 * time.Second} {
		if wait, ok := l.take(at); wait != want || ok != (want == 0) {
			t.Errorf("request %d: %v, wait %v, want %v", i, ok, wait, want)
		}
	}
	if _, ok := l.take(at.Add(10 * time.Second)); !ok {
		t.Error("the next day lets nothing in")
	}
}

// TestListLag: look-ups do not know of a session that is younger than the lag.
func TestListLag(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	s := New(Options{Balance: -1, ListLag: 5 * time.Second, Now: func() time.Time { return now }})
	first, second := &Session{ExternalID: "a"}, &Session{ExternalID: "a"}
	s.keep(first, "")
	now = now.Add(3 * time.Second)
	s.keep(second, "")
	for after, want := range map[time.Duration]int{1: 0, 2: 1, 5: 2} {
		s.opts.Now = func() time.Time { return now.Add(after * time.Second) }
		if got := s.listed(); got != want {
			t.Errorf("%d s later %d are listed, want %d", after, got, want)
		}
	}
}
