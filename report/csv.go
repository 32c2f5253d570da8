package report

import (
	"encoding/csv"
	"io"
	"strings"

	"github.com/gocarina/gocsv"

	"usher/store"
)

// csvEncoder writes text with the delimiter of the batch's input, as the spreadsheet
// that wrote that reads no other with a click. gocsv makes cells of the columns
// that are always there; sheet adds the input's own, which gocsv cannot know.
type csvEncoder struct {
	sheet sheet
	names []string
	rows  []row // of the present page
	w     io.Writer
	mark  bool // it begins with a byte order mark
}

// byteOrderMark tells spreadsheets that a text is UTF-8. Those of countries whose
// delimiter is the semicolon take what has none for another encoding.
const byteOrderMark = "\uFEFF"

func newCSVEncoder(w io.Writer, names []string, batch store.Batch) *csvEncoder {
	out := csv.NewWriter(w)
	if len(batch.Delimiter) == 1 {
		out.Comma = rune(batch.Delimiter[0])
	}
	return &csvEncoder{sheet: sheet{out: out}, names: names, w: w, mark: batch.Marked || out.Comma == ';'}
}

func (e *csvEncoder) begin() error {
	if e.mark {
		if _, err := io.WriteString(e.w, byteOrderMark); err != nil {
			return err
		}
	}
	e.sheet.extra = append(e.sheet.extra, e.names)
	return gocsv.MarshalCSV([]row{}, &e.sheet)
}

func (e *csvEncoder) write(page []store.Applicant) error {
	e.rows = e.rows[:0]
	for i := range page {
		e.rows = append(e.rows, newRow(&page[i]))
		e.sheet.extra = append(e.sheet.extra, extraOf(&page[i], e.names))
	}
	return gocsv.MarshalCSVWithoutHeaders(e.rows, &e.sheet)
}

func (e *csvEncoder) end() error { return nil }

func (e *csvEncoder) close() error { return nil }

// sheet is the writer that gocsv writes to.
type sheet struct {
	out   *csv.Writer
	extra [][]string // the further cells of the lines to come
	cells []string
}

// Write writes a line, with its further cells, safe for a spreadsheet.
func (s *sheet) Write(cells []string) error {
	s.cells = append(append(s.cells[:0], cells...), s.extra[0]...)
	s.extra = s.extra[1:]
	for i, cell := range s.cells {
		s.cells[i] = safe(cell)
	}
	return s.out.Write(s.cells)
}

// Flush passes on what is buffered.
func (s *sheet) Flush() { s.out.Flush() }

// Error is the first error of writing.
func (s *sheet) Error() error { return s.out.Error() }

// safe marks a cell that a spreadsheet would run as a formula (OWASP, CSV
// Injection), with the ' that spreadsheets have for text. A phone number
// cannot do harm and stays as it is.
func safe(cell string) string {
	if cell == "" || strings.IndexByte("=@-+\t\r", cell[0]) < 0 || isPhone(cell) {
		return cell
	}
	return "'" + cell
}

// isPhone reports whether s is a phone number in E.164 form.
func isPhone(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
