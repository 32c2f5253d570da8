// Package heading understands which column of a list is what: by the words that
// people and programs have for a field, by what a person mapped by hand or keeps
// in a profile, and by usher's own headings in its reports and lists of problems.
// A header that is not understood is refused with the columns that may be meant.
//
// It owns the fields and their names. It lies above tables and values, and must
// not know where the rows below a header come from, nor the store; of those rows it
// looks at the first, to judge a guess by. Its errors
// quote headings, never one that looks like somebody's value.
package heading

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"usher/importer/table"
	"usher/importer/value"
)

// Column is a column of a file and what it was taken for.
type Column struct {
	Heading string   `json:"heading"`
	Field   string   `json:"field,omitempty"`   // the field it holds
	Turn    int      `json:"turn,omitempty"`    // of several columns for the field, which it is, from 1
	Gave    int      `json:"gave,omitempty"`    // in so many rows one of several was the first that is filled
	Ignored bool     `json:"ignored,omitempty"` // it is usher's own, from a report
	Samples []string `json:"samples,omitempty"` // the first of its values
}

// Header is how the columns of a file are understood.
type Header struct {
	Columns []Column
	Extra   []int // the columns that are kept as they are
	Fix     int   // the _fix of a list of problems, -1 when it is not there
	Ours    int   // how many columns it has that only usher's reports have
	Doubts  []Doubt

	at     [NumFields]int   // where each field is, -1 when it is not there
	turns  [NumFields][]int // the columns of a field that has several, in their order
	barred [NumFields]bool  // the fields that a person said no column holds
	said   []bool           // of which columns a person said what they are
	ownAt  map[string]int   // where usher's own columns of a report are
	rivals [NumFields][]int
	sheet  string   // of a workbook, for errors
	others []string // its other sheets

	first func() [][]string // the first rows below it; nil where nobody knows them
}

// Known is what is known of a header before it is read.
type Known struct {
	Places map[int]string    // what a person said of columns, by their places: the name of a field, or nothing
	Placed map[string][]int  // columns of fields, by their places, as a source has them
	Mapped map[string]string // likewise, by their headings; see [ParseMap]
	Bare   bool              // the list has no headings, so only what is said of places counts
	Format table.Format
	// First tells the first rows below the header, by which a guess is judged; nil
	// where nobody knows them.
	First func() [][]string
}

// Read understands the first row of a file, or refuses it. What a person said of
// places comes first, then what is mapped by hand, then the words that are known
// for a field. With a refusal it returns what was understood all the same, nil if
// that is nothing.
func Read(cells []string, known Known) (*Header, error) {
	h, err := readHeader(cells)
	if err != nil {
		return nil, err
	}
	h.sheet, h.others, h.first = known.Format.Sheet, known.Format.OtherSheets, known.First
	if err := h.byPlace(known.Places); err != nil {
		return h, err
	}
	if known.Bare {
		h.findExtra()
		return h, h.completeBare()
	}
	h.bar(known.Mapped)
	h.bySource(known.Placed, known.Mapped)
	if err := h.assign(known.Mapped); err != nil {
		return h, err
	}
	return h, h.complete()
}

func readHeader(cells []string) (*Header, error) {
	h := &Header{Columns: make([]Column, len(cells)), Fix: -1, said: make([]bool, len(cells))}
	for f := range h.at {
		h.at[f] = -1
	}
	h.findOwn(cells)
	for i, cell := range cells {
		heading := value.Unmark(cell)
		if value.CheckFreeText(heading) != nil {
			return nil, table.Refuse("type that heading again", "the heading of column %d has a control character in it", i+1).
				Because(&ColumnsError{Why: HeadingUnreadable, Columns: []int{i}})
		}
		c := Column{Heading: heading}
		switch name := strings.TrimSpace(heading); {
		case name == "":
			c.Heading = fmt.Sprintf("column %d", i+1)
		case slices.Contains(ProblemColumns, name), h.Ours > 0 && h.isOwn(name, i):
			c.Ignored = true
			if name == "_fix" {
				h.Fix = i
			}
		}
		h.Columns[i] = c
	}
	return h, nil
}

// assign gives the fields their columns.
func (h *Header) assign(mapped map[string]string) error {
	for f, name := range fieldNames {
		if heading := mapped[name]; heading != "" && !h.isSaid(Field(f)) {
			if err := h.byHand(Field(f), heading); err != nil {
				return err
			}
		}
	}
	forms := h.forms()
	if err := h.byWord(forms); err != nil {
		return err
	}
	h.byPair(forms)
	if err := h.byLesser(forms); err != nil {
		return err
	}
	h.byPerson(forms)
	h.byNumber(forms)
	h.oneName()
	h.findExtra()
	return nil
}

// findExtra finds the columns that are kept as they are.
func (h *Header) findExtra() {
	for i, c := range h.Columns {
		if !c.Ignored && (c.Field == "" || c.Turn > 0 || slices.Contains(keptToo, c.Field)) {
			h.Extra = append(h.Extra, i)
		}
	}
}

// keptToo are the fields that a report has no column of its own for. Their
// columns are kept with the extra ones, so that a report can be imported again. So
// are several columns of a field, of which a report has what was taken.
var keptToo = []string{"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url", "full_name", "country", "last_name_prefix"}

// forms are those of the headings; those that are taken, ignored or spoken of have
// none.
func (h *Header) forms() []forms {
	all := make([]forms, len(h.Columns))
	for i, c := range h.Columns {
		if !c.Ignored && c.Field == "" && !h.said[i] {
			all[i] = formsOf(c.Heading)
		}
	}
	return all
}

// byWord gives each field that has no column yet the one that is called so. In
// a report the contract's own word is meant, whatever else is there.
func (h *Header) byWord(all []forms) error {
	var found, weak, own [NumFields][]int
	for i, forms := range all {
		m, ok := meaningOf(forms)
		if !ok {
			continue
		}
		if m.weak {
			weak[m.field] = append(weak[m.field], i)
			continue
		}
		found[m.field] = append(found[m.field], i)
		if m.own {
			own[m.field] = append(own[m.field], i)
		}
	}
	for f, all := range found {
		f := Field(f)
		if h.barred[f] {
			continue
		}
		if len(all) == 0 {
			all = weak[f]
		}
		if len(own[f]) == 1 && (h.Ours > 0 || f == Country || f == FullName) {
			all = own[f]
		}
		all = h.withoutFlags(f, all, weak[f])
		switch {
		case len(all) == 0 || h.at[f] >= 0:
			h.rivals[f] = append(h.rivals[f], all...)
		case len(all) == 1:
			h.take(f, all[0])
		case f == Country || f == LastNamePrefix || f == FullName && h.named() || f <= LastName && h.isSaid(FullName):
			// Which one is meant matters to nobody, or only to some rows.
		default:
			return h.both(f, all)
		}
	}
	return nil
}

func (h *Header) named() bool { return h.at[FirstName] >= 0 && h.at[LastName] >= 0 }

// byPair understands a word such as "Name", by the word for the other part. Where
// the other part is there in a form that is not understood, nothing is taken.
func (h *Header) byPair(all []forms) {
	for i, forms := range all {
		pair, ok := pairOf(forms)
		if !ok || h.Columns[i].Field != "" || h.at[pair.part] >= 0 || h.barred[pair.part] {
			continue
		}
		beside := func(heading string) bool {
			heading = value.Fold(heading)
			return slices.ContainsFunc(strings.Fields(pair.beside), func(stem string) bool { return strings.Contains(heading, stem) })
		}
		other := FirstName + LastName - pair.part
		switch {
		case h.at[other] >= 0:
			if beside(h.Columns[h.at[other]].Heading) {
				h.take(pair.part, i)
			}
		case h.at[FullName] >= 0 || h.barred[FullName]:
		case slices.ContainsFunc(h.Columns, func(c Column) bool { return c.Field == "" && beside(c.Heading) }):
			h.take(pair.part, i)
		default:
			h.take(FullName, i)
		}
	}
}

// byLesser gives a field that has no column the one with a lesser word for it. Several are
// refused, as one of them may be meant; the first word is the likeliest.
func (h *Header) byLesser(all []forms) error {
	type one struct{ at, order int }
	var found [NumFields][]one
	for i, forms := range all {
		for _, form := range forms.all() {
			if l, ok := lesser()[form]; ok && h.Columns[i].Field == "" {
				found[l.field] = append(found[l.field], one{i, l.order})
				break
			}
		}
	}
	for f, all := range found {
		if len(all) == 0 || h.at[f] >= 0 || h.barred[f] {
			continue
		}
		slices.SortStableFunc(all, func(a, b one) int { return a.order - b.order })
		columns := make([]int, len(all))
		for i, l := range all {
			columns[i] = l.at
		}
		switch f := Field(f); {
		case len(columns) == 1:
			h.take(f, columns[0])
		case f <= Phone && !(f <= LastName && h.at[FullName] >= 0):
			return h.both(f, columns)
		}
	}
	return nil
}

// Counter counts the required fields that a row names, to find the header. A
// row that names one twice is a header too, a bad one; but a word that has
// more than one meaning does not make a header.
func Counter(mapped map[string]string) table.HeadCounter {
	return func(cells []string) (n int) {
		h, err := readHeader(cells)
		if err != nil {
			return 0
		}
		if h.assign(mapped) == nil {
			return h.heads(0)
		}
		if h, _ = readHeader(cells); h.assign(nil) == nil {
			return h.heads(0)
		}
		return h.heads(1)
	}
}

// heads counts the required fields that have a column, or that have several.
func (h *Header) heads(least int) (n int) {
	for _, at := range h.at[:table.RequiredColumns] {
		if at >= 0 {
			n++
		}
	}
	if full := h.at[FullName]; full >= 0 && (n > 0 || !h.isPair(full)) {
		n += 2
	}
	for _, rivals := range h.rivals[:table.RequiredColumns] {
		if len(rivals) > 1 {
			n = max(n, least)
		}
	}
	return n
}

// isPair reports whether a heading means the full name only where it stands alone.
func (h *Header) isPair(at int) bool {
	_, ok := pairOf(formsOf(h.Columns[at].Heading))
	return ok
}

// personal reports whether a heading looks like somebody's value.
func personal(heading string) bool {
	digits := 0
	for _, r := range heading {
		if r == '@' {
			return true
		}
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits > 4
}

// Place is the column in which a field is, or would be: the full name's stands for
// its parts. It is -1 if there is none.
func (h *Header) Place(f Field) int {
	if h.at[f] < 0 && (f == FirstName || f == LastName) {
		return h.at[FullName]
	}
	return h.at[f]
}

// Heading is how the file calls that column.
func (h *Header) Heading(f Field) string {
	at := h.Place(f)
	if at < 0 {
		return fieldNames[f]
	}
	return strings.TrimSpace(h.Columns[at].Heading)
}

// Name is what a column is called in a list that usher makes of this one: by its
// heading, or by its field where only a person knew that it holds it.
func (h *Header) Name(at int) string {
	if c := h.Columns[at]; !h.said[at] || c.Field == "" {
		return c.Heading
	}
	return h.Columns[at].Field
}

// ExtraNames are the names of the columns that are kept as they are.
func (h *Header) ExtraNames() []string {
	names := make([]string, len(h.Extra))
	for i, at := range h.Extra {
		names[i] = h.Name(at)
	}
	return names
}
