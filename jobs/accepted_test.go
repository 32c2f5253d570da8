package jobs

import (
	"testing"

	"usher/store"
)

// TestAccepted: what the API let through is told once, or again when that failed, with how
// many of it were of the latest day.
func TestAccepted(t *testing.T) {
	t.Parallel()
	var a accepted
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
	if got, want := a.take(), (store.Answers{Accepted: 3, In: 8, Day: "2026-11-24", OfDay: 2}); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	if got := a.take(); got != (store.Answers{}) {
		t.Errorf("told %+v again", got)
	}
}
