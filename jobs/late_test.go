package jobs

import (
	"testing"
	"time"
)

// TestLateOnesHoldUpThoseAfterThem: the requests of a block of slots that became ready at
// the same moment go at the distance of their slots, less what a burst allows.
func TestLateOnesHoldUpThoseAfterThem(t *testing.T) {
	t.Parallel()
	p := newPacer(&Service{})
	const every = 10 * time.Millisecond
	now := time.Now()
	block := new(lateness)
	var all []turn
	for i := range 20 {
		all = append(all, turn{at: now.Add(time.Duration(i-20) * every), given: now.Add(-time.Second), block: block, slack: 2 * every, late: time.Hour})
	}
	for i := range all { // whoever is the last to be told of his claim
		p.ready(all[19-i])
	}
	last := time.Time{}
	at := 0
	for i, v := range all {
		due, may := v.due(now)
		if !may || due.Before(last) {
			t.Fatalf("slot %d: may go %t at %v, after %v", i, may, due, last)
		}
		if last = due; !due.After(now) {
			at++
		}
	}
	if at > 4 || last.Before(now.Add(15*every)) {
		t.Errorf("%d of 20 go at once, the last one %v later", at, last.Sub(now))
	}
	if due, may := (turn{at: now}).due(now.Add(time.Hour)); !may || !due.Equal(now) {
		t.Error("a request that has no time is held up")
	}
}

// TestTooLateIsNotSent: who is much later than his slot, which was given out in time, goes
// another time, unless slots cannot be given out any sooner.
func TestTooLateIsNotSent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	late := turn{at: now.Add(-2 * lateLeast), block: new(lateness), late: lateLeast}
	if _, may := late.due(now); may {
		t.Error("a request of a moment in which nothing ran goes out beside those of the next")
	}
	late.at = now.Add(-lateLeast / 2)
	if _, may := late.due(now); !may {
		t.Error("a request is held up that is hardly late")
	}
	late.at, late.late = now.Add(-time.Hour), 0
	if _, may := late.due(now); !may {
		t.Error("where everybody is late nobody is sent to")
	}
}

// TestLead: slots are asked for as long before their times as requests took lately, longer
// when a process begins, and at their times where it is the API that takes long.
func TestLead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var l leads
	after := func(d time.Duration, want time.Duration) {
		t.Helper()
		if got := l.lead(now.Add(d), false); got != want {
			t.Errorf("after %v: %v, want %v", d, got, want)
		}
	}
	after(0, leadFirst)
	l.took(700*time.Millisecond, now.Add(time.Second))
	after(time.Second, 700*time.Millisecond+leadMore)
	l.took(20*time.Millisecond, now.Add(3*time.Second))
	after(4*time.Second, 700*time.Millisecond+leadMore)
	after(8*time.Second, leadLeast)
	l.waited(now.Add(20 * time.Second))
	after(20*time.Second+leadNot/2, 0)
	after(20*time.Second+leadNot, leadLeast)
	if got := l.lead(now.Add(time.Minute), true); got != leadMore {
		t.Errorf("alone: %v, want %v", got, leadMore)
	}
}
