package heading

import (
	"slices"
	"strings"

	"usher/importer/table"
	"usher/importer/value"
)

// between stands between the columns of a field that has several.
const between = "|"

// bar notes the fields that are mapped to nothing: no column holds them, whatever it
// is called. What a person said of a column goes before it.
func (h *Header) bar(mapped map[string]string) {
	for f, name := range fieldNames {
		if heading, ok := mapped[name]; ok && heading == "" && h.at[f] < 0 {
			h.barred[f] = true
		}
	}
}

// take gives a field its column, or several of which in each row the first counts
// that is filled.
func (h *Header) take(f Field, columns ...int) {
	h.at[f] = columns[0]
	if len(columns) > 1 {
		h.turns[f] = columns
	}
	for turn, at := range columns {
		c := &h.Columns[at]
		if c.Field = fieldNames[f]; len(columns) > 1 {
			c.Turn = turn + 1
		}
	}
}

// drop takes a field its columns, if it has any.
func (h *Header) drop(f Field) {
	for i := range h.Columns {
		if c := &h.Columns[i]; c.Field == fieldNames[f] {
			c.Field, c.Turn = "", 0
		}
	}
	h.at[f], h.turns[f] = -1, nil
}

// HasTurns reports whether any field has several columns.
func (h *Header) HasTurns() bool {
	return slices.ContainsFunc(h.turns[:], func(columns []int) bool { return columns != nil })
}

// From is the column that a row has a field in: of several the first that is filled,
// or the first of all where none is. It is -1 if the field has none.
func (h *Header) From(f Field, cells []string) int {
	for _, at := range h.turns[f] {
		if at >= len(cells) {
			continue
		}
		if s := value.Clean(cells[at]); s != "" && !(value.IsNothing(s) && (f == Email || f == Phone)) {
			return at
		}
	}
	return h.at[f]
}

// Turns are the columns of a field that has several, in their order; else none.
func (h *Header) Turns(f Field) []int { return h.turns[f] }

// Without is how the columns of a field are mapped without one of them; empty if that
// was all.
func (h *Header) Without(at int) string {
	var rest []string
	for _, i := range h.turns[max(0, slices.Index(fieldNames[:], h.Columns[at].Field))] {
		if i != at {
			rest = append(rest, strings.TrimSpace(h.Columns[i].Heading))
		}
	}
	return strings.Join(rest, between)
}

// IsNeeded reports whether a list cannot do without a column for a field.
func IsNeeded(field string) bool { return slices.Contains(fieldNames[:table.RequiredColumns], field) }

// byHand gives a field the column that a person named, or the several that stand
// between bars, unless something else was said of them.
func (h *Header) byHand(f Field, text string) error {
	columns, err := h.columnsOf(f, text)
	if err != nil {
		return err
	}
	columns = slices.DeleteFunc(columns, func(at int) bool { return h.said[at] })
	if len(columns) == 0 {
		return nil
	}
	for i, at := range columns {
		c := h.Columns[at]
		if slices.Contains(columns[:i], at) {
			return table.Refuse("name it once", "%s is named twice for %s", h.label(at), fieldNames[f]).
				Because(&ColumnsError{Why: ColumnTaken, Field: fieldNames[f], Columns: []int{at}})
		}
		if c.Field != "" {
			return table.Refuse("map each field to a column of its own", "%s is mapped to both %s and %s", h.label(at), c.Field, fieldNames[f]).
				Because(&ColumnsError{Why: ColumnTaken, Field: fieldNames[f], Columns: []int{at}})
		}
	}
	h.take(f, columns...)
	return nil
}

// columnsOf finds the columns that a person named for a field. A heading may have a bar
// in it: the whole text is looked for first, and then from the left the longest piece
// that is a heading.
func (h *Header) columnsOf(f Field, text string) (columns []int, err error) {
	pieces := strings.Split(text, between)
	for from := 0; from < len(pieces); {
		to := len(pieces)
		for to > from+1 && len(h.called(strings.Join(pieces[from:to], between))) == 0 {
			to--
		}
		name := strings.TrimSpace(strings.Join(pieces[from:to], between))
		found := h.called(name)
		switch free := slices.DeleteFunc(slices.Clone(found), func(at int) bool { return h.said[at] }); {
		case len(found) == 0:
			return nil, h.notThere(f, name)
		case len(free) > 1:
			return nil, table.Refuse("give one of them another name in the file", "%s and %s are both called as --map %s says", h.label(free[0]), h.label(free[1]), fieldNames[f]).
				Because(&ColumnsError{Why: ColumnsAlike, Field: fieldNames[f], Columns: free})
		default:
			columns = append(columns, free...)
		}
		from = to
	}
	return columns, nil
}

// called are the columns with a heading: letter for letter, else as people may write
// it too, but never one without a bar for one that has it.
func (h *Header) called(heading string) []int {
	same := func(equal func(string) bool) (all []int) {
		for i, c := range h.Columns {
			if !c.Ignored && equal(strings.TrimSpace(c.Heading)) {
				all = append(all, i)
			}
		}
		return all
	}
	heading = strings.TrimSpace(heading)
	found := same(func(s string) bool { return s == heading })
	if word := value.Fold(heading); len(found) == 0 && word != "" {
		found = same(func(s string) bool {
			return value.Fold(s) == word && strings.Contains(s, between) == strings.Contains(heading, between)
		})
	}
	return found
}

// Also are the columns that may hold a field too, beside those that do: their headings are
// near to its words, and tell them from others.
func (h *Header) Also(f Field) []int {
	return slices.DeleteFunc(h.near(f, ""), func(at int) bool { return !h.canBeNamed(at) })
}

// With is the flag that gives a field one more column, which counts where the others are
// empty.
func (h *Header) With(f Field, at int) string {
	all := h.turns[f]
	if all == nil {
		all = []int{h.at[f]}
	}
	var names []string
	for _, i := range append(slices.Clone(all), at) {
		names = append(names, strings.TrimSpace(h.Columns[i].Heading))
	}
	return flagFor(f, strings.Join(names, between))
}
