package table

// table is rows of cells, whatever they are stored in.
type Rows interface {
	// Next returns the next row that is not blank and its number as a
	// spreadsheet shows it, or io.EOF. The slice is good until the next call.
	Next() (number int, cells []string, err error)
}

// requiredFields is how many columns a list of people must have at least.
const RequiredColumns = 4

// needed is the remedy when they are not there.
const NameColumns = "name the columns first_name, last_name, email and phone in the first row of the file"

// headCounter counts how many of the required columns a row names.
type HeadCounter func(cells []string) int

// begun is the rows of a file from its header on. It notes which row that is: the
// first that is asked for.
type begun struct {
	Rows
	format *Format
}

// Next implements [table].
func (b *begun) Next() (int, []string, error) {
	n, cells, err := b.Rows.Next()
	if err == nil && b.format.HeaderRow == 0 {
		b.format.HeaderRow = n
	}
	return n, cells, err
}

// Watch makes a text refuse a quote that was left open over people: within it is
// a line of as many cells as the header has, and the one in a column is a value
// that only people have.
func (b *begun) Watch(width, column int, isOne func(value string) bool) {
	if text, ok := b.Rows.(*csvTable); ok {
		text.watch(width, column, isOne)
	}
}

// IsNumber reports whether a cell of the last row is a number, and not text, as
// only workbooks tell.
func (b *begun) IsNumber(column int) bool {
	sheet, ok := b.Rows.(*sheetRows)
	return ok && sheet.isNumber(column)
}
