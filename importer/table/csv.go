package table

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

const (
	// maxRowBytes is how long a row, and so a cell, may be. No list of people
	// comes near it.
	maxRowBytes = 1 << 20
	// MaxColumns is how many columns a sheet of Excel has.
	MaxColumns = 16_384
)

// csvTable reads delimited text: RFC 4180 with any delimiter and line end. Two
// things that others write are read as well, because they have one meaning: a
// quote within a value that does not begin with one, and spaces around quotes.
// encoding/csv knows neither other line ends nor where a quote was opened.
type csvTable struct {
	r        io.Reader
	buf      []byte
	from, to int   // what is read of the text and not returned is buf[from:to]
	err      error // of reading, io.EOF at the end
	comma    byte
	run      []byte // of another separator, that ends every line; see [Format.Run]
	loneCR   bool   // a CR alone ends a line too
	row      int    // number of the last row
	line     int    // the line after it
	width    int    // of the header; 0 when not known
	column   int    // in which isOne holds for the values of people
	isOne    func(value string) bool
	before   []quotedLine // lines within quotes that were read before it was known
	text     []byte
	ends     []int
	cells    []string
}

// newCSVTable reads UTF-8 text without a byte order mark. A line "sep=;" at its
// beginning is an instruction to Excel, which does not show it as a row.
func newCSVTable(r io.Reader, comma byte, loneCR bool) *csvTable {
	t := &csvTable{r: r, buf: make([]byte, 2*readSize), comma: comma, loneCR: loneCR, line: 1}
	if end, next, err := t.lineAt(0); err == nil {
		if _, ok := SepLine(t.buf[:end]); ok {
			t.from, t.line = next, 2
		}
	}
	return t
}

var (
	errRowTooLong = errors.New("a row is too long")
	errTooWide    = errors.New("a row has too many columns")
)

func rowTooLong(line int) error {
	return Refuse(`look there for a line end that is missing, a quote (") that is never closed, or far too many columns`, "line %d is longer than %d KiB", line, maxRowBytes>>10)
}

// Next implements [Rows].
func (t *csvTable) Next() (int, []string, error) {
	for {
		if err := t.record(); err != nil {
			return 0, nil, err
		}
		t.row++
		if len(t.cells) > MaxColumns {
			e := Refuse("leave out the columns that are not needed; if there are not so many, look there for a row that has run together", "row %d has more than %d columns", t.row, MaxColumns)
			e.cause = errTooWide
			return 0, nil, e
		}
		if !blank(t.cells) {
			return t.row, t.cells, nil
		}
	}
}

// blank reports whether a row has no value. Spreadsheets write such rows for
// lines that were emptied; nobody is in them.
func blank(cells []string) bool {
	if len(cells) == 1 { // it may be a line of delimiters, as of other rows
		return strings.TrimSpace(strings.Trim(cells[0], " "+delimiters)) == ""
	}
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// record reads the next row into cells.
func (t *csvTable) record() error {
	end, next, err := t.rowAt(0)
	if errors.Is(err, errRowTooLong) {
		return rowTooLong(t.line)
	}
	if err != nil {
		return err
	}
	line := t.buf[t.from : t.from+end]
	if bytes.IndexByte(line, '"') >= 0 {
		return t.quoted(end, next)
	}
	t.from += next
	t.line++
	t.split(string(line))
	return nil
}

// split takes a line without quotes apart.
func (t *csvTable) split(line string) {
	t.cells = t.cells[:0]
	for len(t.cells) <= MaxColumns {
		i := strings.IndexByte(line, t.comma)
		if i < 0 {
			t.cells = append(t.cells, line)
			return
		}
		t.cells = append(t.cells, line[:i])
		line = line[i+1:]
	}
}

// quoted reads a row with quotes, whose first line is known.
func (t *csvTable) quoted(end, next int) error {
	t.text, t.ends = t.text[:0], t.ends[:0]
	lines := 1
	for pos := 0; ; pos++ { // over the delimiter
		start := pos
		for start < end && t.buf[t.from+start] == ' ' {
			start++
		}
		if start < end && t.buf[t.from+start] == '"' {
			var err error
			if pos, end, next, err = t.quotedCell(start+1, end, next, &lines); err != nil {
				return err
			}
		} else {
			rest := t.buf[t.from+pos : t.from+end]
			if i := bytes.IndexByte(rest, t.comma); i >= 0 {
				rest = rest[:i]
			}
			t.text = append(t.text, rest...)
			pos += len(rest)
		}
		t.ends = append(t.ends, len(t.text))
		if pos == end || len(t.ends) > MaxColumns {
			break
		}
	}
	t.from += next
	t.line += lines
	t.cut(string(t.text))
	return nil
}

// cut makes cells of the text that quoted has gathered.
func (t *csvTable) cut(text string) {
	t.cells = t.cells[:0]
	from := 0
	for _, end := range t.ends {
		t.cells = append(t.cells, text[from:end])
		from = end
	}
}

// quotedCell reads from behind a quote to the delimiter or line end behind the
// quote that closes it.
func (t *csvTable) quotedCell(pos, end, next int, lines *int) (int, int, int, error) {
	opened := t.line + *lines - 1
	for {
		rest := t.buf[t.from+pos : t.from+end]
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			if line := t.line + *lines - 1; line > opened && t.swallows(opened, line, rest) {
				return 0, 0, 0, swallowed(opened, line)
			}
			t.text = append(t.text, rest...)
			t.text = append(t.text, lineBreak(t.buf[t.from+end:t.from+next])...)
			var err error
			pos = next
			if end, next, err = t.rowAt(next); err != nil {
				return 0, 0, 0, unclosed(err, opened)
			}
			*lines++
			continue
		}
		t.text = append(t.text, rest[:i]...)
		pos += i + 1
		if line := t.line + *lines - 1; line > opened && t.swallows(opened, line, rest[:i]) {
			return 0, 0, 0, swallowed(opened, line)
		}
		if pos < end && t.buf[t.from+pos] == '"' {
			t.text = append(t.text, '"')
			pos++
			continue
		}
		for pos < end && t.buf[t.from+pos] == ' ' {
			pos++
		}
		if pos < end && t.buf[t.from+pos] != t.comma {
			return 0, 0, 0, closedEarly(opened, t.line+*lines-1)
		}
		return pos, end, next, nil
	}
}

// lineBreak is a line end as part of a value.
func lineBreak(end []byte) string {
	if string(end) == "\r" {
		return "\r"
	}
	return "\n"
}

const closeQuote = `close the quote at the end of the value, and write a quote inside it twice ("")`

func unclosed(err error, opened int) error {
	if err != io.EOF && !errors.Is(err, errRowTooLong) {
		return err
	}
	return Refuse(closeQuote, `line %d opens a quote (") that is never closed`, opened)
}

// quotedLine is a line within quotes that were opened above it.
type quotedLine struct {
	opened, line int
	text         []byte
}

// swallows reports whether a line within quotes is a row of its own. Until that is known,
// when the first rows are looked at to understand the header, lines are kept for
// [csvTable.watch].
func (t *csvTable) swallows(opened, line int, text []byte) bool {
	if t.isOne == nil {
		t.before = append(t.before, quotedLine{opened, line, bytes.Clone(text)})
		return false
	}
	return t.likeRow(text)
}

// watch makes the table look for people in what is quoted. The error is of what was read
// before.
func (t *csvTable) watch(width, column int, isOne func(value string) bool) error {
	t.width, t.column, t.isOne = width, column, isOne
	before := t.before
	t.before = nil
	for _, q := range before {
		if t.likeRow(q.text) {
			return swallowed(q.opened, q.line)
		}
	}
	return nil
}

// likeRow reports whether a line within quotes has everything that a row of
// this file has: then the quote should have been closed above it.
func (t *csvTable) likeRow(line []byte) bool {
	if t.width == 0 || bytes.Count(line, []byte{t.comma}) < t.width-1 {
		return false
	}
	for range t.column {
		line = line[bytes.IndexByte(line, t.comma)+1:]
	}
	cell, _, _ := bytes.Cut(line, []byte{t.comma})
	return t.isOne(strings.TrimSpace(string(cell)))
}

func swallowed(opened, line int) error {
	return Refuse(closeQuote, `line %d opens a quote (") that is not closed before line %d, which looks like a row of its own`, opened, line)
}

func closedEarly(opened, closed int) error {
	if opened == closed {
		return Refuse(closeQuote, `line %d has a quote (") that is not closed, or closed too early`, opened)
	}
	return Refuse(closeQuote, `line %d opens a quote (") that is not closed there (the next one is in line %d)`, opened, closed)
}

// rowAt is [csvTable.lineAt] without the run of another separator at the line's end.
func (t *csvTable) rowAt(off int) (end, next int, err error) {
	end, next, err = t.lineAt(off)
	if len(t.run) > 0 && err == nil && bytes.HasSuffix(t.buf[t.from+off:t.from+end], t.run) {
		end -= len(t.run)
	}
	return end, next, err
}

// lineAt finds the line that begins at an offset of what is unread: where its
// text ends and where the next one begins. All offsets are from t.from.
func (t *csvTable) lineAt(off int) (end, next int, err error) {
	for seen := off; ; {
		unread := t.buf[t.from:t.to]
		if i := t.lineEnd(unread[seen:]); i >= 0 {
			end = seen + i
			switch {
			case unread[end] == '\r' && end+1 < len(unread) && unread[end+1] == '\n':
				return end, end + 2, nil
			case unread[end] == '\n' && end > off && unread[end-1] == '\r':
				return end - 1, end + 1, nil
			case unread[end] == '\n' || t.err != nil || end+1 < len(unread):
				return end, end + 1, nil
			}
			seen = end // a CR whose LF may come
		} else {
			seen = len(unread)
		}
		if len(unread) > maxRowBytes {
			return 0, 0, errRowTooLong
		}
		if t.err == io.EOF && len(unread) > off {
			return len(unread), len(unread), nil
		}
		if t.err != nil {
			return 0, 0, t.err
		}
		t.fill()
	}
}

// lineEnd looks for either end a piece at a time, so that a text with one of them
// is not searched to its end for the other.
func (t *csvTable) lineEnd(p []byte) int {
	if !t.loneCR {
		return bytes.IndexByte(p, '\n')
	}
	const piece = 512
	for from := 0; from < len(p); from += piece {
		if i := bytes.IndexAny(p[from:min(from+piece, len(p))], "\r\n"); i >= 0 {
			return from + i
		}
	}
	return -1
}

// fill reads on, behind what is unread.
func (t *csvTable) fill() {
	if t.from > 0 {
		t.from, t.to = 0, copy(t.buf, t.buf[t.from:t.to])
	}
	if t.to > len(t.buf)/2 {
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
	var n int
	n, t.err = t.r.Read(t.buf[t.to:])
	t.to += n
}
