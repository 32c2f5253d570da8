package importer

import (
	"maps"
	"slices"

	"usher/importer/value"
	"usher/store"
)

// maxWorkflows is how many workflow ids an import tells of. A file in which
// every row has another one is a mistake, and need not be remembered whole.
const maxWorkflows = 1000

// tally counts what an import makes of the rows.
type tally struct {
	counts store.Counts
	used   map[string]int // queued rows by workflow id
	held   HeldBack
}

// HeldBack is how many rows may be people to be invited after all, which only a
// person can know.
type HeldBack struct {
	Elsewhere int                 // duplicates of which the list itself says that they were invited
	Changed   int                 // duplicates whose contact data have changed
	Unclear   int                 // rejected rows whose full name does not say which part is which
	Regions   []value.RegionGuess // countries that the rejected phone numbers without a country code may be of
}

func newTally() tally {
	t := tally{counts: store.Counts{}, used: map[string]int{}}
	for _, s := range store.States {
		t.counts[s] = 0
	}
	return t
}

func (t *tally) add(all []store.Applicant) {
	for i := range all {
		a := &all[i]
		t.counts[a.State]++
		switch a.ErrorCode {
		case InvitedElsewhere:
			t.held.Elsewhere++
		case ContactChanged:
			t.held.Changed++
		case value.NameUnclear:
			t.held.Unclear++
		}
		if a.State != store.Queued || a.WorkflowID == "" {
			continue
		}
		if _, ok := t.used[a.WorkflowID]; ok || len(t.used) < maxWorkflows {
			t.used[a.WorkflowID]++
		}
	}
}

// workflows are the ids that queued rows use, in order.
func (t *tally) workflows() []string { return slices.Sorted(maps.Keys(t.used)) }
