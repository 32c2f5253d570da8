package batch_test

import (
	"bytes"
	"strings"
	"testing"

	"usher/batch"
)

// A batch's page says how it stands when it is written, with the numbers of all states,
// what went wrong in words, and that a rehearsal was one.
func TestHTMLPageOfBatch(t *testing.T) {
	t.Parallel()
	s := office(t)
	id := bring(t, s, mixed, batch.ImportOptions{})
	is := func(when string, there, notThere []string) {
		t.Helper()
		var page bytes.Buffer
		if err := s.Report(t.Context(), uli, id, "html", &page); err != nil {
			t.Fatal(err)
		}
		for _, words := range append(there, "This was a rehearsal", "All rows</th><td class=\"num\">5</td>") {
			if !strings.Contains(page.String(), words) {
				t.Errorf("%s %q is not there:\n%s", when, words, page.String())
			}
		}
		for _, words := range notThere {
			if strings.Contains(page.String(), words) {
				t.Errorf("%s %q is there:\n%s", when, words, page.String())
			}
		}
	}
	is("at first", []string{"this batch is not finished", "3 rows have not come to an end.", "Queued: 3 (60.0 %)"}, []string{"<dt>Over", "Invited: "})
	if err := s.RunToEnd(t.Context(), id, batch.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	is("in the end", []string{"<bdi>finished with problems</bdi>", "<dt>Over", "Invited: 2 (40.0 %)", "Failed: 1 (20.0 %)", "Rejected: 1 (20.0 %)", "Duplicate: 1 (20.0 %)",
		"The provider refused the data <span", "More than once in the list <span", "<td>rehearsal<td>Rehearsal: nobody was contacted.<td>1<td>"}, []string{"not finished", "Queued: "})
}
