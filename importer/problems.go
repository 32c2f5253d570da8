package importer

import (
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mender writes the list of problems: the rows that are rejected, with the
// input's own columns in their order and with what is wrong. It can be mended in
// a spreadsheet and imported again.
type mender struct {
	out   *csv.Writer
	kept  []int // columns of the input; those that usher made are left out
	width int   // of the input
	cells []string
}

// problemHeads are the headings of what is added.
var problemHeads = []string{"_row", "_status", "_code", "_problem", "_fix"}

// newMender makes a list of problems of the rows that a reader is about to
// read, or none if there is nowhere to write it. It has the delimiter of the
// input, so that the spreadsheet which wrote that can open it.
func newMender(w io.Writer, rows *rowReader, f Format) (*mender, error) {
	if w == nil {
		return nil, nil
	}
	rows.keep = true
	m := &mender{out: csv.NewWriter(w), width: len(rows.header.columns)}
	if f.Kind == "csv" && len(f.Delimiter) == 1 {
		m.out.Comma = rune(f.Delimiter[0])
	}
	for i, c := range rows.header.columns {
		if !c.Ignored {
			m.kept = append(m.kept, i)
			m.cells = append(m.cells, safe(c.Heading))
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
		m.cells = append(m.cells, safe(cell))
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
	return m.line(strconv.Itoa(r.Number), "rejected", strings.Join(codes, " "), safe(strings.Join(wrong, " ")), safe(strings.Join(fix, " ")))
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
	m.out.Flush()
	if err := m.out.Error(); err != nil {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return nil
}

// safe marks a cell that a spreadsheet would run as a formula, as the report
// does. A phone number with its + cannot do harm and stays as it is.
func safe(cell string) string {
	if cell == "" || strings.IndexByte("=@-+\t\r", cell[0]) < 0 || isPlainPhone(cell) {
		return cell
	}
	return "'" + cell
}
