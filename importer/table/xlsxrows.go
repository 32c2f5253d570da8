package table

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"sync/atomic"
)

// MaxRows is how many rows a sheet of Excel has.
const MaxRows = 1 << 20

// maxRowXML is how much XML a row may take: markup is several times its text.
const maxRowXML = 8 << 20

// sheetRows reads the rows of a sheet.
type sheetRows struct {
	book  *workbook
	name  string
	part  io.ReadCloser
	limit *rowLimit
	xml   *xml.Decoder
	row   int
	cells []string
	nums  []bool // which of the cells are numbers
	text  []byte
	end   bool
	// hidden counts the rows with people in them that are filtered out.
	hidden *int
}

// rows opens a sheet.
func (w *workbook) rows(s sheet) (*sheetRows, error) {
	part, err := w.part(s.part, maxPartBytes)
	if err != nil {
		return nil, err
	}
	if part == nil {
		return nil, Refuse(damagedRemedy, "the workbook is damaged: its sheet %q is missing", s.name)
	}
	limit := &rowLimit{r: part, left: maxRowXML}
	return &sheetRows{book: w, name: s.name, part: part, limit: limit, xml: xml.NewDecoder(limit)}, nil
}

func (t *sheetRows) close() { _ = t.part.Close() }

// Next implements [Rows].
func (t *sheetRows) Next() (int, []string, error) {
	for !t.end {
		token, err := t.xml.Token()
		if err != nil {
			return 0, nil, t.broken(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "row" {
				continue
			}
			t.limit.left = maxRowXML
			if err := t.readRow(e); err != nil {
				return 0, nil, t.broken(err)
			}
			if blank(t.cells) {
				continue
			}
			if h := attribute(e, "hidden"); t.hidden != nil && (h == "1" || h == "true") {
				*t.hidden++
			}
			return t.row, t.cells, nil
		case xml.EndElement:
			t.end = e.Name.Local == "sheetData"
		}
	}
	return 0, nil, t.finish()
}

// finish reads to the end of the part, where its checksum is compared.
func (t *sheetRows) finish() error {
	defer t.close()
	if _, err := io.Copy(io.Discard, t.part); err != nil {
		return t.broken(err)
	}
	return io.EOF
}

func (t *sheetRows) broken(err error) error {
	switch {
	case refusal(err):
		return err
	case t.book.strings.err != nil:
		return t.book.strings.err
	case errors.Is(err, errRowTooLong):
		return Refuse("look there for a cell with far too much in it", "a row below row %d of sheet %q is too long", t.row, t.name)
	case err == io.EOF && t.row == 0 && !t.end:
		return io.EOF // a sheet without rows
	}
	if t.row == 0 {
		return Refuse(damagedRemedy, "the workbook is damaged: sheet %q cannot be read", t.name)
	}
	return Refuse(damagedRemedy, "the workbook is damaged: sheet %q cannot be read below row %d", t.name, t.row)
}

// readRow reads the cells of a row.
func (t *sheetRows) readRow(start xml.StartElement) error {
	number := t.row + 1
	if r := attribute(start, "r"); r != "" {
		n, ok := digits(r)
		if !ok || n <= t.row {
			return errors.New("the rows are out of order")
		}
		number = n
	}
	if number > MaxRows {
		return Refuse(damagedRemedy, "sheet %q has a row %d, more than Excel has", t.name, number)
	}
	t.row, t.cells, t.nums = number, t.cells[:0], t.nums[:0]
	for {
		token, err := t.xml.Token()
		if err != nil {
			return unended(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "c" {
				if err := t.xml.Skip(); err != nil {
					return unended(err)
				}
			} else if err := t.readCell(e); err != nil {
				return unended(err)
			}
		case xml.EndElement:
			for len(t.cells) > 0 && t.cells[len(t.cells)-1] == "" {
				t.cells = t.cells[:len(t.cells)-1]
			}
			return nil
		}
	}
}

// unended is what the end of the text means within a row.
func unended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readCell puts a cell at its place in the row.
func (t *sheetRows) readCell(start xml.StartElement) error {
	at := len(t.cells)
	var kind, style string
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			col, ok := columnOf(a.Value)
			if !ok || col < at {
				return errors.New("the cells are out of order")
			}
			at = col
		case "t":
			kind = a.Value
		case "s":
			style = a.Value
		}
	}
	if at >= MaxColumns {
		return Refuse(damagedRemedy, "row %d of sheet %q has more than %d columns", t.row, t.name, MaxColumns)
	}
	value, err := t.readValue(kind, style)
	if err != nil {
		return err
	}
	for len(t.cells) < at {
		t.cells, t.nums = append(t.cells, ""), append(t.nums, false)
	}
	t.cells, t.nums = append(t.cells, value), append(t.nums, kind == "" || kind == "n")
	return nil
}

// isNumber reports whether a cell of the last row is a number, and not text.
func (t *sheetRows) isNumber(i int) bool { return i >= 0 && i < len(t.nums) && t.nums[i] }

// readValue reads what is in a cell, up to its end.
func (t *sheetRows) readValue(kind, style string) (string, error) {
	t.text = t.text[:0]
	formula, result := false, false
	for {
		token, err := t.xml.Token()
		if err != nil {
			return "", unended(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "v":
				result = true
				t.text, err = appendText(t.xml, t.text)
			case "is":
				t.text, err = appendString(t.xml, t.text)
			case "f":
				formula = true
				err = t.xml.Skip()
			default:
				err = t.xml.Skip()
			}
			if err != nil {
				return "", unended(err)
			}
		case xml.EndElement:
			if formula && !result {
				return "", Refuse("open it in Excel and save it: that works the formulas out",
					"row %d of sheet %q has a formula that was never worked out", t.row, t.name)
			}
			return t.book.value(kind, style, t.text)
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// digits reads a number of at most eight digits.
func digits(s string) (n int, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 9_999_999 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, s != ""
}

// columnOf is the column of a cell's name, from 0: AB12 is 27.
func columnOf(name string) (int, bool) {
	letters := strings.TrimRight(name, tenDigits)
	n := 0
	for _, c := range []byte(strings.ToUpper(letters)) {
		if c < 'A' || c > 'Z' || n > MaxColumns {
			return 0, false
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1, n > 0
}

// rowLimit ends a row that never ends.
type rowLimit struct {
	r    io.Reader
	left int
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}

// countingReaderAt counts the bytes that pass through it.
type countingReaderAt struct {
	r io.ReaderAt
	n *atomic.Int64
}

func (c *countingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}
