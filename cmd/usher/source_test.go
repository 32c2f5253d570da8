package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/config"
	"usher/importer"
	"usher/store"
)

// scriptDatabase adds people to a database, as HR's would have them: database
// FILE FROM TO.
func scriptDatabase(ts *testscript.TestScript, _ bool, args []string) {
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	to, err := strconv.Atoi(args[2])
	ts.Check(err)
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, first TEXT, last TEXT, mail TEXT, mobile TEXT)`)
	ts.Check(err)
	for i := from; i <= to; i++ {
		_, err := db.Exec(`INSERT INTO people VALUES (?, ?, ?, ?, ?)`, i, fmt.Sprintf("First%d", i), fmt.Sprintf("Last%d", i),
			fmt.Sprintf("person%d@example.com", i), fmt.Sprintf("+1519222%04d", i))
		ts.Check(err)
	}
}

// The report of the second run in one second took the place of the first one's.
func TestRunsOfASourceInOneSecond(t *testing.T) {
	t.Parallel()
	c := newClerk(t, "sqlite:"+filepath.Join(t.TempDir(), "usher.db"))
	c.usher(t.Context(), exitDone, "run", "--yes", "--report", filepath.Join(c.dir, "r.csv"), c.people("people.csv", "ann", 1))
	e := &runEnv{app: &app{}, st: c.store(), cfg: &config.Config{Report: config.Report{Dir: c.dir}}}
	seen := map[string]bool{}
	for range 3 {
		path, err := e.sourceReportPath(t.Context(), importOptions{source: "hr"})
		if err != nil {
			t.Fatal(err)
		}
		if seen[path] {
			t.Errorf("%s is the report of two runs", path)
		}
		seen[path] = true
		_, err = e.st.InsertBatch(t.Context(), store.Batch{Account: 1, Name: "hr", Source: "source hr", Fingerprint: path, Options: "{}", ReportPath: path})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The next run of a source begins after the rows that were held back: the same
// command with another flag would find nothing new.
func TestCorrectedPhoneInASourceIsNotADeadEnd(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	a := &app{stderr: &said}
	a.tellHeldBack(importer.HeldBack{Changed: 1}, "hr")
	if !strings.Contains(said.String(), "run the report of this batch with --reinvite-changed") {
		t.Error(said.String())
	}
}
