package importer

import (
	"regexp"
	"strings"

	"usher/importer/heading"
	"usher/importer/value"
)

// codeNobody is the code of a row without a person in it.
const codeNobody = "row_without_person"

var nobodyFlaw = &value.Flaw{Code: codeNobody, Wrong: "Nobody is named in this row", Fix: "Delete the row, or fill in a name, an e-mail address and a phone number"}

var headingsFlaw = &value.Flaw{Code: codeNobody, Wrong: "The row has the headings once more", Fix: "Delete the row"}

// LeftOutRow is a row below the table that names nobody, such as a total, or one right
// below the header that has the headings once more, or the types of their values.
type LeftOutRow struct {
	Row      int    `json:"row"`
	Text     string `json:"text"`
	Headings bool   `json:"headings,omitempty"`
	Types    bool   `json:"types,omitempty"` // what the values of the columns are
}

// leftOut are the rows that were left out above and below the people.
func (r *rowReader) leftOut() (all []LeftOutRow) {
	if r.ahead == nil {
		return nil
	}
	for _, held := range r.ahead.headings {
		types := r.isTypes(held.cells)
		all = append(all, LeftOutRow{Row: held.number, Text: held.text(), Headings: !types, Types: types})
	}
	for _, held := range r.ahead.leftOut {
		all = append(all, LeftOutRow{Row: held.number, Text: held.text()})
	}
	return all
}

// text is what a row has in its cells, as it is shown.
func (h heldRow) text() string {
	var filled []string
	for _, cell := range h.cells {
		if s := strings.TrimSpace(cell); s != "" {
			filled = append(filled, s)
		}
	}
	return value.Clip(strings.Join(filled, " "), value.MaxShown)
}

// isHeadings reports whether a row of the list, in which nobody mended anything, is the
// headings once more, or says what their values are.
func (r *rowReader) isHeadings(row int, cells []string) bool {
	m := r.mended.of(row)
	return len(m.cells) == 0 && !m.leftOut && (r.header.Repeats(cells) || r.isTypes(cells))
}

// isTypes reports whether a row says what the values of the columns are, and of nobody
// what they are.
func (r *rowReader) isTypes(cells []string) bool {
	return !r.hasContact(cells) && r.header.IsTypes(cells)
}

// isNobody reports whether a row of the list, in which nobody mended anything, names
// nobody.
func (r *rowReader) isNobody(row int, cells []string) bool {
	if m := r.mended.of(row); len(m.cells) > 0 || m.leftOut {
		return false
	}
	return r.namesNobody(cells)
}

// namesNobody reports whether a row has neither an address nor a phone number, and no
// more than one value or a line as lists end with.
func (r *rowReader) namesNobody(cells []string) bool {
	if r.hasContact(cells) {
		return false
	}
	filled, first, letters, digits := 0, "", false, false
	for i, cell := range cells {
		s := strings.TrimSpace(cell)
		if s == "" || i < len(r.header.Columns) && r.header.Columns[i].Ignored {
			continue
		}
		if strings.Contains(s, "@") {
			return false
		}
		if filled++; filled == 1 {
			first = s
		} else {
			letters, digits = letters || strings.ContainsFunc(s, isLetter), digits || strings.ContainsAny(s, "0123456789")
		}
	}
	if filled <= 1 || totals.MatchString(first) && !letters {
		return true
	}
	return filled <= 4 && endings.MatchString(first) && (digits || strings.ContainsAny(first, " :")) // Page is a last name, too
}

// isLone reports whether a row has one value and no more.
func (r *rowReader) isLone(cells []string) bool {
	filled := 0
	for i, cell := range cells {
		if strings.TrimSpace(cell) != "" && !(i < len(r.header.Columns) && r.header.Columns[i].Ignored) {
			filled++
		}
	}
	return filled == 1
}

// hasContact reports whether there is an address, or what may be a phone number,
// where such are.
func (r *rowReader) hasContact(cells []string) bool {
	if strings.Contains(cellAt(cells, r.header.From(heading.Email, cells)), "@") {
		return true
	}
	digits := 0
	for _, c := range cellAt(cells, r.header.From(heading.Phone, cells)) {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits >= fewestDialled
}

// fewestDialled are the digits of the shortest phone numbers.
const fewestDialled = 5

// isEmpty reports whether a row has nothing in any column that is needed.
func (r *rowReader) isEmpty(cells []string) bool {
	for _, f := range []heading.Field{heading.Email, heading.Phone, heading.FirstName, heading.LastName, heading.FullName} {
		if strings.TrimSpace(cellAt(cells, r.header.From(f, cells))) != "" {
			return false
		}
	}
	return true
}

func cellAt(cells []string, at int) string {
	if at < 0 || at >= len(cells) {
		return ""
	}
	return cells[at]
}

func isLetter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 0xC0 }

// totals begin a line of numbers, and endings one about the list, in the seven
// languages.
var (
	totals = regexp.MustCompile(`(?i)^[\s*=-]*(grand |sub-?)?(total|totals|sum|count|summe|gesamt|gesamtsumme|insgesamt|zwischensumme|anzahl|somme|nombre|suma|recuento|` +
		`totaal|som|aantal|totale|somma|conteggio|soma|contagem)\b`)
	endings = regexp.MustCompile(`(?i)^[\s*=-]*(exported|generated|printed|created|downloaded|report|page|as of|end of|rows?:|records?|exportiert|erstellt|gedruckt|stand|seite|ende|` +
		`exporté|généré|imprimé|édité|créé|fin d|exportado|generado|impreso|página|fin del|geëxporteerd|gegenereerd|afgedrukt|pagina|einde|esportato|generato|stampato|fine|gerado|impresso|fim)(\s|:|$)`)
)
