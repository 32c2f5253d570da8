package batch

import (
	"context"
	"io"
	"time"

	"usher/report"
	"usher/store"
)

// writePage writes the report of a batch, or of a rehearsal, as a web page.
func writePage(ctx context.Context, st *store.Store, b store.Batch, rehearsal bool, w io.Writer) error {
	s, err := summaryOf(ctx, st, b, rehearsal)
	if err != nil {
		return err
	}
	return report.WriteHTML(ctx, reportRows(st, b, rehearsal), b, s, w)
}

// summaryOf is how a batch stands now, for a page of its results.
func summaryOf(ctx context.Context, st *store.Store, b store.Batch, rehearsal bool) (report.Summary, error) {
	s := report.Summary{At: time.Now(), Rehearsal: rehearsal}
	counts, err := st.Counts(ctx, b.ID)
	if err != nil {
		return s, err
	}
	s.Over = (b.State == store.BatchFinished || b.State == store.BatchCancelled) && counts.Open() == 0
	s.Standing = batchOf(b, counts).StateWords()
	for _, state := range States {
		s.States = append(s.States, report.StateCount{State: state, Words: StateWords[state], Count: counts[state]})
	}
	return s, addCauses(ctx, st, b.ID, &s)
}

// pageCauses is of how many causes a page tells.
const pageCauses = 50

// addCauses tells what went wrong. In a rehearsal nothing did with those who were
// sent, as their rows say.
func addCauses(ctx context.Context, st *store.Store, batch int64, s *report.Summary) error {
	read := st.CausesSoFar
	if s.Over {
		read = st.Causes
	}
	all, err := read(ctx, batch, pageCauses+1)
	if err != nil {
		return err
	}
	if s.MoreCauses = len(all) > pageCauses; s.MoreCauses {
		all = all[:pageCauses]
	}
	for _, c := range all {
		if s.Rehearsal && report.Sent(c.State) {
			continue
		}
		m, _ := MeaningOf(c.State, c.Code)
		s.Causes = append(s.Causes, report.Cause{Cause: c, Words: m.Words})
	}
	return nil
}
