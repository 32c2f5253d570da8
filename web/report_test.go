package web

import (
	"net/http"
	"strings"
	"testing"
)

// The results are a file whose name has nothing that somebody typed, and handing
// them out is recorded.
func TestReport(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	for format, want := range map[string][2]string{"csv": {"text/csv; charset=utf-8", "row,status,"}, "jsonl": {"application/x-ndjson; charset=utf-8", `{"row":2,`},
		"html": {"text/html; charset=utf-8", "<!doctype html>"},
		"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"}} {
		a := o.post(uli, "/batches/1/report", "format", format)
		o.has(a, http.StatusOK)
		if a.Header.Get("Content-Type") != want[0] || a.Header.Get("Content-Disposition") != `attachment; filename="batch-1-results.`+format+`"` || !strings.HasPrefix(a.text, want[1]) {
			t.Errorf("%s: %v, %.40q", format, a.Header, a.text)
		}
		if did := o.did(1); did != "uli report" {
			t.Errorf("%s recorded: %s", format, did)
		}
		if format == "csv" && strings.Count(a.text, "\n") != 7 {
			t.Errorf("%d lines:\n%.500s", strings.Count(a.text, "\n"), a.text)
		}
	}
	o.has(o.post(uli, "/batches/1/report", "format", "pdf"), http.StatusBadRequest, "no such kind of file")
	o.has(o.get(uli, "/batches/1/report"), http.StatusNotFound)
}
