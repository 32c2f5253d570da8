package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// Mended are corrections that a person made of a list, which itself stays as it
// is.
type Mended struct {
	Sheet string // of a workbook, whose rows these are; corrections of another sheet count for nothing
	// Cells are the texts that stand for what the list has, by row as a
	// spreadsheet shows it, and by column from 0.
	Cells map[int]map[int]string
	// LeftOut are rows of which nobody is to be invited. They are rejected, with
	// code left_out.
	LeftOut map[int]bool
}

// mending is what was mended of the list that is being read; nil if nothing was.
type mending struct{ *Mended }

// mendingOf is what counts of the corrections for a source that is being read. A
// query may return other rows each time, which would take the places of those that
// were mended.
func mendingOf(m *Mended, src Feed) (*mending, error) {
	if m == nil || len(m.Cells) == 0 && len(m.LeftOut) == 0 {
		return nil, nil
	}
	if _, file := src.(*table.Source); !file {
		return nil, &heading.OptionError{Option: "corrections", Problem: "what a query returns is another list each time, so its rows cannot be corrected by their numbers",
			Remedy: "correct them in the database"}
	}
	if m.Sheet != src.Format().Sheet {
		return nil, nil
	}
	return &mending{m}, nil
}

// rowMending is what was mended of a row.
type rowMending struct {
	cells   map[int]string
	leftOut bool
	changed bool // a cell is another than the list has
}

func (m *mending) of(row int) rowMending {
	if m == nil {
		return rowMending{}
	}
	return rowMending{cells: m.Cells[row], leftOut: m.LeftOut[row]}
}

// apply puts the mended cells in the place of those that a list has. A row that is
// too short grows; what was emptied to the right of the last heading is gone.
func (m *rowMending) apply(cells []string, width int) []string {
	if len(m.cells) == 0 {
		return cells
	}
	cells = slices.Clone(cells)
	for at, text := range m.cells {
		if at < 0 || at >= table.MaxColumns {
			continue
		}
		for len(cells) <= at {
			cells = append(cells, "")
		}
		m.changed = m.changed || cells[at] != text
		cells[at] = text
	}
	return tidyCells(cells, width)
}

// tidyCells makes cells that a person may have typed such as a list can have.
func tidyCells(cells []string, width int) []string {
	for i, text := range cells {
		cells[i] = strings.ToValidUTF8(text, "\uFFFD")
	}
	for len(cells) > width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

const codeLeftOut = "left_out"

// leftOutFlaw is what a row that was left out by hand is rejected for.
var leftOutFlaw = &value.Flaw{Code: codeLeftOut, Wrong: "Somebody left this row out by hand before the list was imported",
	Fix: "To invite this person after all, import the list again and leave the row in; whom it has invited already stays as it is"}

// sum is the fingerprint of the corrections of a file, empty when there are none.
// They are people's data, and few and short: without the file's own fingerprint
// they could be guessed from it.
func (m *Mended) sum(file string) (string, error) {
	if m == nil {
		return "", nil
	}
	cells, out := maps.Clone(m.Cells), []int{}
	maps.DeleteFunc(cells, func(_ int, of map[int]string) bool { return len(of) == 0 })
	for row, left := range m.LeftOut {
		if left {
			out = append(out, row)
		}
	}
	if len(cells) == 0 && len(out) == 0 {
		return "", nil
	}
	slices.Sort(out)
	text, err := json.Marshal(struct { // maps are written in the order of their keys
		Sheet   string
		Cells   map[int]map[int]string
		LeftOut []int
	}{m.Sheet, cells, out})
	if err != nil {
		return "", fmt.Errorf("write the corrections: %w", err)
	}
	hash := sha256.Sum256(append([]byte(file+"\n"), text...))
	return hex.EncodeToString(hash[:]), nil
}
