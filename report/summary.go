package report

import (
	"time"

	"usher/store"
)

// Summary is what a page says before its rows.
type Summary struct {
	At         time.Time // when it was read
	Standing   string    // how the batch stands, in words
	Over       bool      // nothing of it will change by itself
	Rehearsal  bool      // nobody was contacted
	States     []StateCount
	Causes     []Cause
	MoreCauses bool // there are more than those
}

// StateCount is how many rows are in a state.
type StateCount struct {
	State store.State
	Words string // what the state means
	Count int
}

// Cause is what went wrong with some rows.
type Cause struct {
	store.Cause
	Words string // what its code means; empty for one of the API, whose words are in Message
}

// total is the number of all rows.
func (s Summary) total() (n int) {
	for _, c := range s.States {
		n += c.Count
	}
	return n
}

// open is how many rows have not come to their end.
func (s Summary) open() (n int) {
	for _, c := range s.States {
		if c.State == store.Queued || c.State == store.Sending {
			n += c.Count
		}
	}
	return n
}
