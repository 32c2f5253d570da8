package heading

import (
	"slices"
	"strings"

	"usher/importer/value"
)

// withoutFlags leaves out the columns for addresses or phone numbers that have nothing
// but yes and no in them, as one that says who has an e-mail address. Where none is
// left, those are meant whose words are weaker.
func (h *Header) withoutFlags(f Field, all, weak []int) []int {
	if f != Email && f != Phone || len(all) == 0 || h.first == nil {
		return all
	}
	if rest := slices.DeleteFunc(slices.Clone(all), h.hasFlags); len(rest) > 0 {
		return rest
	}
	if rest := slices.DeleteFunc(slices.Clone(weak), h.hasFlags); len(rest) > 0 {
		return rest
	}
	if slices.ContainsFunc(h.near(f, ""), func(at int) bool { return !slices.Contains(all, at) && h.filled(at) }) {
		return nil
	}
	return all
}

// hasFlags reports whether the first values of a column are yes and no, all of them.
func (h *Header) hasFlags(at int) bool {
	return h.filled(at) && !slices.ContainsFunc(h.first(), func(cells []string) bool {
		s := cell(cells, at)
		_, flaw := value.Flag(s, false)
		return s != "" && flaw != nil
	})
}

// filled reports whether a column has a value among the first.
func (h *Header) filled(at int) bool {
	return slices.ContainsFunc(h.first(), func(cells []string) bool { return cell(cells, at) != "" })
}

func cell(cells []string, at int) string {
	if at >= len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[at])
}

// byPerson takes a column that is called after the person, such as "Employee", for the
// full name, where there is no other and its first values are names of two words or
// more.
func (h *Header) byPerson(all []forms) {
	if h.first == nil || h.at[FullName] >= 0 || h.at[FirstName] >= 0 || h.at[LastName] >= 0 || len(h.rivals[FullName]) > 0 {
		return
	}
	found := -1
	for i, forms := range all {
		if h.Columns[i].Field != "" || !forms.person() || !h.hasFullNames(i) {
			continue
		}
		if found >= 0 {
			return
		}
		found = i
	}
	if found >= 0 {
		h.take(FullName, found)
	}
}

// person reports whether a heading is called after the person of the row.
func (f forms) person() bool {
	return slices.ContainsFunc(f.sure, func(form string) bool { return persons[form] })
}

// hasFullNames reports whether the first values of a column look like names, and most
// of them have two words or more.
func (h *Header) hasFullNames(at int) bool {
	short, long := 0, 0
	for _, cells := range h.first() {
		switch s := cell(cells, at); {
		case s == "":
		case !likes(FullName, s):
			return false
		case len(strings.Fields(s)) > 1:
			long++
		default:
			short++
		}
	}
	return long > short
}
