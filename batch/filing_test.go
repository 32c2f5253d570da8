package batch

import (
	"path/filepath"
	"strings"
	"testing"

	"usher/config"
	"usher/importer"
	"usher/store"
)

// The report of the second run in one second took the place of the first one's.
func TestRunsOfASourceInOneSecond(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), &config.Config{Database: "sqlite:" + filepath.Join(dir, "usher.db"), Report: config.Report{Dir: dir}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := map[string]bool{}
	for range 3 {
		path, err := s.reportPath(t.Context(), Feed{Source: "hr"}, nil, "hr")
		if err != nil {
			t.Fatal(err)
		}
		if seen[path] {
			t.Errorf("%s is the report of two runs", path)
		}
		seen[path] = true
		_, err = s.st.InsertBatch(t.Context(), store.Batch{Account: s.account, Name: "hr", Source: "source hr", Fingerprint: path, Options: "{}", ReportPath: path})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The next run of a source begins after the rows that were held back: the same
// command with another flag would find nothing new.
func TestCorrectedPhoneInASourceIsNotADeadEnd(t *testing.T) {
	t.Parallel()
	p := &Pending{feed: Feed{Source: "hr"}, Held: importer.HeldBack{Changed: 1}}
	if said := strings.Join(p.HeldHints(), ""); !strings.Contains(said, "run the report of this batch with --reinvite-changed") {
		t.Error(said)
	}
}
