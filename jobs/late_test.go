package jobs

import (
	"testing"
	"time"
)

// TestLateness: who is as late as others is not held up, and who is later than usual is
// only until that has become usual.
func TestLateness(t *testing.T) {
	t.Parallel()
	const most = 100 * time.Millisecond
	var l lateness
	for range 20 {
		if !l.allows(40*time.Millisecond, most) {
			t.Fatal("held up a usual request")
		}
	}
	if l.allows(300*time.Millisecond, most) {
		t.Error("a request of a moment in which nothing ran went out beside those of the next")
	}
	if !l.allows(300*time.Millisecond, 0) {
		t.Error("held up a request that has no time")
	}
	for range 20 {
		l.allows(-time.Hour, most)
	}
	held := 0
	for !l.allows(time.Minute, most) {
		if held++; held > 60 {
			t.Fatal("nothing goes out where all takes long")
		}
	}
	if held == 0 {
		t.Error("a minute too late is in time")
	}
	for range 100 {
		if !l.allows(time.Minute, most) {
			t.Fatal("held up what became usual")
		}
	}
}
