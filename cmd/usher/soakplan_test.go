package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// soakEvent is something that goes wrong, or that somebody does, at a time from the
// beginning.
type soakEvent struct {
	at      time.Duration
	what    string
	who     int           // which of the processes or batches
	lasting time.Duration // how long it lasts
	by      time.Duration // how far a clock jumps
}

func (e soakEvent) String() string {
	words := fmt.Sprintf("%6.1fs %s %d", e.at.Seconds(), e.what, e.who)
	if e.lasting > 0 {
		words += fmt.Sprintf(" for %.1fs", e.lasting.Seconds())
	}
	if e.by != 0 {
		words += fmt.Sprintf(" by %s", e.by)
	}
	return words
}

// What can happen. Those of the first list happen to both databases.
var (
	soakHappens = []string{"kill", "kill", "term", "freeze", "429", "429 long", "429 untold", "limit named",
		"refused list", "402", "401", "5xx", "lost", "lost", "garbage",
		"api clock", "database clock", "locked", "pause", "retry", "import killed"}
	soakHappensToServers = []string{"cut", "backends", "restart", "crash", "read-only"}
)

// soakPlan is what happens in a soak: the same for the same seed, length and database.
// What must happen in every one, such as a kill, comes first in an order of its own.
func soakPlan(seed uint64, lasts time.Duration, postgres bool) []soakEvent {
	chance := rand.New(rand.NewPCG(seed, 15))
	happens := append([]string(nil), soakHappens...)
	if postgres {
		happens = append(append(happens, soakHappensToServers...), soakHappensToServers...)
	}
	least := lasts / 60 // a longer one has more events, not only more of everything else
	if least < 300*time.Millisecond {
		least = 300 * time.Millisecond
	}
	least = min(least, time.Second)
	between := func(from, to time.Duration) time.Duration {
		return (from + time.Duration(chance.Int64N(int64(to-from)))).Round(10 * time.Millisecond)
	}
	var all []soakEvent
	var bag []string
	for at := 500 * time.Millisecond; at < lasts; at += between(least, 3*least) {
		if len(bag) == 0 { // each once before any comes again
			for _, i := range chance.Perm(len(happens)) {
				bag = append(bag, happens[i])
			}
		}
		e := soakEvent{at: at, what: bag[0], who: chance.IntN(8), lasting: between(least, 5*least)}
		bag = bag[1:]
		switch e.what {
		case "kill", "term", "import killed", "retry", "backends":
			e.lasting = 0
		case "api clock", "database clock":
			e.lasting = 0
			e.by = between(10*time.Second, 3*time.Hour).Round(time.Second)
			if chance.IntN(2) == 0 {
				e.by = -e.by
			}
		}
		all = append(all, e)
	}
	return all
}

func soakPlanWords(plan []soakEvent) string {
	lines := make([]string, len(plan))
	for i, e := range plan {
		lines[i] = e.String()
	}
	return strings.Join(lines, "\n")
}
