package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// returnedMost is how many rows a list of problems may correct. They are held in
// memory, as are the corrections of an import.
const returnedMost = 20_000

// returned is a list of problems that came back, corrected.
type returned struct {
	row      int      // the column that has the number of the row in the old file
	headings []string // of the old file's columns; empty for usher's own
	rows     map[int][]string
}

// headingOf is a heading as it was before it was made safe.
func headingOf(cell string) string { return strings.TrimSpace(value.Unmark(cell)) }

// newReturned looks at a header. It is nil if the list is not one of problems.
func newReturned(header []string) *returned {
	list := &returned{row: -1, rows: map[int][]string{}, headings: make([]string, len(header))}
	own := 0
	for i, cell := range header {
		name := headingOf(cell)
		switch {
		case !slices.Contains(heading.ProblemColumns, name):
			list.headings[i] = name
		case name == heading.ProblemColumns[0]:
			list.row = i
		default:
			own++
		}
	}
	if list.row < 0 || own == 0 {
		return nil
	}
	return list
}

// read reads the rows.
func (l *returned) read(rows table.Rows, src feed) error {
	for {
		_, cells, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return src.Refused(err)
		}
		number := 0
		if l.row < len(cells) {
			number, _ = strconv.Atoi(strings.TrimSpace(cells[l.row]))
		}
		if number < 1 {
			return requestError("leave the numbers in _row as they are, and bring the list again",
				"a row in the list of problems does not say which row of the file it is: its _row is empty, or no number")
		}
		if l.rows[number] = cloneCells(cells); len(l.rows) > returnedMost {
			return requestError("correct the file itself, and bring that", "the list of problems has more than %d rows", returnedMost)
		}
	}
}

func cloneCells(cells []string) []string {
	kept := make([]string, len(cells))
	for i, cell := range cells {
		kept[i] = strings.Clone(cell)
	}
	return kept
}

// compare writes the list of problems as it is now, and returns what is otherwise
// in the one that came back, by row, and the sheet that it is about.
func (s *Service) compare(ctx context.Context, u store.Upload, list *returned) (sheet string, mends []store.UploadMend, err error) {
	options, err := s.uploadOptions(ctx, u)
	if err != nil {
		return "", nil, err
	}
	src, err := s.openUpload(ctx, u)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = src.Close() }() // it was only read
	var plan *importer.Plan
	r, w := io.Pipe()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		options.Problems = w
		plan, err = importer.Check(ctx, s.st, src, options)
		return errors.Join(err, w.CloseWithError(err))
	})
	c := comparison{list: list}
	g.Go(func() error {
		err := c.run(r)
		_ = r.CloseWithError(err)
		return err
	})
	if err := g.Wait(); err != nil {
		return "", nil, err
	}
	if c.found == 0 || 2*c.alike < c.found {
		return "", nil, requestError("bring the list of problems of this list, or go back and bring it as a list of its own",
			"the file is a list of problems, but not of this list as it is now: its rows are not among those that have problems")
	}
	return plan.Format.Sheet, c.mends(plan), nil
}

// comparison compares the list of problems as it is with the one that came back.
type comparison struct {
	list    *returned
	columns []int // in the list that came back, of each column of the present one
	changes []store.UploadMend
	found   int // rows that are in both
	alike   int // those that are certainly the same row
}

// run reads the present list.
func (c *comparison) run(r io.Reader) error {
	buffered := bufio.NewReaderSize(r, headSize)
	start, err := buffered.Peek(headSize)
	if err != nil && err != io.EOF {
		return err
	}
	in := csv.NewReader(buffered)
	in.Comma, in.ReuseRecord = delimiterOf(start), true
	header, err := in.Read()
	if err != nil {
		return ignoreEOF(err)
	}
	own := len(header) - len(heading.ProblemColumns)
	c.match(header[:own])
	for {
		cells, err := in.Read()
		if err != nil {
			return ignoreEOF(err)
		}
		number, err := strconv.Atoi(cells[own])
		if err != nil {
			return err
		}
		if came, ok := c.list.rows[number]; ok {
			c.row(number, cells[:own], came)
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// headSize is how much of a list is looked at for its delimiter.
const headSize = 64 << 10

// delimiterOf is that of a list of problems, by the columns that usher adds.
func delimiterOf(start []byte) rune {
	first, second := []byte(heading.ProblemColumns[0]), []byte(heading.ProblemColumns[1])
	for _, d := range ",;\t|" {
		if bytes.Contains(start, slices.Concat(first, []byte(string(d)), second)) {
			return d
		}
	}
	return ','
}

// match finds the columns by their headings; of several that are called alike, the
// first is the first.
func (c *comparison) match(header []string) {
	taken := make([]bool, len(c.list.headings))
	for _, cell := range header {
		name, at := headingOf(cell), -1
		for i, heading := range c.list.headings {
			if heading == name && name != "" && !taken[i] {
				at, taken[i] = i, true
				break
			}
		}
		c.columns = append(c.columns, at)
	}
}

// row compares a row. It is certainly the same one if a third of what it had is
// there still: of four cells two may be wrong, and are corrected.
func (c *comparison) row(number int, is, came []string) {
	had, same := 0, 0
	for i, cell := range is {
		at := c.columns[i]
		if at < 0 {
			continue
		}
		now := ""
		if at < len(came) {
			now = came[at]
		}
		changed := isChanged(cell, now)
		if strings.TrimSpace(cell) != "" {
			had++
			if !changed {
				same++
			}
		}
		if changed {
			c.changes = append(c.changes, store.UploadMend{Row: number, Column: i, Text: cleanText(value.Unmark(now))})
		}
	}
	c.found++
	if had > 0 && 3*same >= had {
		c.alike++
	}
}

// scientific is how spreadsheets show long numbers, whose last digits are lost then.
var scientific = regexp.MustCompile(`^\d[.,]?\d*E\+?\d+$`)

// isChanged reports whether somebody changed a cell. A spreadsheet that saves the
// list takes marks, pluses and zeros off the front of numbers, shortens long ones,
// and writes line breaks in its own way; that is nobody's correction.
func isChanged(is, now string) bool {
	is, now = plainCell(is), plainCell(now)
	if is == now || scientific.MatchString(now) && !scientific.MatchString(is) {
		return false
	}
	lost, found := strings.CutSuffix(is, now)
	return !found || now == "" || strings.Trim(lost, "+0") != ""
}

func plainCell(cell string) string {
	return strings.TrimSpace(strings.ReplaceAll(value.Unmark(strings.TrimSpace(cell)), "\r\n", "\n"))
}

// mends are the changes by the columns of the file: the list leaves out those that
// usher made.
func (c *comparison) mends(plan *importer.Plan) []store.UploadMend {
	var kept []int
	for i, column := range plan.Columns {
		if !column.Ignored {
			kept = append(kept, i)
		}
	}
	for i, m := range c.changes {
		c.changes[i].Column = kept[m.Column]
	}
	return c.changes
}
