package batch

import (
	"io"

	"usher/importer"
)

// WriteTemplate writes an empty list for people to fill in: CSV, or a workbook with
// a line that explains it.
func WriteTemplate(w io.Writer, workbook bool) error { return importer.WriteTemplate(w, workbook) }
