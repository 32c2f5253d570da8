package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// mender writes the list of problems: the rows that are rejected, with the
// input's own columns in their order and with what is wrong. It can be mended in
// a spreadsheet and imported again.
type mender struct {
	out   lineWriter
	safe  func(string) string
	kept  []int // columns of the input; those that usher made are left out
	width int   // of the input

	fields []bool // of those that are kept, which hold a field
	cells  []string
}

// newMender makes a list of problems of the rows that a reader is about to
// read, or none if there is nowhere to write it.
func newMender(o Options, rows *rowReader, f table.Format) (*mender, error) {
	if o.Problems == nil {
		return nil, nil
	}
	rows.keep = true
	m := &mender{width: len(rows.header.Columns)}
	var book *xlsxLines
	if o.ProblemsXLSX {
		var err error
		if book, err = newXLSXLines(o.Problems); err != nil {
			return nil, fmt.Errorf("write the list of problems: %w", err)
		}
		m.out, m.safe = book, func(cell string) string { return cell }
	} else {
		m.out, m.safe = newCSVLines(o.Problems, f), safe
	}
	for i, c := range rows.header.Columns {
		if !c.Ignored {
			m.kept = append(m.kept, i)
			m.fields = append(m.fields, c.Field != "")
			m.cells = append(m.cells, m.safe(rows.header.Name(i)))
		}
	}
	if book != nil {
		if err := book.begin(append(m.cells, heading.ProblemColumns...)); err != nil {
			return m, fmt.Errorf("write the list of problems: %w", err)
		}
		m.cells = m.cells[:0]
		return m, nil
	}
	return m, m.line(heading.ProblemColumns...)
}

// write adds a row and its problems. Where nobody can see in the row what is
// wrong, it is marked: it would be sent to else, mended or not.
func (m *mender) write(r *Row, problems []Problem, unseen bool) error {
	if m == nil {
		return nil
	}
	for _, i := range m.kept {
		cell := ""
		if i < len(r.facts.raw) {
			cell = r.facts.raw[i]
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
	if len(r.facts.raw) > m.width {
		// There is no column for what is beyond the last one.
		var beyond []string
		for _, cell := range r.facts.raw[m.width:] {
			beyond = append(beyond, value.Quote(cell))
		}
		wrong = append(wrong, "Beyond the last column: "+value.Clip(strings.Join(beyond, ", "), 10*value.MaxShown)+".")
	}
	if unseen || slices.ContainsFunc(codes, unseenIn) {
		fix = append(fix, m.unchanged(codes))
	}
	if plusIsRight(r.Phone, codes) {
		fix = append(fix, keepPlus)
	}
	return m.line(strconv.Itoa(r.Number), "rejected", strings.Join(codes, " "), m.safe(strings.Join(wrong, " ")), m.safe(strings.Join(fix, " ")))
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
	if err := m.out.Flush(); err != nil {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return nil
}

// close removes what a list needed while it was written, whether it is done or not.
func (m *mender) close() {
	if m != nil {
		m.out.Close()
	}
}

// safe marks a cell that a spreadsheet would run as a formula, as the report
// does. A phone number with its + cannot do harm and stays as it is.
func safe(cell string) string {
	if cell == "" || strings.IndexByte("=@-+\t\r", cell[0]) < 0 || value.IsE164(cell) {
		return cell
	}
	return "'" + cell
}
