package upstream

import (
	"net/http"
	"testing"
	"time"
)

// TestWhatADateHasLost: a server whose clock is ahead by an odd time writes dates, which
// lose a part of a second. After some answers that is known, less what the way takes.
func TestWhatADateHasLost(t *testing.T) {
	t.Parallel()
	var s skew
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const ahead, way = 41*time.Minute + 730*time.Millisecond, 10 * time.Millisecond
	dated := func(at time.Time) http.Header {
		return http.Header{"Date": {at.Add(ahead).Format(http.TimeFormat)}}
	}
	if lost := s.lost(dated(start), start); lost != 0 {
		t.Errorf("before any answer %v is known to be lost", lost)
	}
	for i := range 40 {
		at := start.Add(time.Duration(i) * 50 * time.Millisecond)
		s.observe(dated(at), at.Add(-way), at.Add(way))
	}
	for _, after := range []time.Duration{3 * time.Second, 3400 * time.Millisecond} {
		at := start.Add(after)
		truth := at.Add(ahead).Sub(at.Add(ahead).Truncate(time.Second))
		if lost := s.lost(dated(at), at); lost > truth || lost < truth-70*time.Millisecond {
			t.Errorf("%v are known to be lost, want a little less than %v", lost, truth)
		}
	}
	back := start.Add(time.Minute) // the server's clock is set back
	now := http.Header{"Date": {back.Format(http.TimeFormat)}}
	s.observe(now, back, back.Add(way))
	if lost := s.lost(now, back.Add(way)); lost > way {
		t.Errorf("after the server's clock was set back %v are known to be lost", lost)
	}
}
