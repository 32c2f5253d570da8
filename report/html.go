package report

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"usher/store"
)

// WriteHTML writes the report of a batch as a page for people: a file that
// needs and asks for nothing else, with a summary before its rows.
func WriteHTML(ctx context.Context, st reader, batch store.Batch, s Summary, w io.Writer) error {
	return write(ctx, st, batch, &htmlEncoder{out: bufio.NewWriterSize(w, 64<<10), batch: batch, summary: s, names: extraNames(batch.ExtraColumns)})
}

// htmlEncoder writes a page. Its rows are in many tables of a page of rows each,
// under one another and alike, as a browser lays out only those that are seen.
type htmlEncoder struct {
	out     *bufio.Writer
	batch   store.Batch
	summary Summary
	names   []string
	head    string // of each of the tables
	rows    int
}

func (e *htmlEncoder) begin() error {
	e.head = tableHead(e.names)
	return pageTemplate.Execute(e.out, newPageHead(e.batch, e.summary, len(e.names)))
}

// tableHead is what all tables have above their rows.
func tableHead(names []string) string {
	var b strings.Builder
	b.WriteString("<colgroup>" + strings.Repeat("<col>", len(columns)+len(names)) + "</colgroup>\n<thead><tr>")
	for _, name := range append(columns[:len(columns):len(columns)], names...) {
		b.WriteString(`<th scope="col"><bdi>` + escape(name) + `</bdi>`)
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	return b.String()
}

func (e *htmlEncoder) write(page []store.Applicant) error {
	class := "part"
	if len(page) == pageRows {
		class = "part much" // whose height is known about as well
	}
	fmt.Fprintf(e.out, "<div class=\"%s\"><table>\n<caption>Rows %s to %s</caption>\n", class, Thousands(page[0].Row), Thousands(page[len(page)-1].Row))
	_, _ = e.out.WriteString(e.head)
	for i := range page {
		e.row(&page[i])
	}
	e.rows += len(page)
	_, _ = e.out.WriteString("</tbody>\n</table></div>\n")
	return e.out.Flush() // with the first error of all these
}

// row writes a row. HTML lets the ends of cells be left out, which are a tenth of
// a large file.
func (e *htmlEncoder) row(a *store.Applicant) {
	r := newRow(a)
	_, _ = e.out.WriteString(rowBegin(a.State) + strconv.Itoa(r.Row) + "<td>" + string(a.State))
	for _, s := range []string{r.ExternalID, r.FirstName, r.LastName, r.Email, r.Phone, r.SessionID} {
		e.cell(s)
	}
	if isLink(r.SessionURL) {
		link := escape(r.SessionURL)
		_, _ = e.out.WriteString(`<td><a href="` + link + `" rel="noopener noreferrer">` + link + `</a>`)
	} else {
		e.cell(r.SessionURL)
	}
	for _, s := range []string{r.ErrorCode, r.Error, strconv.Itoa(r.Attempts), r.SentAt, r.SettledAt, r.OutcomeStatus, r.OutcomeReason} {
		e.cell(s)
	}
	for _, s := range extraOf(a, e.names) {
		e.cell(s)
	}
	_, _ = e.out.WriteString("</tr>\n")
}

// rowBegin begins a row, which is marked if somebody should look at it.
func rowBegin(s store.State) string {
	if needsLook(s) {
		return `<tr class="bad"><th scope="row">`
	}
	return `<tr><th scope="row">`
}

func needsLook(s store.State) bool {
	return s == store.Rejected || s == store.Failed || s == store.Unknown
}

// longText is from how many bytes on a value scrolls in a box of its own, so that
// its row stays one that can be read.
const longText = 400

func (e *htmlEncoder) cell(s string) {
	if len(s) >= longText {
		_, _ = e.out.WriteString(`<td><div class="long" tabindex="0">` + escape(s) + "</div>")
		return
	}
	_, _ = e.out.WriteString("<td>")
	_, _ = e.out.WriteString(escape(s))
}

// end says how many rows there are, so that a page that was cut off can be told
// from a whole one.
func (e *htmlEncoder) end() error {
	fmt.Fprintf(e.out, "</div>\n<p class=\"quiet\">End of the report: %s %s.</p>\n</section>\n</main>\n</body>\n</html>\n",
		Thousands(e.rows), Plural(e.rows, "row", "rows"))
	return e.out.Flush()
}

func (e *htmlEncoder) close() error { return nil }
