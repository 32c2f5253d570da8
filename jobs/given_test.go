package jobs

import (
	"testing"
	"time"
)

// TestGiven: when slots were given is known as well as by the word that came fastest, by
// whatever the clocks differ, and is never before they were asked for.
func TestGiven(t *testing.T) {
	t.Parallel()
	here := time.Now()
	there := here.Add(-3 * time.Hour)
	var g given
	at := func(gives, asked, came, want time.Duration) {
		t.Helper()
		if got := g.here(there.Add(gives), here.Add(asked), here.Add(came)).Sub(here); got != want {
			t.Errorf("given at %v, asked for at %v, came at %v: taken for %v, want %v", gives, asked, came, got, want)
		}
	}
	const ms = time.Millisecond
	at(100*ms, 90*ms, 180*ms, 180*ms) // nothing is known of the clocks
	g.saw(there.Add(200*ms), here.Add(202*ms))
	at(300*ms, 290*ms, 390*ms, 302*ms)
	at(3000*ms, 2990*ms, 3300*ms, 3002*ms)
	at(4000*ms, 3990*ms, 4001*ms, 4001*ms)
	at(5000*ms, 4990*ms, 5500*ms, 5001*ms)
	there = there.Add(-time.Hour) // the database's clock is set back
	at(6000*ms, 5990*ms, 6100*ms, 5990*ms)
	at(40*time.Second, 40*time.Second, 40*time.Second+80*ms, 40*time.Second+80*ms) // what is old counts no more
}
