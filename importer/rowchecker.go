package importer

import (
	"cmp"
	"io"
	"slices"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// RowChecker checks rows as an import with the same options would, while somebody
// types in them. It knows neither the store nor the other rows of the list, so it
// finds no duplicates and nobody's reference. It is not for use by several
// goroutines at the same time.
type RowChecker struct {
	line  oneRow
	rows  *rowReader
	valid *validator
}

// NewRowChecker makes a checker for the rows of a list, of which a plan has the
// header and the format. It refuses what an import would refuse.
func NewRowChecker(header []string, f table.Format, o Options) (*RowChecker, error) {
	if err := checkDefaults(o.Defaults); err != nil {
		return nil, err
	}
	c := &RowChecker{line: oneRow{number: 1, cells: header, next: true}}
	if o.HeaderRow == NoHeader {
		c.line.number = 0
	}
	rows, err := newRowReader(&c.line, heading.Known{Places: o.Places, Mapped: o.Columns, Format: f})
	if err != nil {
		return nil, err
	}
	c.rows, c.valid = rows, &validator{header: rows.header, defaults: o.Defaults, order: cmp.Or(o.Defaults.NameOrder, value.Capitals), format: f}
	return c, nil
}

// Check returns what is wrong with a row of these cells, as they would be with what
// was typed. All of them are taken for text, also those that are numbers in a
// workbook, and for mended, if the list is one of problems. Corrections of the
// options are not looked at.
func (c *RowChecker) Check(row int, cells []string) []Problem {
	c.line = oneRow{number: row, cells: tidyCells(slices.Clone(cells), len(c.rows.header.Columns)), next: true}
	rows, err := c.rows.next(1)
	if err != nil {
		return nil // there is a row, and decoding text cannot fail
	}
	rows[0].facts.unmended, rows[0].facts.nobody = false, false // each cell that is missing is told
	_, problems := c.valid.applicant(&rows[0])
	return slices.Clone(problems)
}

// oneRow is a table of one row.
type oneRow struct {
	number int
	cells  []string
	next   bool // it was not read yet
}

// Next implements [table.Rows].
func (o *oneRow) Next() (int, []string, error) {
	if !o.next {
		return 0, nil, io.EOF
	}
	o.next = false
	return o.number, o.cells, nil
}
