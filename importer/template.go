package importer

import (
	"fmt"
	"io"

	"usher/importer/table"
)

// templateHeadings are those of an empty list, in words that package heading
// knows.
var templateHeadings = []string{"First name", "Last name", "E-mail", "Phone", "External reference"}

// templateNote is the line above them, which is left out when the list is read.
const templateNote = "One person in each row. Phone numbers with + and the country code, such as +44 7700 900123. " +
	"The external reference is your own number for the person, and may be left empty."

// WriteTemplate writes an empty list for people to fill in: CSV, or a workbook with
// a line that explains it.
func WriteTemplate(w io.Writer, workbook bool) error {
	err := writeTemplate(w, workbook)
	if err != nil {
		return fmt.Errorf("write a template: %w", err)
	}
	return nil
}

func writeTemplate(w io.Writer, workbook bool) error {
	if !workbook {
		out := newCSVLines(w, table.Format{})
		if err := out.Write(templateHeadings); err != nil {
			return err
		}
		return out.Flush()
	}
	out, err := newXLSXLines(w)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.sheet.SetColWidth(1, len(templateHeadings), 24); err != nil {
		return err
	}
	if err := out.allText(); err != nil {
		return err
	}
	for _, line := range [][]string{{templateNote}, templateHeadings} {
		if err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
