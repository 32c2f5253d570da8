package heading

import (
	"maps"
	"slices"
	"strings"
)

// reportColumns are columns of usher's report whose names nobody else uses;
// reportWords are those that others may use.
var (
	reportColumns = []string{"session_id", "session_url", "error_code", "sent_at", "settled_at", "outcome_status", "outcome_reason"}
	reportWords   = []string{"row", "status", "error", "attempts"}
)

// ProblemColumns are the headings that a list of problems adds to the file's own.
var ProblemColumns = []string{"_row", "_status", "_code", "_problem", "_fix"}

// findOwn finds the columns that usher's reports have. In what is certainly a
// report, one whose heading has come to have capitals, or spaces, counts too, where
// no other is called as usher writes it.
func (h *Header) findOwn(cells []string) {
	exact, anyCase := map[string]int{}, map[string]int{}
	for i := len(cells) - 1; i >= 0; i-- {
		name := strings.TrimSpace(cells[i])
		exact[name], anyCase[ownName(name)] = i, i
	}
	maps.Copy(anyCase, exact)
	h.ownAt, h.Ours = ownColumns(anyCase)
	if h.Ours < fewestOurs {
		h.ownAt, h.Ours = ownColumns(exact)
	}
}

// ownName is a heading as usher would write it, were it one of its own.
func ownName(heading string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(heading))
}

// ownColumns are usher's own of some columns, and how many only usher has.
func ownColumns(all map[string]int) (own map[string]int, ours int) {
	own = map[string]int{}
	for name, i := range all {
		if slices.Contains(reportColumns, name) {
			ours++
		} else if !slices.Contains(reportWords, name) {
			continue
		}
		own[name] = i
	}
	return own, ours
}

// fewestOurs is how many columns that only usher writes make a report certain.
const fewestOurs = 3

// IsReport reports whether this is certainly the header of one of usher's reports.
func (h *Header) IsReport() bool { return h.Ours >= fewestOurs }

// HasOwn reports whether any column is called as one of usher's own.
func (h *Header) HasOwn() bool { return len(h.ownAt) > 0 }

// Own is where one of usher's own columns is.
func (h *Header) Own(name string) (at int, ok bool) {
	at, ok = h.ownAt[name]
	return at, ok
}

// At is the column of a field, -1 if it has none.
func (h *Header) At(f Field) int { return h.at[f] }

// isOwn reports whether a column is usher's own, or is called just as one is.
func (h *Header) isOwn(name string, i int) bool {
	at, ok := h.ownAt[ownName(name)]
	return ok && at == i || slices.Contains(reportColumns, name) || slices.Contains(reportWords, name)
}
