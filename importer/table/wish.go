package table

import (
	"fmt"
	"io"
)

// Wish is what a person asks of a file; the zero value asks for nothing.
type Wish struct {
	Sheet string // of a workbook; the first with a header when empty
	// OfWorkbooks says that the sheet is meant for workbooks, and a text is read all
	// the same.
	OfWorkbooks bool
	// HeaderRow is the row that has the headings, as a spreadsheet shows it; 0 finds
	// it, and [NoHeader] says that there is none.
	HeaderRow int
}

// NoHeader as a header row says that the first row is somebody's already.
const NoHeader = -1

// maxHeaderRow is how far down the headings may be said to be.
const maxHeaderRow = 1000

// begin passes over what is above the header that is wished for, or puts headings
// above a list that has none.
func (s *Source) begin(t Rows, wish Wish, found layout) (Rows, error) {
	switch wish.HeaderRow {
	case 0:
		return s.after(t, found.skip)
	case NoHeader:
		return &begun{Rows: t, header: numbers(found.width)}, nil
	}
	return s.at(t, wish.HeaderRow)
}

// numbers are headings for a list that has none.
func numbers(width int) []string {
	names := make([]string, width)
	for i := range names {
		names[i] = fmt.Sprintf("column %d", i+1)
	}
	return names
}

// at passes over the rows above the one that is said to have the headings.
func (s *Source) at(t Rows, row int) (Rows, error) {
	if row < 0 || row > maxHeaderRow {
		return nil, headerRowNotThere(row, "the headings must be in one of the first %d rows, not in row %d", maxHeaderRow, row)
	}
	for {
		n, cells, err := t.Next()
		switch {
		case err == io.EOF:
			return nil, headerRowNotThere(row, "there is no row %d", row)
		case err != nil:
			return nil, err
		case n > row:
			return nil, headerRowNotThere(row, "row %d is blank", row)
		case n == row:
			s.format.HeaderRow = n
			return &begun{Rows: t, number: n, header: cells}, nil
		}
		s.format.SkippedRows = append(s.format.SkippedRows, n)
	}
}

func headerRowNotThere(row int, problem string, args ...any) error {
	return Refuse("choose the row that has the headings", problem, args...).Because(&LayoutError{Why: HeaderRowNotThere, Row: row})
}
