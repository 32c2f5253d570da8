// Package table makes rows of text of whatever bytes people have their lists in:
// delimited text in any encoding, an Excel workbook, either of them compressed.
// It finds out what a file is, where its rows are and which of them is the header,
// and refuses what is none, with the place and what to do about it: a
// [FileError].
//
// It owns what a file may be and how large. It must not know what a column means
// or whether a value is right: who counts the headings is passed to it, and how
// many of them a list needs is all that it knows of a person. No error of it
// quotes a value.
package table

// Rows is rows of cells, whatever they are stored in.
type Rows interface {
	// Next returns the next row that is not blank and its number as a
	// spreadsheet shows it, or io.EOF. The slice is good until the next call.
	// The first is the header; a list that has none has one made, as row 0.
	Next() (number int, cells []string, err error)
}

// RequiredColumns is how many columns a list of people must have at least.
const RequiredColumns = 4

// NameColumns is the remedy when they are not there.
const NameColumns = "name the columns first_name, last_name, email and phone in the first row of the file"

// HeadCounter counts how many of the required columns a row names.
type HeadCounter func(cells []string) int

// begun is the rows of a file from its header on: one that is given, or the first
// that is asked for, which is noted.
type begun struct {
	Rows
	header []string // that was read already, until it is asked for
	number int      // its row; 0 if no row of the list has it
	format *Format  // notes the header's row, if it is not known
}

// Next implements [Rows].
func (b *begun) Next() (int, []string, error) {
	if header := b.header; len(header) > 0 {
		b.header = nil
		return b.number, header, nil
	}
	n, cells, err := b.Rows.Next()
	if err == nil && b.format != nil {
		b.format.HeaderRow, b.format = n, nil
	}
	return n, cells, err
}

// Watch makes a text refuse a quote that was left open over people: within it is
// a line of as many cells as the header has, and the one in a column is a value
// that only people have. Such a quote among the rows that were read already is the error.
func (b *begun) Watch(width, column int, isOne func(value string) bool) error {
	if text, ok := b.Rows.(*csvTable); ok {
		return text.watch(width, column, isOne)
	}
	return nil
}

// IsNumber reports whether a cell of the last row is a number, and not text, as
// only workbooks tell.
func (b *begun) IsNumber(column int) bool {
	sheet, ok := b.Rows.(*sheetRows)
	return ok && sheet.isNumber(column)
}
