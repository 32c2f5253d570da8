package table

// LayoutError is why the rows of a file, or their headings, are not where they were
// looked for, as data: a [FileError] that can be mended by choosing a sheet or the
// row of the headings wraps one.
type LayoutError struct {
	Why    Fault
	Row    int      // in which the headings were said to be
	Sheets []string // of the workbook, those that are hidden as well
}

func (e *LayoutError) Error() string { return string(e.Why) }

// Fault is what is wrong with a layout.
type Fault string

// What may be wrong.
const (
	SheetNotThere     Fault = "sheet_not_there"      // the workbook has no sheet that is called so
	SheetsHidden      Fault = "sheets_hidden"        // no sheet of it can be seen, and none was named
	SheetOfText       Fault = "sheet_of_text"        // a sheet was named, but this is a text
	SheetEmpty        Fault = "sheet_empty"          // the sheet has no rows
	HeaderRowNotThere Fault = "header_row_not_there" // the row of the headings is blank, below the last one, or too far down
	NoRows            Fault = "no_rows"              // there is nobody below the headings
)
