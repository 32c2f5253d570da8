package heading

import (
	"slices"

	"usher/importer/value"
)

// Repeats reports whether a row below the header names the same columns once more,
// in the same words or in others: the address, the phone number and a part of the name.
func (h *Header) Repeats(cells []string) bool {
	return h.repeatsAt(Email, cells) && h.repeatsAt(Phone, cells) &&
		slices.ContainsFunc([]Field{FirstName, LastName, FullName}, func(f Field) bool { return h.repeatsAt(f, cells) })
}

// repeatsAt reports whether a row has a heading for a field in its column.
func (h *Header) repeatsAt(f Field, cells []string) bool {
	at := h.at[f]
	if at < 0 || at >= len(cells) || personal(cells[at]) {
		return false
	}
	if word := value.Fold(cells[at]); word == "" {
		return false
	} else if word == value.Fold(h.Columns[at].Heading) {
		return true
	}
	forms := formsOf(cells[at])
	if m, ok := meaningOf(forms); ok {
		return m.field == f
	}
	pair, ok := pairOf(forms)
	return ok && (f == FullName || pair.part == f)
}
