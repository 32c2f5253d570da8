package heading

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/importer/value"
)

// withGuesses adds to a field that no heading is near to the columns whose first values
// may all be of it. Where these are full names, that is one doubt instead of two.
func (h *Header) withGuesses(asked []Doubt) []Doubt {
	names := 0
	for i, d := range asked {
		if len(d.Columns) > 0 || d.Why != string(ColumnsMissing) && d.Why != string(HeaderUnknown) {
			continue
		}
		f := Field(slices.Index(fieldNames[:], d.Field))
		asked[i].Columns = h.guesses(func(at int) bool { return h.canBe(f, at) })
		if f == FirstName || f == LastName {
			names++
		}
	}
	if names < 2 || h.barred[FullName] {
		return asked
	}
	full := h.guesses(func(at int) bool { return h.canBe(FullName, at) && h.hasFullNames(at) })
	if len(full) == 0 {
		return asked
	}
	first := slices.IndexFunc(asked, func(d Doubt) bool { return d.Field == fieldNames[FirstName] })
	asked[first] = Doubt{fieldNames[FullName], full, asked[first].Why}
	return slices.DeleteFunc(asked, func(d Doubt) bool { return d.Field == fieldNames[LastName] })
}

// guesses are the first columns that may be meant.
func (h *Header) guesses(may func(at int) bool) (columns []int) {
	for at := range h.Columns[:min(len(h.Columns), maxSearched)] {
		if len(columns) < maxNear && may(at) {
			columns = append(columns, at)
		}
	}
	return columns
}

// canBe reports whether a column that is taken for nothing has values of a field alone.
func (h *Header) canBe(f Field, at int) bool {
	c := h.Columns[at]
	if c.Ignored || c.Field != "" || h.said[at] || strange(c.Heading) || h.first == nil {
		return false
	}
	filled, values := 0, map[string]bool{}
	for _, cells := range h.first() {
		s := cell(cells, at)
		if s == "" {
			continue
		}
		if !likes(f, s) || isName(f) && (!writtenAsName(s) || value.IsTitle(s)) {
			return false
		}
		filled, values[s] = filled+1, true
	}
	// Departments and places come again and again, names of people less so.
	return filled > 0 && (!isName(f) || filled < fewNames || 2*len(values) > filled)
}

// fewNames are too few to say whether they come again and again.
const fewNames = 5

func isName(f Field) bool { return f == FirstName || f == LastName || f == FullName }

// writtenAsName reports whether a text is written as names are and sentences are not: a
// few words with capitals, save what may stand within a name.
func writtenAsName(s string) bool {
	all := strings.Fields(s)
	for _, word := range all {
		r, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLower(r) && !value.IsParticle(strings.TrimRight(word, ".,")) {
			return false
		}
	}
	return len(all) <= 6
}
