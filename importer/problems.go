package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// mender writes the list of problems: the rows that are rejected, with the
// input's own columns in their order and with what is wrong. It can be mended in
// a spreadsheet and imported again.
type mender struct {
	out   lineWriter
	safe  func(string) string
	kept  []int // columns of the input; those that usher made are left out
	width int   // of the input
	cells []string
}

// problemHeads are the headings of what is added.
var problemHeads = []string{"_row", "_status", "_code", "_problem", "_fix"}

// lineWriter writes lines of cells.
type lineWriter interface {
	Write(cells []string) error
	Close() error
}

// newMender makes a list of problems of the rows that a reader is about to
// read, or none if there is nowhere to write it.
func newMender(o Options, rows *rowReader, f Format) (*mender, error) {
	if o.Problems == nil {
		return nil, nil
	}
	rows.keep = true
	m := &mender{width: len(rows.header.columns)}
	if o.ProblemsXLSX {
		out, err := newXLSXLines(o.Problems)
		if err != nil {
			return nil, fmt.Errorf("write the list of problems: %w", err)
		}
		m.out, m.safe = out, func(cell string) string { return cell }
	} else {
		m.out, m.safe = newCSVLines(o.Problems, f), safe
	}
	for i, c := range rows.header.columns {
		if !c.Ignored {
			m.kept = append(m.kept, i)
			m.cells = append(m.cells, m.safe(c.Heading))
		}
	}
	return m, m.line(problemHeads...)
}

// write adds a row and its problems.
func (m *mender) write(r *Row, problems []Problem) error {
	if m == nil {
		return nil
	}
	for _, i := range m.kept {
		cell := ""
		if i < len(r.raw) {
			cell = r.raw[i]
		}
		m.cells = append(m.cells, m.safe(cell))
	}
	var codes, wrong, fix []string
	for _, p := range problems {
		in := ""
		if p.Column != "" {
			in = p.Column + ": "
		}
		codes, wrong, fix = append(codes, p.Code), append(wrong, in+p.Wrong+"."), append(fix, in+p.Fix+".")
	}
	if len(r.raw) > m.width {
		// There is no column for what is beyond the last one.
		var beyond []string
		for _, cell := range r.raw[m.width:] {
			beyond = append(beyond, shown(cell))
		}
		wrong = append(wrong, "Beyond the last column: "+clip(strings.Join(beyond, ", "), 10*maxShown)+".")
	}
	if slices.ContainsFunc(codes, func(code string) bool { return codesUnseen[code] }) {
		fix = append(fix, fmt.Sprintf(unchangedWords, m.mark()))
	}
	return m.line(strconv.Itoa(r.Number), "rejected", strings.Join(codes, " "), m.safe(strings.Join(wrong, " ")), m.safe(strings.Join(fix, " ")))
}

// codesUnseen are of problems that nobody can see in the row as it is listed.
// Without a mark such a row would be sent to, mended or not.
var codesUnseen = set(codeRowTooLong, codeIDReused)

const unchangedWords = "Until it is changed the row is refused (mark %08x)."

var unchangedMark = regexp.MustCompile(`\(mark ([0-9a-f]{8})\)`)

// mark is of the cells in hand.
func (m *mender) mark() uint32 {
	sum := markSum(0)
	for _, cell := range m.cells {
		sum.add(cell)
	}
	return uint32(sum)
}

// markSum is a checksum of cells, without what spreadsheets change by themselves.
type markSum uint32

func (sum *markSum) add(cell string) {
	*sum = markSum(crc32.Update(uint32(*sum), crc32.IEEETable, []byte(strings.TrimLeft(strings.TrimSpace(cell), "'+0")+"\x1f")))
}

// unmended reports whether a row of a list of problems is still as it was listed.
func (h *header) unmended(cells []string) bool {
	if h.fix < 0 || h.fix >= len(cells) {
		return false
	}
	mark := unchangedMark.FindStringSubmatch(cells[h.fix])
	if mark == nil {
		return false
	}
	sum := markSum(0)
	for i, c := range h.columns {
		if c.Ignored {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		sum.add(cell)
	}
	return fmt.Sprintf("%08x", uint32(sum)) == mark[1]
}

// phoneOK reports whether a row of a list of problems had a good phone number.
// Of a row with a shift in it that is not known.
func (h *header) phoneOK(cells []string) bool {
	if h.code < 0 || h.code >= len(cells) {
		return false
	}
	codes := cells[h.code]
	for _, other := range []string{"phone_", "country_unknown", codeRowTooLong, codeNotMended} {
		if strings.Contains(codes, other) {
			return false
		}
	}
	return codes != ""
}

func (m *mender) line(more ...string) error {
	err := m.out.Write(append(m.cells, more...))
	m.cells = m.cells[:0]
	if err != nil {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return nil
}

// done writes what is left.
func (m *mender) done() error {
	if m == nil {
		return nil
	}
	if err := m.out.Close(); err != nil {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return nil
}

// csvLines is a list as delimited text. It has the delimiter of the input, so
// that the spreadsheet which wrote that can open it.
type csvLines struct{ *csv.Writer }

func newCSVLines(w io.Writer, f Format) csvLines {
	out := csv.NewWriter(w)
	if f.Kind == "csv" && len(f.Delimiter) == 1 {
		out.Comma = rune(f.Delimiter[0])
	}
	return csvLines{out}
}

// Close writes what is left.
func (l csvLines) Close() error {
	l.Flush()
	return l.Error()
}

// xlsxLines is a list as an Excel workbook. All its cells are text, so Excel
// leaves phone numbers and leading zeros as they are.
type xlsxLines struct {
	w     io.Writer
	file  *excelize.File
	sheet *excelize.StreamWriter
	text  int // style
	row   int
}

const (
	problemSheet = "Problems"
	cellChars    = 32_767 // in a cell of Excel
)

func newXLSXLines(w io.Writer) (l *xlsxLines, err error) {
	l = &xlsxLines{w: w, file: excelize.NewFile()}
	if err := l.file.SetSheetName("Sheet1", problemSheet); err != nil {
		return nil, err
	}
	if l.text, err = l.file.NewStyle(&excelize.Style{NumFmt: 49}); err != nil { // @, text
		return nil, err
	}
	if l.sheet, err = l.file.NewStreamWriter(problemSheet); err != nil {
		return nil, err
	}
	return l, l.sheet.SetColStyle(1, maxColumns, l.text)
}

// Write writes a line.
func (l *xlsxLines) Write(cells []string) error {
	if l.row++; l.row > maxRows {
		return refuse("name a file that ends in .csv", "the list has more rows than a sheet of Excel")
	}
	line := make([]any, len(cells))
	for i, cell := range cells {
		if tooLong(cell, cellChars) {
			return refuse("name a file that ends in .csv", "a value is longer than a cell of Excel can hold")
		}
		line[i] = excelize.Cell{StyleID: l.text, Value: cell}
	}
	return l.sheet.SetRow(fmt.Sprintf("A%d", l.row), line)
}

// Close writes the workbook.
func (l *xlsxLines) Close() error {
	err := l.sheet.Flush()
	if err == nil {
		_, err = l.file.WriteTo(l.w)
	}
	return errors.Join(err, l.file.Close())
}

// safe marks a cell that a spreadsheet would run as a formula, as the report
// does. A phone number with its + cannot do harm and stays as it is.
func safe(cell string) string {
	if cell == "" || strings.IndexByte("=@-+\t\r", cell[0]) < 0 || isPlainPhone(cell) {
		return cell
	}
	return "'" + cell
}
