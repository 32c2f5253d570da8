package importer

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gocarina/gocsv"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// Row is an applicant as the source has it.
type Row struct {
	FirstName       string `csv:"first_name"`
	LastName        string `csv:"last_name"`
	Email           string `csv:"email"`
	Phone           string `csv:"phone"`
	ExternalID      string `csv:"external_id"`
	SendEmailInvite string `csv:"send_email_invite"`
	SendPhoneInvite string `csv:"send_phone_invite"`
	WorkflowID      string `csv:"workflow_id"`
	RedirectURL     string `csv:"redirect_url"`
	FullName        string `csv:"full_name"`
	Country         string `csv:"country"`
	LastNamePrefix  string `csv:"last_name_prefix"`

	Number int      `csv:"-"` // as a spreadsheet shows it
	Extra  []string `csv:"-"` // the other columns
	facts  facts    // gocsv leaves it alone
}

// facts are what is known of a row besides its values.
type facts struct {
	cells    int      // how many there were
	raw      []string // the cells as they came, or were mended, if they are kept
	leftOut  bool     // somebody left it out by hand
	unmended bool     // it is as a list of problems has it
	nobody   bool     // it names nobody
	headings bool     // it is the headings once more
	checked  bool     // it comes from a report, in which it was not rejected
	invited  bool     // it comes from a report, in which it was invited or may have been
	hadPlus  bool     // it comes from a list of problems, and its phone number was right with its +
	phoneNum bool     // its phone is a number in a workbook, not text
	idNum    bool     // likewise its external id
	from     *places  // where its fields are, if any has several columns
	id       string   // that it has where it comes from, if that is a database
}

// places are the columns that a row has its fields in.
type places [heading.NumFields]int

// maxChunkBytes ends a chunk of unusually long rows early, so that memory
// does not grow with them.
const maxChunkBytes = 4 << 20

// rowReader decodes a table, a chunk of rows at a time, with gocsv. It gives
// gocsv text fields and the contract's own headers only, so decoding cannot
// fail and the package's global settings do not matter.
type rowReader struct {
	table  table.Rows
	ahead  *ahead // the table, if it can be looked at beforehand
	beyond int    // rows with blank cells beyond the last heading
	typed  typed  // the table, if it tells numbers from texts
	header *heading.Header
	head   []string   // the cells of the header as they came
	mended *mending   // nil when nothing of this list was mended
	rows   []Row      // of the present chunk
	meta   []Row      // what gocsv does not fill in
	lines  [][]string // the contract's header, then the cells in its order
	cells  []string   // behind lines
	keep   bool       // keep the cells of each row as they came
	seen   int        // rows that samples were taken of
	idAt   int        // the column that tells rows of a database apart, -1 if there is none
}

// newRowReader understands the header of a table. Where it is not understood, what
// is known of it comes with the error.
func newRowReader(t table.Rows, known heading.Known) (*rowReader, error) {
	number, cells, err := t.Next()
	if err == io.EOF {
		return nil, emptyList(known.Format)
	}
	if err != nil {
		return nil, err
	}
	known.Bare = number == 0
	r := &rowReader{table: t, head: slices.Clone(cells), idAt: -1}
	if r.ahead, _ = t.(*ahead); r.ahead != nil {
		known.First = r.ahead.first
	}
	r.typed, _ = t.(typed)
	h, err := heading.Read(r.head, known)
	r.header = h
	if err != nil {
		return r, err
	}
	if text, ok := t.(watched); ok {
		return r, text.Watch(len(h.Columns), h.At(heading.Email), value.IsEmail)
	}
	return r, nil
}

func emptyList(f table.Format) error {
	e := table.Refuse(table.NameColumns, "the file is empty")
	if f.Sheet != "" {
		return e.Because(&table.LayoutError{Why: table.SheetEmpty}) // there are others
	}
	return e
}

// watched is a table that notices people where none can be.
type watched interface {
	Watch(width, column int, isOne func(value string) bool) error
}

// typed is a table that tells numbers from texts.
type typed interface{ IsNumber(column int) bool }

// next reads up to limit rows, or io.EOF. They are good until the next call.
func (r *rowReader) next(limit int) ([]Row, error) {
	r.meta, r.lines, r.cells = r.meta[:0], append(r.lines[:0], heading.Fields()), r.cells[:0]
	var extra []string // kept by the applicants, so made anew
	size := 0
	for len(r.meta) < limit && size < maxChunkBytes {
		number, cells, err := r.table.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		m := r.mended.of(number)
		cells = m.apply(cells, len(r.header.Columns))
		from := r.places(cells)
		size += r.line(cells, from)
		row := Row{Number: number, facts: r.facts(cells, m, from)}
		r.sample(cells)
		row.Extra, extra = r.extra(cells, extra, limit)
		r.meta = append(r.meta, row)
	}
	if len(r.meta) == 0 {
		return nil, io.EOF
	}
	return r.decode()
}

func (r *rowReader) facts(cells []string, m rowMending, from *places) facts {
	list, contact := told{r.header}, r.hasContact(cells)
	f := facts{
		cells:    r.filled(cells),
		nobody:   !contact && (r.namesNobody(cells) || r.isEmpty(cells) || r.isLone(cells)),
		headings: !contact && r.header.Repeats(cells),
		leftOut:  m.leftOut,
		unmended: !m.changed && list.unmended(cells),
		checked:  list.checked(cells),
		invited:  list.invited(cells),
		hadPlus:  list.hadPlus(cells),
		from:     from,
		id:       value.Clip(cellAt(cells, r.idAt), value.MaxShown),
	}
	if r.typed != nil {
		f.phoneNum, f.idNum = r.isNumber(heading.Phone, m, from), r.isNumber(heading.ExternalID, m, from)
	}
	if r.keep {
		f.raw = slices.Clone(cells)
	}
	return f
}

// filled is how many cells a row has, without blank ones beyond the last heading.
func (r *rowReader) filled(cells []string) int {
	width, n := len(r.header.Columns), len(cells)
	for n > width && strings.TrimSpace(cells[n-1]) == "" {
		n--
	}
	if n == width && len(cells) > width {
		r.beyond++
	}
	return n
}

// isNumber reports whether a field of the row in hand is a number: what a person
// typed is text.
func (r *rowReader) isNumber(f heading.Field, m rowMending, from *places) bool {
	at := r.at(f, from)
	_, typed := m.cells[at]
	return !typed && r.typed.IsNumber(at)
}

// maxSamples is how many values of a column are shown, of the first
// sampledRows rows.
const (
	maxSamples  = 3
	sampledRows = 50
)

// sample takes the first values of each column, to be shown.
func (r *rowReader) sample(cells []string) {
	if r.seen == sampledRows {
		return
	}
	r.seen++
	for i, cell := range cells[:min(len(cells), len(r.header.Columns))] {
		c := &r.header.Columns[i]
		if s := strings.TrimSpace(cell); s != "" && !c.Ignored && len(c.Samples) < maxSamples && !slices.Contains(c.Samples, value.Clip(s, value.MaxShown)) {
			c.Samples = append(c.Samples, value.Clip(s, value.MaxShown))
		}
	}
}

// places are nil where each field has one column at the most. What several columns of a
// field gave is counted.
func (r *rowReader) places(cells []string) *places {
	if !r.header.HasTurns() {
		return nil
	}
	var from places
	for f := range heading.NumFields {
		from[f] = r.header.From(f, cells)
		if r.header.Turns(f) != nil && value.Clean(cellAt(cells, from[f])) != "" {
			r.header.Columns[from[f]].Gave++
		}
	}
	return &from
}

func (r *rowReader) at(f heading.Field, from *places) int {
	if from == nil {
		return r.header.At(f)
	}
	return from[f]
}

// line puts the cells of the fields into the contract's order, and returns how
// many bytes the row has.
func (r *rowReader) line(cells []string, from *places) (size int) {
	begin := len(r.cells)
	for f := range heading.NumFields {
		at := r.at(f, from)
		cell := ""
		if at >= 0 && at < len(cells) {
			cell = cells[at]
		}
		r.cells = append(r.cells, cell)
	}
	r.lines = append(r.lines, r.cells[begin:len(r.cells):len(r.cells)])
	for _, c := range cells {
		size += len(c)
	}
	return size
}

// extra takes the other columns' cells into a piece of space, which is renewed
// when it is used up.
func (r *rowReader) extra(cells, space []string, rows int) (extra, rest []string) {
	n := len(r.header.Extra)
	if n == 0 {
		return nil, space
	}
	if len(space) < n {
		space = make([]string, n*min(rows, 256))
	}
	for i, at := range r.header.Extra {
		if at < len(cells) {
			space[i] = value.Unmark(cells[at])
		}
	}
	return space[:n:n], space[n:]
}

func (r *rowReader) decode() ([]Row, error) {
	if cap(r.rows) < len(r.meta) {
		r.rows = make([]Row, len(r.meta))
	}
	r.rows = r.rows[:len(r.meta)]
	if err := gocsv.UnmarshalCSV(&lineReader{lines: r.lines}, &r.rows); err != nil {
		return nil, fmt.Errorf("decode rows: %w", err)
	}
	for i, m := range r.meta {
		row := &r.rows[i]
		row.Number, row.Extra, row.facts = m.Number, m.Extra, m.facts
	}
	return r.rows, nil
}

// lineReader is the CSV reader that gocsv decodes from.
type lineReader struct{ lines [][]string }

// Read returns the next line.
func (l *lineReader) Read() ([]string, error) {
	if len(l.lines) == 0 {
		return nil, io.EOF
	}
	line := l.lines[0]
	l.lines = l.lines[1:]
	return line, nil
}

// ReadAll returns the lines that are left, the header first.
func (l *lineReader) ReadAll() ([][]string, error) {
	lines := l.lines
	l.lines = nil
	return lines, nil
}
