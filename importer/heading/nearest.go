package heading

import (
	"regexp"
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

// words are the words of a heading, without its numbers.
func words(heading string) []string {
	return strings.FieldsFunc(apart(heading), func(r rune) bool { return !unicode.IsLetter(r) })
}

// apart puts spaces where a heading is written in one, as in managerEmail, and makes
// its letters small.
func apart(heading string) string {
	var b strings.Builder
	last := ' '
	for _, r := range heading {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		last = r
	}
	return b.String()
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
		if far := distance(f, value.Fold(c.Heading), value.Fold(asked)); far < tooFar && h.mayHold(f, i) {
			found = append(found, near{i, far})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.far - b.far })
	for _, n := range found[:min(len(found), maxNear)] {
		columns = append(columns, n.at)
	}
	return columns
}

// mayHold reports whether the first values of a column do not speak against a field.
func (h *Header) mayHold(f Field, at int) bool {
	if h.first == nil {
		return true
	}
	filled := 0
	for _, cells := range h.first() {
		if at >= len(cells) || strings.TrimSpace(cells[at]) == "" {
			continue
		}
		if filled++; likes(f, strings.TrimSpace(cells[at])) {
			return true
		}
	}
	return filled == 0
}

// likes reports whether a value may be of a field.
func likes(f Field, s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	_, flaw := value.Flag(s, false)
	switch f {
	case Email:
		return strings.Contains(s, "@")
	case Phone:
		return digits >= 6 && letters <= digits && !strings.Contains(s, "@") && !date.MatchString(s)
	case FirstName, LastName, FullName:
		return letters > 0 && digits == 0 && flaw != nil && !strings.Contains(s, "@")
	}
	return true
}

// date is how dates begin in lists.
var date = regexp.MustCompile(`^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4})`)

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
	for word, m := range fieldOf() {
		if m.field == f {
			consider(word)
		}
	}
	return best
}

// Letters is in how many letters two names differ, whatever their case and signs.
func Letters(a, b string) int { return edits(value.Fold(a), value.Fold(b)) }

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
