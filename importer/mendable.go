package importer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MendableRow is a row that is rejected, to be mended.
type MendableRow struct {
	Row      int      // as a spreadsheet shows it
	Cells    []string // as the list has them, with what was mended already
	Problems []Problem
	// Clipped are the columns of cells that are longer than what is shown of them,
	// which must not be taken for the whole.
	Clipped []int
}

const (
	// maxMendableCell is how much of a cell is shown, in bytes.
	maxMendableCell = 4000
	// maxMendable is how much memory all the rows together may take, about.
	maxMendable = 2 << 20
)

// picker picks the first rejected rows for a plan.
type picker struct {
	plan *Plan
	rows int // still wanted
	left int // bytes
}

func newPicker(rows int, plan *Plan) *picker { return &picker{plan, rows, maxMendable} }

// wants reports whether there is room for another row.
func (p *picker) wants() bool { return p != nil && p.rows > 0 }

// add picks a row, unless there are enough.
func (p *picker) add(r *Row, problems []Problem) {
	if !p.wants() {
		return
	}
	m := MendableRow{Row: r.Number, Cells: make([]string, len(r.facts.raw)), Problems: slices.Clone(problems)}
	size := 0
	for i, cell := range r.facts.raw {
		if len(cell) > maxMendableCell {
			cell = clipBytes(cell, maxMendableCell)
			m.Clipped = append(m.Clipped, i)
		}
		m.Cells[i] = strings.Clone(cell) // a piece of its row, which is not to be kept with it
		size += len(cell) + 16
	}
	for _, problem := range problems {
		size += len(problem.Wrong) + len(problem.Fix) + 100
	}
	if size > p.left {
		p.rows = 0
		return
	}
	p.rows--
	p.left -= size
	p.plan.Mendable = append(p.plan.Mendable, m)
}

// clipBytes is the beginning of a text, in whole characters.
func clipBytes(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
