package heading

// ColumnsError is why a header is not understood, as data: a [table.FileError]
// that can be mended by saying which column is which wraps one. Whoever asks a
// person on a page finds its own words for it, and proposes the columns; the
// words of the FileError are for the command line.
type ColumnsError struct {
	Why     Fault
	Missing []string         // the fields that have no column
	Near    map[string][]int // the columns that may hold one of them, the likeliest first
	Field   string           // that is meant by Columns, or that is mapped to what is not there
	Columns []int            // the columns in question
	Asked   string           `json:",omitempty"` // the heading that is not there
}

func (e *ColumnsError) Error() string { return string(e.Why) }

// Fault is what is wrong with a header.
type Fault string

// What may be wrong, and what is told of it. A header of somebody's values is most
// likely no header: the row of a person, or a title.
const (
	ColumnsMissing    Fault = "columns_missing"    // Missing, Near
	HeaderUnknown     Fault = "header_unknown"     // likewise: no column that is needed is named
	HeaderIsRow       Fault = "header_is_row"      // likewise: and it looks like somebody's row
	ColumnsRival      Fault = "columns_rival"      // Columns all mean Field
	ColumnNotThere    Fault = "column_not_there"   // Field is mapped to Asked, a heading that no column has; Near
	ColumnsAlike      Fault = "columns_alike"      // Field is mapped to a heading that all of Columns have
	ColumnTaken       Fault = "column_taken"       // Field is mapped to a column that another is mapped to
	HeadingUnreadable Fault = "heading_unreadable" // Columns has a control character in its heading
)

// missing are the required fields that have no column.
func (h *Header) missing() (all []Field) {
	for _, f := range []Field{FirstName, LastName, Email, Phone} {
		if h.at[f] < 0 && (f > LastName || h.at[FullName] < 0) {
			all = append(all, f)
		}
	}
	return all
}

// lacking tells what is missing, and the columns that may be meant.
func (h *Header) lacking(why Fault, missing []Field) *ColumnsError {
	e := &ColumnsError{Why: why, Near: map[string][]int{}}
	for _, f := range missing {
		e.Missing = append(e.Missing, fieldNames[f])
		if near := h.near(f, ""); len(near) > 0 {
			e.Near[fieldNames[f]] = near
		}
	}
	return e
}
