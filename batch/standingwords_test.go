package batch

import (
	"strings"
	"testing"
	"time"
)

// TestReportWordsAreOfWhoWorks: a report is not said to be on its way when nobody is there
// to write it, however short the time since the end of the batch.
func TestReportWordsAreOfWhoWorks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	over := Standing{Batch: &Batch{ID: 3, State: Finished, Report: "gone/staff.results.csv"}, Runs: []Run{{FinishedAt: &now}}}
	if words, hint := over.ReportWords(); !strings.Contains(words, "nobody is working") || !strings.Contains(hint, "usher report 3 -o FILE") {
		t.Errorf("nobody works: %q, %q", words, hint)
	}
	over.Workers = []string{"w1"}
	if words, _ := over.ReportWords(); words != "gone/staff.results.csv (being written)" {
		t.Errorf("somebody works: %q", words)
	}
	over.Runs[0].ReportedAt = &now
	if words, _ := over.ReportWords(); words != "gone/staff.results.csv" {
		t.Errorf("it is there: %q", words)
	}
}
