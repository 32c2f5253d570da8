package report

import (
	"bufio"
	"bytes"
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
	look    int          // how many of them somebody should look at
	line    bytes.Buffer // a row, while it is made
	paper   bytes.Buffer // those again, for paper, if that does not get all rows
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
		row := e.row(&page[i])
		_, _ = e.out.Write(row)
		if needsLook(page[i].State) {
			if e.look++; e.large() && e.look <= paperRows {
				e.paper.Write(row)
			}
		}
	}
	e.rows += len(page)
	_, _ = e.out.WriteString("</tbody>\n</table></div>\n")
	return e.out.Flush() // with the first error of all these
}

// row is a row. HTML lets the ends of cells be left out, which are a tenth of a
// large file.
func (e *htmlEncoder) row(a *store.Applicant) []byte {
	r := newRow(a)
	e.line.Reset()
	e.line.WriteString(rowBegin(a.State) + strconv.Itoa(r.Row) + "<td>" + string(a.State))
	for _, s := range []string{r.ExternalID, r.FirstName, r.LastName, r.Email, r.Phone, r.SessionID} {
		e.cell(s)
	}
	if isLink(r.SessionURL) {
		link := escape(r.SessionURL)
		e.line.WriteString(`<td><a href="` + link + `" rel="noopener noreferrer">` + link + `</a>`)
	} else {
		e.cell(r.SessionURL)
	}
	for _, s := range []string{r.ErrorCode, r.Error, strconv.Itoa(r.Attempts), r.SentAt, r.SettledAt, r.OutcomeStatus, r.OutcomeReason} {
		e.cell(s)
	}
	for _, s := range extraOf(a, e.names) {
		e.cell(s)
	}
	e.line.WriteString("</tr>\n")
	return e.line.Bytes()
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
		e.line.WriteString(`<td><div class="long" tabindex="0">` + escape(s) + "</div>")
		return
	}
	e.line.WriteString("<td>")
	e.line.WriteString(escape(s))
}

// large reports whether the page has more rows than are put on paper.
func (e *htmlEncoder) large() bool { return e.summary.total() > paperRows }

// end says how many rows there are, so that a page that was cut off can be told
// from a whole one.
func (e *htmlEncoder) end() error {
	_, _ = e.out.WriteString("</div>\n")
	if e.large() {
		e.forPaper()
	}
	fmt.Fprintf(e.out, "<p class=\"quiet\">End of the report: %s %s.</p>\n</section>\n</main>\n</body>\n</html>\n",
		Thousands(e.rows), Plural(e.rows, "row", "rows"))
	return e.out.Flush()
}

// forPaper writes what a large page has on paper in place of its rows. They are
// rows of their own, because a browser that makes a PDF goes over all of a table
// from which it takes a row, and does not come to an end with a hundred thousand.
func (e *htmlEncoder) forPaper() {
	fmt.Fprintf(e.out, "<div class=\"paper\">\n<p class=\"note\">%s All %s rows are in the file itself, and in the report as CSV or workbook.</p>\n",
		paperWords(e.look), Thousands(e.rows))
	if e.look > 0 {
		_, _ = e.out.WriteString("<div class=\"part\"><table>\n" + e.head)
		_, _ = e.out.Write(e.paper.Bytes())
		_, _ = e.out.WriteString("</tbody>\n</table></div>\n")
	}
	_, _ = e.out.WriteString("</div>\n")
}

// paperWords says which rows of a large page are on paper.
func paperWords(look int) string {
	const which = " that somebody should look at: rejected, failed or unknown."
	switch {
	case look == 0:
		return "No row is one that somebody should look at (rejected, failed or unknown), and on paper there are only those."
	case look == 1:
		return "On paper there is only the 1 row" + which
	case look > paperRows:
		return "On paper there are only the first " + Thousands(paperRows) + " of the " + Thousands(look) + " rows" + which
	}
	return "On paper there are only the " + Thousands(look) + " rows" + which
}

func (e *htmlEncoder) close() error { return nil }
