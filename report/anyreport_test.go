package report_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/importer"
	"usher/report"
	"usher/store"
	"usher/store/storetest"
)

// pieces are what trouble is made of.
var pieces = []string{"a", "Z", "9", "0", " ", "=", "@", "-", "+", "'", `"`, ",", ";", "\t", "\n", "|", "é", "ﬁ", "ש", "王", "😀", "\u200f",
	"_x000D_", "1e5", "007", "&", "<", "\u00a0", "n/a", "TRUE"}

func anyText(random *rand.Rand, most int) string {
	var b strings.Builder
	for range random.IntN(most + 1) {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

// writeAny writes a file of people some of whom are right, some twice, and
// some wrong in every way that pieces allow.
func writeAny(t *testing.T, random *rand.Rand, path string, rows int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := csv.NewWriter(file)
	lines := [][]string{{"first_name", "last_name", "email", "phone", "external_id", "Team", "note"}}
	for range rows {
		n := random.IntN(rows)
		cells := []string{"x" + anyText(random, 3), anyText(random, 3) + "y", fmt.Sprintf("p%d@example.com", n), fmt.Sprintf("+44791112%04d", n),
			anyText(random, 2), anyText(random, 4), anyText(random, 4)}
		if random.IntN(8) == 0 {
			cells[random.IntN(4)] = anyText(random, 2)
		}
		lines = append(lines, cells)
	}
	if err := out.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever is in a file: every row is accounted for, the report of it gives
// the same people, and where they are known it invites nobody.
func TestAnyReportComesBack(t *testing.T) {
	t.Parallel()
	const rows = 60
	for seed := range uint64(storetest.Rows(8, 3)) {
		random := rand.New(rand.NewPCG(seed, 7))
		folder := t.TempDir()
		first := filepath.Join(folder, "people.csv")
		writeAny(t, random, first, rows)
		here := newOffice(t)
		batch, want := here.bring(first)
		if len(want) != rows || len(sent(want)) < rows/4 {
			t.Fatalf("seed %d: %d rows of %d, %d of them right", seed, len(want), rows, len(sent(want)))
		}
		for _, f := range []report.Format{report.CSV, report.XLSX} {
			path := filepath.Join(folder, "people.results."+string(f))
			if err := save(t.Context(), here.st, batch, f, path); err != nil {
				t.Fatal(err)
			}
			_, got := newOffice(t).bring(path)
			// What is wrong with a row is told of the report's own columns.
			ignore := cmpopts.IgnoreFields(store.Applicant{}, "PersonKey", "SettledAt", "Error", "ErrorCode", "Holder")
			if diff := cmp.Diff(sent(want), sent(got), ignore); diff != "" {
				t.Errorf("seed %d, %s (-first +again):\n%s", seed, f, diff)
			}
			plan, err := importer.Check(t.Context(), here.st, here.source(path), here.options)
			if err != nil {
				t.Fatal(err)
			}
			if plan.Rows != rows || plan.Tokens != 0 {
				t.Errorf("seed %d, %s: imported again: %v", seed, f, plan.Counts)
			}
		}
	}
}

// sent are those who would be sent to.
func sent(all []store.Applicant) (queued []store.Applicant) {
	for _, a := range all {
		if a.State == store.Queued {
			queued = append(queued, a)
		}
	}
	return queued
}
