package importer

import (
	"errors"
	"strings"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// How much of the first rows is shown of a list that is not understood.
const (
	topRows    = 20
	topColumns = 100
	topCell    = 200 // in characters
)

// outline is what is known of a list in which the sheet, the header or the columns
// must be chosen, and nil for any other error. The input is nil if no header was
// found.
func outline(in *input, src Feed, o Options, err error) *Plan {
	if !isChoice(err) {
		return nil
	}
	plan := &Plan{Name: o.name(src), Format: src.Format()}
	if in != nil {
		plan.Header = in.rows.head
		if in.rows.header != nil {
			in.rows.sampleOn()
			plan.Columns = in.rows.header.Columns
		}
	}
	if file, ok := src.(interface {
		Top(rows int, tell func(row int, cells []string)) error
	}); ok {
		_ = file.Top(topRows, plan.top) // the other error is the one to tell
	}
	return plan
}

// isChoice reports whether an error is mended by a choice of a sheet, a header row
// or columns.
func isChoice(err error) bool {
	var layout *table.LayoutError
	var columns *heading.ColumnsError
	var option *heading.OptionError
	return errors.As(err, &layout) || errors.As(err, &columns) || errors.As(err, &option) && option.Option == heading.OptionColumns
}

// top adds one of the first rows.
func (p *Plan) top(row int, cells []string) {
	t := TopRow{Row: row}
	for _, cell := range cells[:min(len(cells), topColumns)] {
		t.Cells = append(t.Cells, strings.Clone(value.Clip(cell, topCell)))
	}
	p.Top = append(p.Top, t)
}

// sampleOn takes samples of rows that nobody else will read.
func (r *rowReader) sampleOn() {
	for r.seen < sampledRows {
		_, cells, err := r.table.Next()
		if err != nil {
			return // what is wrong further down is told when the header is understood
		}
		r.sample(cells)
	}
}
