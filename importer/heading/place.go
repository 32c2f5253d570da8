package heading

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// byPlace gives columns the fields that a person said they hold. A column that a
// person spoke of is taken for nothing else.
func (h *Header) byPlace(places map[int]string) error {
	for _, at := range slices.Sorted(maps.Keys(places)) {
		name := places[at]
		if at < 0 || at >= len(h.Columns) {
			return &OptionError{OptionColumns, fmt.Sprintf("the list has no column %d: it has %d", at+1, len(h.Columns)), "look through the columns of this list again"}
		}
		h.said[at] = true
		if name == "" {
			continue
		}
		f := Field(slices.Index(fieldNames[:], name))
		switch {
		case f < 0:
			return &OptionError{OptionColumns, fmt.Sprintf("there is no field %q", name), "the fields are " + strings.Join(fieldNames[:], ", ")}
		case h.at[f] >= 0:
			return &OptionError{OptionColumns, fmt.Sprintf("%s and %s are both said to be %s", h.label(h.at[f]), h.label(at), name), "choose one of them"}
		}
		h.reclaim(at)
		h.take(f, at)
	}
	return nil
}

// reclaim makes a column the list's own, that was taken for one of usher's.
func (h *Header) reclaim(at int) {
	h.Columns[at].Ignored = false
	maps.DeleteFunc(h.ownAt, func(_ string, i int) bool { return i == at })
	if h.Fix == at {
		h.Fix = -1
	}
}

// bySource gives fields the columns that the settings of a source name, where
// nobody said otherwise.
func (h *Header) bySource(placed map[string][]int, mapped map[string]string) {
	for f, name := range fieldNames {
		columns := slices.DeleteFunc(slices.Clone(placed[name]), func(at int) bool { return h.said[at] || h.Columns[at].Field != "" })
		if len(columns) > 0 && h.at[f] < 0 && !h.barred[f] && mapped[name] == "" {
			h.take(Field(f), columns...)
		}
	}
}

// isSaid reports whether a person said which column holds a field.
func (h *Header) isSaid(f Field) bool { return h.at[f] >= 0 && h.said[h.at[f]] }

// oneName settles what the name is, where both its parts and the full name have a
// column: what a person said, and else the parts.
func (h *Header) oneName() {
	full, parts := h.isSaid(FullName), h.isSaid(FirstName) || h.isSaid(LastName)
	switch {
	case full && !parts:
		h.drop(FirstName)
		h.drop(LastName)
	case parts && !full, h.named():
		h.drop(FullName)
	}
}
