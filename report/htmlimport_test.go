package report_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/importer"
	"usher/importer/table"
	"usher/report"
)

// A report as a page is no list: who brings one is told what to bring.
func TestHTMLIsNoList(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	list, page := filepath.Join(folder, "people.csv"), filepath.Join(folder, "people.csv.html")
	if err := os.WriteFile(list, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t)
	batch, _ := o.bring(list)
	target, err := report.Look(page)
	if err == nil {
		_, err = target.Place(t.Context(), report.Placing{Memory: o.st}, func(w io.Writer) error {
			return report.WriteHTML(t.Context(), o.st, batch, report.Summary{}, w)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	src, err := table.OpenFile(page)
	if err == nil {
		t.Cleanup(func() { _ = src.Close() })
		_, err = importer.Check(t.Context(), o.st, src, o.options)
	}
	var refused *table.FileError
	if !errors.As(err, &refused) || !strings.Contains(refused.Problem, "report of usher's as a web page") || !strings.Contains(refused.Remedy, "as CSV or Excel") {
		t.Errorf("got %v", err)
	}
}
