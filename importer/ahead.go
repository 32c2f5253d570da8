package importer

import (
	"io"
	"slices"

	"usher/importer/table"
)

const (
	// firstRows are the rows by which a guess about a column is judged.
	firstRows = 50
	// maxHeadings are the rows of headings that may be below the header.
	maxHeadings = 3
	// maxBelow is how many rows may be below the table.
	maxBelow = 20
)

// ahead is a table whose next rows can be looked at before they are read. Rows at its
// end that name nobody, such as a total, it leaves out.
type ahead struct {
	table.Rows
	typed  typed // the table, if it tells numbers from texts
	nobody func(row int, cells []string) bool
	again  func(row int, cells []string) bool // whether a row is of headings; nil once the first were looked at
	held   []heldRow                          // read, and to come
	last   heldRow                            // the row in hand, if it was held
	live   bool                               // the row in hand is the table's own, that came behind those held
	number int                                // of that row
	cells  []string
	err    error // behind what is held
	people bool  // there was a row that names somebody, and not too many since that do not
	within int   // how many of those held are known not to be below the table

	leftOut  []heldRow
	headings []heldRow // rows of headings below the header
}

type heldRow struct {
	number int
	cells  []string
	nums   []bool // which of them are numbers
}

func newAhead(t table.Rows) *ahead {
	a := &ahead{Rows: t}
	a.typed, _ = t.(typed)
	return a
}

// Next implements [table.Rows].
func (a *ahead) Next() (int, []string, error) {
	a.last = heldRow{}
	a.leaveHeadings()
	if len(a.held) == 0 {
		n, cells, err := a.read()
		switch {
		case err != nil || a.nobody == nil:
			return n, cells, err
		case !a.nobody(n, cells):
			a.people = true
			return n, cells, nil
		case !a.people:
			return n, cells, nil
		}
		a.hold(n, cells)
	}
	switch next := a.held[0]; {
	case a.nobody == nil:
	case !a.nobody(next.number, next.cells):
		a.people = true
	case a.within > 0:
		a.within--
	case a.people && a.isBelow():
		a.leftOut, a.held = append(a.leftOut, a.held...), nil
		return 0, nil, io.EOF
	}
	a.last, a.held = a.held[0], a.held[1:]
	return a.last.number, a.last.cells, nil
}

// leaveHeadings leaves out the first rows that are the headings once more, in other
// words, as programs write them for people below their own, or the types of their values.
func (a *ahead) leaveHeadings() {
	if a.again == nil {
		return
	}
	again := a.again
	a.again = nil
	for len(a.headings) < maxHeadings {
		if len(a.held) == 0 {
			n, cells, err := a.read()
			if err != nil {
				return
			}
			a.hold(n, cells)
		}
		first := a.held[0]
		if !again(first.number, first.cells) {
			return
		}
		a.headings, a.held = append(a.headings, first), a.held[1:]
	}
}

// read is the next row behind those that are held.
func (a *ahead) read() (int, []string, error) {
	if a.live {
		a.live = false
		return a.number, a.cells, nil
	}
	if a.err != nil {
		return 0, nil, a.err
	}
	n, cells, err := a.Rows.Next()
	a.err = err
	return n, cells, err
}

// isBelow reports whether nothing comes any more but rows that name nobody, and not
// too many of them.
func (a *ahead) isBelow() bool {
	for i, r := range a.held {
		if !a.nobody(r.number, r.cells) {
			a.within = i - 1
			return false
		}
	}
	for !a.live && a.err == nil && len(a.held) <= maxBelow {
		n, cells, err := a.read()
		switch {
		case err != nil:
		case a.nobody(n, cells):
			a.hold(n, cells)
		default:
			a.live, a.number, a.cells = true, n, cells
		}
	}
	if a.err == io.EOF && len(a.held) <= maxBelow {
		return true
	}
	a.people, a.within = len(a.held) <= maxBelow, len(a.held)-1
	return false
}

func (a *ahead) hold(n int, cells []string) {
	h := heldRow{number: n, cells: slices.Clone(cells)}
	if a.typed != nil {
		h.nums = make([]bool, len(cells))
		for i := range cells {
			h.nums[i] = a.typed.IsNumber(i)
		}
	}
	a.held = append(a.held, h)
}

// first are the cells of the first rows, which are read all the same.
func (a *ahead) first() [][]string {
	for len(a.held) < firstRows && !a.live && a.err == nil {
		if n, cells, err := a.read(); err == nil {
			a.hold(n, cells)
		}
	}
	all := make([][]string, len(a.held))
	for i, h := range a.held {
		all[i] = h.cells
	}
	return all
}

// IsNumber reports whether a cell of the row in hand is a number.
func (a *ahead) IsNumber(column int) bool {
	if a.last.number != 0 {
		return column >= 0 && column < len(a.last.nums) && a.last.nums[column]
	}
	return a.typed != nil && a.typed.IsNumber(column)
}

// Watch makes a text look for people where none can be; see [watched].
func (a *ahead) Watch(width, column int, isOne func(value string) bool) error {
	if text, ok := a.Rows.(watched); ok {
		return text.Watch(width, column, isOne)
	}
	return nil
}
