package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// paceStart is a quarter past noon UTC.
var paceStart = time.Date(2026, 11, 23, 12, 15, 0, 0, time.UTC)

// at sets the clock of a pace.
func (p *paceState) at(now time.Time) *paceState {
	p.now = now.UnixMicro()
	return p
}

// take reserves n slots one by one at a time, and returns how long each waits.
func (p *paceState) take(now time.Time, pace Pace, n int) []time.Duration {
	p.at(now)
	waits := make([]time.Duration, n)
	for i := range waits {
		waits[i] = max(p.reserve(pace, SlotRequest{Want: 1}).First, 0)
	}
	return waits
}

func ms(n ...int) []time.Duration {
	all := make([]time.Duration, len(n))
	for i, v := range n {
		all[i] = time.Duration(v) * time.Millisecond
	}
	return all
}

func checkDiff[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestReserveSpacesAndBursts(t *testing.T) {
	t.Parallel()
	var p paceState
	pace := Pace{Rate: 10, Burst: 3}
	checkDiff(t, "after a quiet time", ms(0, 0, 0, 100, 200), p.take(paceStart, pace, 5))
	checkDiff(t, "at the same moment", ms(300), p.take(paceStart, pace, 1))
	checkDiff(t, "when those are over", ms(0, 100), p.take(paceStart.Add(400*time.Millisecond), pace, 2))
	checkDiff(t, "after 200 ms of quiet", ms(0, 0, 100), p.take(paceStart.Add(700*time.Millisecond), pace, 3))
	checkDiff(t, "after an hour, no more than the burst", ms(0, 0, 0, 100), p.take(paceStart.Add(time.Hour), pace, 4))
	var single paceState
	checkDiff(t, "without a burst", ms(0, 100, 200), single.take(paceStart, Pace{Rate: 10}, 3))
}

func TestReserveBlock(t *testing.T) {
	t.Parallel()
	pace := Pace{Rate: 10, Burst: 3}
	var p, q paceState
	block := p.at(paceStart).reserve(pace, SlotRequest{Want: 5})
	block.Day, block.Ends, block.Given = "", 0, time.Time{}
	checkDiff(t, "a block", Slots{N: 5, First: -200 * time.Millisecond, Every: 100 * time.Millisecond, Rate: 10, DayCount: 5}, block)
	q.take(paceStart, pace, 5)
	if !reflect.DeepEqual(p, q) {
		t.Errorf("after a block %+v, after its slots one by one %+v", p, q)
	}
	free := p.reserve(Pace{}, SlotRequest{Want: 1000})
	free.Day, free.Ends, free.Given = "", 0, time.Time{}
	checkDiff(t, "no limit", Slots{N: 1000, DayCount: 1005}, free)
}

func TestReserveDaily(t *testing.T) {
	t.Parallel()
	pace := Pace{Rate: 1000, Daily: 10}
	var p paceState
	evening := time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)
	if s := p.at(evening).reserve(pace, SlotRequest{Want: 8}); s.N != 8 || s.DayCount != 8 {
		t.Errorf("got %+v, want 8", s)
	}
	if s := p.reserve(pace, SlotRequest{Want: 8}); s.N != 2 || s.DayCount != 10 {
		t.Errorf("got %+v, want the 2 that are left", s)
	}
	before := p
	checkDiff(t, "none left", Slots{DayEnds: time.Minute, Rate: 1000, DayCount: 10}, p.reserve(pace, SlotRequest{Want: 1}))
	if !reflect.DeepEqual(p, before) {
		t.Errorf("asking when none is left made %+v of %+v", p, before)
	}
	if s := p.at(evening.Add(time.Minute)).reserve(pace, SlotRequest{Want: 1}); s.N != 1 || s.DayCount != 1 {
		t.Errorf("got %+v on the next day, want 1", s)
	}
	lower := Pace{Daily: 1} // somebody has lowered the limit below what was sent
	p.reserve(pace, SlotRequest{Want: 5})
	if s := p.reserve(lower, SlotRequest{Want: 1}); s.N != 0 || s.DayEnds != 24*time.Hour {
		t.Errorf("got %+v beyond a lowered limit, want none", s)
	}
}

// TestPendingAfterTheClockWasSetBack: what another process took an hour from now is not
// waited for until then.
func TestPendingAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	var p paceState
	p.at(paceStart.Add(time.Hour)).hold("other", 5)
	if n := p.at(paceStart.Add(time.Hour + time.Second)).pending(); n != 5 {
		t.Errorf("%d may come back, want 5", n)
	}
	if n := p.at(paceStart).pending(); n != 0 {
		t.Errorf("%d may come back after the clock was set back", n)
	}
}
