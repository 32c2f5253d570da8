package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// field is a value of an applicant that a column can hold.
type field int

const (
	firstName field = iota
	lastName
	email
	phone
	externalID
	sendEmailInvite
	sendPhoneInvite
	workflowID
	redirectURL
	fieldCount
)

// fieldNames are the names of the contract, which the header may spell
// otherwise; see fold.
var fieldNames = [fieldCount]string{"first_name", "last_name", "email", "phone", "external_id",
	"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url"}

// requiredFields is how many of them, from the first, a file must have.
const requiredFields = 4

// needed is the remedy when they are not there.
const needed = "name the columns first_name, last_name, email and phone in the first row of the file"

// Column is a column of a file and what it was taken for.
type Column struct {
	Heading string `json:"heading"`
	Field   string `json:"field,omitempty"`   // the field it holds
	Ignored bool   `json:"ignored,omitempty"` // it is usher's own, from a report
}

// header is how the columns of a file are understood.
type header struct {
	columns []Column
	at      [fieldCount]int // where each field is, -1 when it is not there
	extra   []int           // the columns that are kept as they are
}

// mapHeader understands the first row of a file, or refuses it.
func mapHeader(cells []string) (*header, error) {
	h := &header{columns: make([]Column, len(cells))}
	for f := range h.at {
		h.at[f] = -1
	}
	ours := isReport(cells)
	for i, cell := range cells {
		heading := unmark(cell)
		if i := strings.IndexFunc(heading, isBadControl); i >= 0 {
			return nil, refuse("type that heading again", "the heading of a column has a control character in it")
		}
		h.columns[i] = Column{Heading: heading}
		if err := h.place(i, ours); err != nil {
			return nil, err
		}
	}
	return h, h.complete()
}

// place decides what column i is.
func (h *header) place(i int, ours bool) error {
	c := &h.columns[i]
	name := strings.TrimSpace(c.Heading)
	if f := slices.Index(foldedNames, fold(name)); f >= 0 {
		if h.at[f] >= 0 {
			return refuse("delete one of them, or give it another name", "column %d (%s) and column %d (%s) both mean %s",
				h.at[f]+1, h.columns[h.at[f]].Heading, i+1, c.Heading, fieldNames[f])
		}
		h.at[f], c.Field = i, fieldNames[f]
		return nil
	}
	if ours && (reportColumns[name] || reportWords[name]) {
		c.Ignored = true
		return nil
	}
	if name == "" {
		c.Heading = fmt.Sprintf("column %d", i+1)
	}
	h.extra = append(h.extra, i)
	return nil
}

var foldedNames = func() []string {
	all := make([]string, fieldCount)
	for f, name := range fieldNames {
		all[f] = fold(name)
	}
	return all
}()

// fold makes headings equal that differ in case, spaces, "_" and "-" only, so
// first_name, firstName and "First Name" are one.
func fold(heading string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, heading)
}

// reportColumns are columns of usher's report, and of its list of problems,
// whose names nobody else uses; reportWords are those that others may use.
var (
	reportColumns = set("session_id", "session_url", "error_code", "sent_at", "settled_at", "outcome_status",
		"outcome_reason", "_row", "_status", "_code", "_problem", "_fix")
	reportWords = set("row", "status", "error", "attempts")
)

func set(names ...string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}

// isReport reports whether a file is, or was, written by usher. Only then are
// a "status" and a "row" usher's, and not HR's.
func isReport(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return reportColumns[strings.TrimSpace(c)] })
}

// complete makes sure that all the required columns are there.
func (h *header) complete() error {
	var missing []string
	for f := range requiredFields {
		if h.at[f] < 0 {
			missing = append(missing, fieldNames[f])
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) == requiredFields:
		return h.unknown()
	}
	return refuse(needed, "the file has no column %s; it has: %s", strings.Join(missing, ", "), h.list())
}

// unknown refuses a first row that names nobody's column. It may well be a
// person, so it is shown only if nothing in it looks like one.
func (h *header) unknown() error {
	if len(h.columns) == 1 && strings.ContainsAny(h.columns[0].Heading, ";\t|") {
		return refuse(saveAsCSV, "the columns of the file are not separated by commas")
	}
	for _, c := range h.columns {
		if personal(c.Heading) {
			return refuse(needed, "the file has no header: its first row does not name its columns")
		}
	}
	return refuse(needed, "the first row names none of the columns that are needed; it has: %s", h.list())
}

// personal reports whether a heading looks like somebody's value.
func personal(heading string) bool {
	digits := 0
	for _, r := range heading {
		if r == '@' {
			return true
		}
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits > 4
}

// maxListed is how many headings an error lists.
const maxListed = 12

func (h *header) list() string {
	var names []string
	for i, c := range h.columns {
		if i == maxListed {
			names = append(names, fmt.Sprintf("and %d more", len(h.columns)-i))
			break
		}
		if personal(c.Heading) {
			names = append(names, fmt.Sprintf("column %d", i+1))
			continue
		}
		names = append(names, clip(strings.TrimSpace(c.Heading), maxShown))
	}
	return strings.Join(names, ", ")
}

// heading is how the file calls a field's column.
func (h *header) heading(f field) string {
	if h.at[f] < 0 {
		return fieldNames[f]
	}
	return strings.TrimSpace(h.columns[h.at[f]].Heading)
}

// extraNames are the headings of the columns that are kept as they are.
func (h *header) extraNames() []string {
	names := make([]string, len(h.extra))
	for i, at := range h.extra {
		names[i] = h.columns[at].Heading
	}
	return names
}
