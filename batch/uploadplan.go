package batch

import (
	"errors"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/table"
)

// UploadPlan is what the check of an upload found. It quotes the list.
type UploadPlan struct {
	// Plan is what an import would do. Where the list was refused it has what is
	// known all the same, such as its format and columns; nil if that is nothing.
	Plan *Plan `json:",omitempty"`
	// Header are the cells of the headings as the list has them, Top the first rows
	// of a list whose header was not understood, Mendable the first of the rows that
	// are rejected.
	Header   []string      `json:",omitempty"`
	Top      []TopRow      `json:",omitempty"`
	Mendable []MendableRow `json:",omitempty"`
	Problems int           `json:",omitempty"` // rows that have problems and are not left out by hand
	LeftOut  int           `json:",omitempty"` // rows that are
	// Known is the batch of an earlier import of the same list.
	Known      *KnownBatch `json:",omitempty"`
	NothingNew bool        `json:",omitempty"` // a database source has no new rows
	Refusal    *Refusal    `json:",omitempty"` // why the list cannot be imported
}

// KnownBatch is the batch of an earlier import.
type KnownBatch struct {
	ID    int64
	Name  string
	State string // as it was when the list was checked
}

// TopRow is a row as a list has it.
type TopRow struct {
	Row   int
	Cells []string
}

// MendableRow is a row that is rejected, to be mended.
type MendableRow struct {
	Row      int      // as a spreadsheet shows it
	Cells    []string // as the list has them, with what was mended already
	Problems []CellProblem
	Clipped  []int `json:",omitempty"` // columns of which only the beginning is here
}

// CellProblem is what is wrong with a cell, from 0, or with a whole row: -1.
type CellProblem struct {
	Column           int
	Code, Wrong, Fix string
}

// LeftOut is the code of rows that were left out by hand.
const LeftOut = importer.LeftOut

// Refusal is why a list cannot be imported as it is, in words, and as data where a
// choice would mend it: of the sheet or the header row, of columns, or of another
// option.
type Refusal struct {
	Words   string
	Fix     string
	Layout  *LayoutError  `json:",omitempty"`
	Columns *ColumnsError `json:",omitempty"`
	Option  *OptionError  `json:",omitempty"`
}

// What a refusal is known by; see [table.LayoutError] and [heading.ColumnsError].
type (
	LayoutError  = table.LayoutError
	ColumnsError = heading.ColumnsError
)

// How much of a plan is kept with an upload: enough to be shown. All of it is in
// the list of problems, and in the report.
const (
	keptExamples   = 20
	keptDuplicates = 200
	mendableMost   = 500
)

// uploadPlan is what a check found, or the reason why it found nothing.
func uploadPlan(plan *importer.Plan, err error) *UploadPlan {
	p := &UploadPlan{}
	if plan != nil {
		p.take(plan)
	}
	switch {
	case errors.Is(err, ErrNothingNew):
		p.NothingNew = true
	case err != nil:
		p.Refusal = refusalOf(err)
	}
	return p
}

func (p *UploadPlan) take(plan *importer.Plan) {
	p.Plan, p.Header = &Plan{Plan: plan}, plan.Header
	for _, row := range plan.Top {
		p.Top = append(p.Top, TopRow(row))
	}
	for _, row := range plan.Mendable {
		p.Mendable = append(p.Mendable, MendableRow{row.Row, row.Cells, cellProblems(row.Problems), row.Clipped})
	}
	for i, kind := range plan.Problems {
		if kind.Code == LeftOut {
			p.LeftOut += kind.Count
		}
		plan.Problems[i].Examples = kind.Examples[:min(len(kind.Examples), keptExamples)]
	}
	for i, kind := range plan.Repairs {
		plan.Repairs[i].Examples = kind.Examples[:min(len(kind.Examples), keptExamples)]
	}
	p.Problems = plan.Counts[Rejected] - p.LeftOut
	plan.Duplicates = plan.Duplicates[:min(len(plan.Duplicates), keptDuplicates)]
	if b := plan.Existing; b != nil {
		p.Known = &KnownBatch{b.ID, b.Name, string(b.State)}
	}
}

func cellProblems(all []importer.Problem) []CellProblem {
	cells := make([]CellProblem, len(all))
	for i, p := range all {
		cells[i] = CellProblem{p.At, p.Code, p.Wrong, p.Fix}
	}
	return cells
}

func refusalOf(err error) *Refusal {
	r := &Refusal{Words: err.Error(), Fix: Hint(err)}
	_ = errors.As(err, &r.Layout)
	_ = errors.As(err, &r.Columns)
	_ = errors.As(err, &r.Option)
	return r
}
