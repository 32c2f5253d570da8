package jobs

import (
	"testing"
	"time"
)

// TestARefusalHoldsUntilItIsWritten: the word of an older wave, or a wave of another
// process, lets nobody go on whose own refusal is not written yet.
func TestARefusalHoldsUntilItIsWritten(t *testing.T) {
	t.Parallel()
	k := newGatekeeper()
	k.moveTo(4, 0)
	l := leave{wave: 4}
	if !k.allows(l) {
		t.Fatal("nothing is allowed at the start")
	}
	k.refuse(4)
	if k.allows(l) || k.allowsLookup(l) || !k.waiting() {
		t.Error("a refusal does not stop the process at once")
	}
	k.goOn(3)
	if k.allows(l) {
		t.Error("the word of wave 3 was written, and wave 4 went on")
	}
	k.goOn(4)
	if !k.allows(l) || k.waiting() {
		t.Error("nobody goes on after the word was written")
	}
	k.refuse(4)
	k.moveTo(5, 0)
	if k.allows(l) || !k.allows(leave{wave: 5}) || k.waiting() {
		t.Error("the next wave stops its own slots, or lets those of before go on")
	}
	k.refuse(4) // it was in flight
	if !k.allows(leave{wave: 5}) {
		t.Error("a refusal of an older wave stopped the present one")
	}
}

// TestAnOlderWaveHoldsNobody: what was told of a wave that is over does not change for how
// long the present one waits.
func TestAnOlderWaveHoldsNobody(t *testing.T) {
	t.Parallel()
	k := newGatekeeper()
	k.moveTo(2, time.Hour)
	k.moveTo(1, 0)
	if left := k.heldFor(); left < time.Minute {
		t.Errorf("an older wave ended the wait: %v left", left)
	}
	k.moveTo(2, 0)
	if left := k.heldFor(); left > 0 {
		t.Errorf("the wait that its own wave ended lasts for %v", left)
	}
	k.moveTo(1, time.Hour)
	if left := k.heldFor(); left > 0 {
		t.Errorf("an older wave holds for %v", left)
	}
}
