package heading

import (
	"fmt"
	"slices"
	"strings"

	"usher/importer/table"
	"usher/importer/value"
)

// complete makes sure that all the required columns are there.
func (h *Header) complete() error {
	missing := h.missing()
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) == table.RequiredColumns:
		return h.unknown()
	}
	lacking := h.lacking(ColumnsMissing, missing)
	return table.Refuse(h.remedy(missing), "%s has no column %s; it has: %s", h.where(), strings.Join(lacking.Missing, ", "), h.list()).
		Because(lacking)
}

// completeBare makes sure that everything is said that is needed of a list
// without headings.
func (h *Header) completeBare() error {
	missing := h.missing()
	if len(missing) == 0 {
		return nil
	}
	lacking := h.lacking(ColumnsMissing, missing)
	return table.Refuse("say which of its columns is which", "%s has no headings, and nobody said which column is %s", h.where(), strings.Join(lacking.Missing, ", ")).
		Because(lacking)
}

// unknown refuses a first row that names nobody's column. It may well be a
// person, so it is shown only if nothing in it looks like one.
func (h *Header) unknown() error {
	if only := h.Columns[0].Heading; len(h.Columns) == 1 && strings.ContainsAny(only, ",;\t|:^~") {
		if _, ok := table.SepLine([]byte(only)); !ok && strings.HasPrefix(strings.ToLower(only), "sep=") {
			return table.Refuse(table.SaveAsCSV, "its first line asks for columns that are separated by %q, which usher does not read", value.Clip(only[4:], 4))
		}
		return table.Refuse(table.SaveAsCSV, "the columns of the file are not separated by commas, nor by what its first line says")
	}
	if h.inOneCell() {
		return table.Refuse("take the quotes around each line away, or in the program it comes from save the list anew, as an Excel workbook or as CSV UTF-8",
			"each line of the file is in quotes as a whole, so its columns are all in one")
	}
	for _, c := range h.Columns {
		if personal(c.Heading) {
			return table.Refuse(table.NameColumns, "%s has no header: its first row does not name its columns", h.where()).
				Because(h.lacking(HeaderIsRow, h.missing()))
		}
	}
	return table.Refuse(h.remedy([]Field{FirstName, LastName, Email, Phone}),
		"the first rows of %s name none of the columns that are needed; the first one has: %s", h.where(), h.list()).
		Because(h.lacking(HeaderUnknown, h.missing()))
}

// inOneCell reports whether the first cell has all the headings in it, and no other has
// one.
func (h *Header) inOneCell() bool {
	for i, c := range h.Columns[1:] {
		if c.Heading != fmt.Sprintf("column %d", i+2) {
			return false
		}
	}
	for _, comma := range ",;\t|" {
		if inside, err := readHeader(strings.Split(h.Columns[0].Heading, string(comma))); err == nil && inside.assign(nil) == nil && inside.heads(0) > 1 {
			return len(h.Columns) > 1
		}
	}
	return false
}

// where is what has this header: of a workbook the sheet, because it has others.
func (h *Header) where() string {
	switch {
	case h.sheet == "":
		return "the file"
	case len(h.others) == 0:
		return fmt.Sprintf("the sheet %q", h.sheet)
	}
	return fmt.Sprintf("the sheet %q (--sheet reads another one: %s)", h.sheet, value.Clip(strings.Join(h.others, ", "), 4*value.MaxShown))
}

// both refuses two columns for one field.
func (h *Header) both(f Field, all []int) error {
	h.rivals[f] = all
	problem := fmt.Sprintf("%s and %s both mean %s", h.label(all[0]), h.label(all[1]), fieldNames[f])
	if len(all) > 2 {
		labels := make([]string, len(all))
		for i, at := range all {
			labels[i] = h.label(at)
		}
		problem = fmt.Sprintf("%s all mean %s", strings.Join(labels[:min(len(labels), maxListed)], ", "), fieldNames[f])
	}
	var flags []string
	likeliest := h.likeliest(f, all)
	rival := &ColumnsError{Why: ColumnsRival, Field: fieldNames[f], Columns: likeliest}
	for _, at := range likeliest {
		heading := strings.TrimSpace(h.Columns[at].Heading)
		if flag := flagFor(f, heading); !personal(heading) && !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	if len(flags) < len(all) {
		return table.Refuse("delete one of them, or give it another name", "%s", problem).Because(rival)
	}
	return table.Refuse("say which one is meant with "+strings.Join(flags[:min(len(flags), maxFlags)], " or "), "%s", problem).Because(rival)
}

// maxFlags is how many of several columns are proposed.
const maxFlags = 4

// likeliest puts the columns first that most people mean: a mobile phone, which
// can get an SMS, and an address at work.
func (h *Header) likeliest(f Field, all []int) []int {
	words := map[Field][]string{
		Phone: {"mobil", "mobiel", "cell", "handy", "movil", "portable", "telemovel", "gsm"},
		Email: {"work", "business", "company", "geschaftlich", "dienstlich", "pro", "zakelijk", "werk", "trabajo"},
	}[f]
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b int) int {
		return h.lacks(a, words) - h.lacks(b, words)
	})
	return sorted
}

// lacks is 0 if a column's heading has one of the words in it, else 1.
func (h *Header) lacks(at int, words []string) int {
	heading := value.Fold(h.Columns[at].Heading)
	if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(heading, w) }) {
		return 0
	}
	return 1
}

// notThere refuses a mapping to a column that the file does not have.
func (h *Header) notThere(f Field, heading string) error {
	remedy := "correct --map or the profile"
	if near := h.nearest(f, heading); len(near) > 0 {
		remedy = "perhaps " + strings.Join(near, " or ") + "; else " + remedy
	}
	return table.Refuse(remedy, "%s is mapped to a column %q that the file does not have; it has: %s",
		fieldNames[f], value.Clip(heading, value.MaxShown), h.list()).
		Because(&ColumnsError{Why: ColumnNotThere, Field: fieldNames[f], Near: map[string][]int{fieldNames[f]: h.near(f, heading)}, Asked: heading})
}

// remedy names the columns that may be meant, and the flags that say so.
func (h *Header) remedy(missing []Field) string {
	var flags []string
	for _, f := range missing {
		if near := h.nearest(f, ""); len(near) > 0 {
			flags = append(flags, strings.Join(near, " or "))
		}
	}
	if len(flags) == 0 {
		return table.NameColumns + `, or say which column is which with --map, as in --map email="Work mail"`
	}
	return "if that is what they hold, add " + strings.Join(flags, " and ") + "; else " + table.NameColumns
}

// flagFor is the flag that gives a field its column.
func flagFor(f Field, heading string) string {
	return fmt.Sprintf("--map %s=%q", fieldNames[f], heading)
}

// maxListed is how many headings an error lists.
const maxListed = 12

func (h *Header) list() string {
	headings := make([]string, len(h.Columns))
	for i, c := range h.Columns {
		headings[i] = c.Heading
	}
	return List(headings)
}

// List names columns by their headings, in an error. What looks like somebody's
// value is left out, and so are all but the first of many.
func List(headings []string) string {
	var names []string
	for i, heading := range headings {
		if i == maxListed {
			names = append(names, fmt.Sprintf("and %d more", len(headings)-i))
			break
		}
		names = append(names, columnName(i, heading))
	}
	return strings.Join(names, ", ")
}

// columnName is a column's heading, if that is nobody's value.
func columnName(i int, heading string) string {
	if personal(heading) {
		return fmt.Sprintf("column %d", i+1)
	}
	return value.Clip(strings.TrimSpace(heading), value.MaxShown)
}

// label is a column's place and heading.
func (h *Header) label(i int) string {
	place := fmt.Sprintf("column %d", i+1)
	if name := columnName(i, h.Columns[i].Heading); name != place {
		return place + " (" + name + ")"
	}
	return place
}
