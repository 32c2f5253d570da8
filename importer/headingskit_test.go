package importer

import (
	"bytes"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// headingsBook is a workbook with numbers of employees that are numbers, one of them
// shortened, dates, and a total.
func headingsBook(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	day := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range [][]any{
		{"Employee ID", "First Name", "Last Name", "Email", "Phone", "Start"},
		{42, "Ada", "Lovelace", "ada@example.com", "+15192223333", day},
		{123400000000000, "Bob", "Ray", "bob@example.com", "+15192223334", day},
		{"Total", 2},
	} {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil {
				err = f.SetCellValue("Sheet1", name, cell)
			}
			if _, ok := cell.(time.Time); ok && err == nil {
				err = f.SetCellStyle("Sheet1", name, name, style)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
