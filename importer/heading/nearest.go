package heading

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/importer/value"
)

// maxNear is how many columns are proposed for a field.
const maxNear = 3

// strangers are words in headings of columns that hold something of somebody
// else's, or something else. They are not proposed.
var strangers = strings.Fields(`manager managers supervisor emergency assistant spouse partner parent guardian reference recruiter
	hiring company employer fax label type verified status date optin file username login user notfall notfallkontakt vorgesetzter firma
	abteilung telefax urgence responsable entreprise emergencia jefe empresa noodgeval leidinggevende bedrijf azienda emergenza department`)

// strange reports whether a heading has one of them in it.
func strange(heading string) bool {
	return slices.ContainsFunc(words(heading), func(w string) bool { return slices.Contains(strangers, w) })
}

// words takes a heading apart, also where it is written in one: managerEmail.
func words(heading string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range heading {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		last = r
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) })
}

// maxSearched is how many columns are searched for them.
const maxSearched = 200

// nearest are flags for the columns that may hold a field.
func (h *Header) nearest(f Field, asked string) (flags []string) {
	for _, at := range h.near(f, asked) {
		flags = append(flags, flagFor(f, strings.TrimSpace(h.Columns[at].Heading)))
	}
	return flags
}

// near are the columns that may hold a field: those whose heading is nearly one of
// its words, or nearly what was asked for, or has one in it.
func (h *Header) near(f Field, asked string) (columns []int) {
	type near struct {
		at, far int
	}
	var found []near
	for i, c := range h.Columns[:min(len(h.Columns), maxSearched)] {
		if c.Ignored || c.Field != "" || h.said[i] || personal(c.Heading) || utf8.RuneCountInString(c.Heading) > value.MaxShown || asked == "" && strange(c.Heading) {
			continue
		}
		if far := distance(f, value.Fold(c.Heading), value.Fold(asked)); far < tooFar {
			found = append(found, near{i, far})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.far - b.far })
	for _, n := range found[:min(len(found), maxNear)] {
		columns = append(columns, n.at)
	}
	return columns
}

// tooFar is a distance at which words have nothing to do with each other.
const tooFar = 100

// distance is how far a heading is from the words for a field.
func distance(f Field, heading, asked string) int {
	if heading == "" {
		return tooFar
	}
	if pair, ok := pairs[heading]; ok && (f == FirstName || f == LastName) {
		if pair.part == f {
			return 0
		}
		return 1
	}
	best := tooFar
	consider := func(word string) {
		if d := edits(heading, word); d <= min(3, (len(word)+1)/3) {
			best = min(best, d)
		} else if len(word) > 3 && (strings.Contains(heading, word) || len(heading) > 3 && strings.Contains(word, heading)) {
			best = min(best, 10+max(len(heading)-len(word), len(word)-len(heading)))
		}
	}
	if asked != "" {
		consider(asked)
	}
	for word, m := range fieldOf {
		if m.field == f {
			consider(word)
		}
	}
	return best
}

// edits is how many letters differ (Levenshtein).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
