package store

import (
	"slices"
	"time"
)

// Allowed is how many requests the gate and the pace let through in each of so many
// minutes from first on, until now: the rate that was in force, for the time in which
// the gate was open. events are the newest first. It is negative for a minute in which
// there was no limit.
func Allowed(p Pace, events []GateEvent, first, now time.Time, minutes int) []float64 {
	events = inOrder(events, now)
	all := make([]float64, minutes)
	open, learned := true, 0.0
	at := len(events) - 1
	// The state at the beginning is that after the events before it.
	next := func(until time.Time) {
		for ; at >= 0 && !events[at].At.After(until); at-- {
			switch e := events[at]; e.Kind {
			case GateEventPace:
				learned = e.Rate
			case GateEventGate:
				open = e.Reason == ""
			}
		}
	}
	for second := range minutes * 60 {
		t := first.Add(time.Duration(second) * time.Second)
		if t.After(now) {
			break
		}
		next(t)
		if !open {
			continue
		}
		rate := p.Rate
		if learned > 0 && (rate <= 0 || learned < rate) {
			rate = learned
		}
		if m := &all[second/60]; rate <= 0 {
			*m = -1
		} else if *m >= 0 {
			*m += rate
		}
	}
	return all
}

// inOrder are events none of which is later than a newer one, as it is told where the
// clock was set back between them.
func inOrder(events []GateEvent, now time.Time) []GateEvent {
	events = slices.Clone(events)
	for i := range events {
		if events[i].At.After(now) {
			events[i].At = now
		}
		now = events[i].At
	}
	return events
}
