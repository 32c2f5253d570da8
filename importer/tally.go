package importer

import (
	"maps"
	"slices"

	"usher/store"
)

// maxWorkflows is how many workflow ids an import tells of. A file in which
// every row has another one is a mistake, and need not be remembered whole.
const maxWorkflows = 1000

// tally counts what an import makes of the rows.
type tally struct {
	counts store.Counts
	used   map[string]int // queued rows by workflow id
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
