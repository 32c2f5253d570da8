package heading

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Doubts finds all that is in doubt of a header that [Read] refuses, by answering each
// doubt with the likeliest column and reading again. It returns what was understood at
// the end, nil if that is nothing, and the columns of fields as [ParseMap] has them,
// what is known and the answers. The error is nil if the header can be read with them.
func Doubts(cells []string, known Known) (h *Header, all []Doubt, mapped map[string]string, err error) {
	mapped = map[string]string{}
	maps.Copy(mapped, known.Mapped)
	known.Mapped = mapped
	for range 4 * NumFields { // several columns of a field may be spelled wrong
		h, err = Read(cells, known)
		var wrong *ColumnsError
		if !errors.As(err, &wrong) {
			break
		}
		asked := h.withGuesses(wrong.doubts())
		all = append(all, asked...)
		if !h.answer(asked, wrong.Asked, mapped) {
			break
		}
	}
	if h != nil {
		all = append(all, h.Doubts...)
	}
	return h, all, mapped, err
}

// doubts are those of a refusal that an answer can settle.
func (e *ColumnsError) doubts() (all []Doubt) {
	switch e.Why {
	case ColumnsRival:
		all = append(all, Doubt{e.Field, e.Columns, string(e.Why)})
	case ColumnNotThere:
		all = append(all, Doubt{e.Field, e.Near[e.Field], string(e.Why)})
	case ColumnsMissing, HeaderUnknown:
		for _, field := range e.Missing {
			all = append(all, Doubt{field, e.Near[field], string(e.Why)})
		}
	}
	return all
}

// answer maps each field that is asked for to the likeliest column that no other has,
// in the place of a heading that is not there. It reports whether all have one.
func (h *Header) answer(asked []Doubt, wrong string, mapped map[string]string) bool {
	var taken []int
	for _, d := range asked {
		at := slices.IndexFunc(d.Columns, func(at int) bool { return !slices.Contains(taken, at) && h.canBeNamed(at) })
		if at < 0 {
			continue
		}
		taken = append(taken, d.Columns[at])
		name := strings.TrimSpace(h.Columns[d.Columns[at]].Heading)
		if d.Why == string(ColumnsRival) {
			name = h.completed(d.Columns)
		}
		mapped[d.Field] = instead(mapped[d.Field], wrong, name)
	}
	return len(taken) == len(asked) && len(asked) > 0
}

// completed is how columns that mean one field are mapped: the likeliest, and behind it
// those that are filled in one of the first rows where all before them are empty.
func (h *Header) completed(columns []int) string {
	var names []string
	var taken []int
	for _, at := range columns {
		if !h.canBeNamed(at) || len(taken) > 0 && !h.adds(taken, at) {
			continue
		}
		names, taken = append(names, strings.TrimSpace(h.Columns[at].Heading)), append(taken, at)
	}
	return strings.Join(names, between)
}

// adds reports whether a column is filled in one of the first rows in which others are
// not.
func (h *Header) adds(others []int, at int) bool {
	filled := func(cells []string, at int) bool { return at < len(cells) && strings.TrimSpace(cells[at]) != "" }
	return h.first != nil && slices.ContainsFunc(h.first(), func(cells []string) bool {
		return filled(cells, at) && !slices.ContainsFunc(others, func(other int) bool { return filled(cells, other) })
	})
}

// canBeNamed reports whether a heading tells its column from others, and is nobody's
// value.
func (h *Header) canBeNamed(at int) bool {
	name := h.Columns[at].Heading
	return !personal(name) && len(h.called(name)) == 1
}

// instead puts a heading into the place of one that is not there, which may be one of
// several.
func instead(text, wrong, heading string) string {
	pieces := strings.Split(text, between)
	for i, piece := range pieces {
		if strings.TrimSpace(piece) == wrong {
			pieces[i] = heading
			return strings.Join(pieces, between)
		}
	}
	return heading
}

// LastNameFirst reports whether a heading of full names has the word for the last name
// before the one for the first.
func LastNameFirst(heading string) bool {
	heading = strings.ToLower(heading)
	for _, words := range [][2]string{{"last", "first"}, {"surname", "name"}, {"family", "given"}, {"nachname", "vorname"}, {"nom", "prénom"}, {"nom", "prenom"},
		{"apellido", "nombre"}, {"achternaam", "voornaam"}, {"cognome", "nome"}, {"apelido", "nome"}} {
		last, rest, both := strings.Cut(heading, words[0])
		if both && strings.Contains(rest, words[1]) && !strings.Contains(last, words[1]) {
			return true
		}
	}
	return false
}
