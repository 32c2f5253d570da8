package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/table"
	"usher/importer/table/tabletest"
	"usher/store/storetest"
)

func TestWorkbookValues(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	custom := func(code string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	day, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	var want []string
	row := 1
	set := func(value any, style int, shown string) {
		row++
		cell := fmt.Sprintf("E%d", row)
		if err := errors.Join(f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &[]any{"Ann", "Lee", "a@example.com", "+447700900001"}),
			f.SetCellValue("Sheet1", cell, value)); err != nil {
			t.Fatal(err)
		}
		if style > 0 {
			_ = f.SetCellStyle("Sheet1", cell, cell, style)
		}
		want = append(want, fmt.Sprintf("%d Ann|Lee|a@example.com|+447700900001||%s", row, shown))
	}
	_ = f.SetSheetRow("Sheet1", "A1", &[]any{"First name", "Last Name", "E-mail", "PHONE", "note"})
	set("007", 0, "007")
	set(447712345678, 0, "447712345678")
	set(447712345678, custom("0.00E+00"), "447712345678")
	set(447712345678, custom("+0"), "+447712345678")
	set(447712345678, custom(`"+"00" "0000" "000000`), "+447712345678")
	set(7, custom("000"), "007")
	set(1.5, 0, "1.5")
	set(0.1+0.2, 0, "0.3")
	set(-12.0, 0, "-12")
	set(true, 0, "TRUE")
	set(time.Date(1990, 2, 3, 0, 0, 0, 0, time.UTC), day, "1990-02-03")
	set(time.Date(2026, 2, 3, 14, 30, 0, 0, time.UTC), custom(`dd/mm/yyyy hh:mm`), "2026-02-03T14:30:00")
	set(45000, custom(`[$-407]d\. mmm yyyy;@`), "2023-03-15")
	set(45000, custom(`[Magenta]0`), "45000")
	set(1.5, custom(`[h]:mm`), "1.5")
	set("4.48E+11", 0, "4.48E+11")
	set("'+44", 0, "+44")
	set("=cmd", 0, "=cmd")
	set("חיים 世界 😀", 0, "חיים 世界 😀")
	set(" a\nb ", 0, " a\nb ")
	row += 2 // blank rows
	set("x_x000D_y", 0, "x_x000D_y")
	row++
	_ = f.SetCellRichText("Sheet1", fmt.Sprintf("E%d", row-1), []excelize.RichTextRun{{Text: "rich"}, {Text: " text", Font: &excelize.Font{Bold: true}}})
	want[len(want)-1] = fmt.Sprintf("%d Ann|Lee|a@example.com|+447700900001||rich text", row-1)
	got, format, err := read(t, tabletest.Excel(t, f), Options{})
	if diff := cmp.Diff(want, got) + cmp.Diff(table.Format{Kind: "xlsx", Sheet: "Sheet1", HeaderRow: 1}, format); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// What other programs write and Excel opens: other names of parts, and in other
// letters; and rows that a filter hides, which are read and told of.
func TestUnusualWorkbooks(t *testing.T) {
	t.Parallel()
	const links = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	row := func(n, hidden, name string) string {
		return `<row r="` + n + `"` + hidden + `><c t="s"><v>0</v></c><c t="str"><v>Lee</v></c><c t="str"><v>` + name + `@example.com</v></c><c t="str"><v>+447700900001</v></c></row>`
	}
	content := tabletest.Zip(t, map[string]string{
		"_rels/.rels":                 links + `/officeDocument" Target="/xl/workbook2.xml"/></Relationships>`,
		"xl/workbook2.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook2.xml.rels": links + `/worksheet" Target="Worksheets/Sheet1.xml"/></Relationships>`,
		"xl/SharedStrings.xml":        `<sst><si><t>Ann</t></si></sst>`,
		"xl/worksheets/sheet1.xml":    `<worksheet><sheetData>` + tabletest.HeadXML + row("2", "", "a") + row("3", ` hidden="1"`, "b") + `</sheetData></worksheet>`,
	})
	got, f, err := read(t, content, Options{})
	want := []string{"2 Ann|Lee|a@example.com|+447700900001||", "3 Ann|Lee|b@example.com|+447700900001||"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || f.HiddenRows != 1 {
		t.Errorf("%v, %d hidden\n%s", err, f.HiddenRows, diff)
	}
}

// What was 4.48E+11 before it came into a workbook is 448000000000 there.
func TestRoundedNumbers(t *testing.T) {
	t.Parallel()
	row := func(phone, id string) string {
		return `<row><c t="str"><v>Ann</v></c><c t="str"><v>Lee</v></c><c t="str"><v>a@example.com</v></c>` + phone + id + `</row>`
	}
	head := `<row><c t="str"><v>first_name</v></c><c t="str"><v>last_name</v></c><c t="str"><v>email</v></c><c t="str"><v>phone</v></c><c t="str"><v>external_id</v></c></row>`
	content := tabletest.Book(t, `<worksheet><sheetData>`+head+row(`<c><v>448000000000</v></c>`, "")+row(`<c><v>4.47712E11</v></c>`, "")+
		row(`<c><v>447712345678</v></c>`, `<c><v>1.23E15</v></c>`)+row(`<c><v>447712345678</v></c>`, `<c><v>1200000</v></c>`)+
		row(`<c t="str"><v>443300100000</v></c>`, `<c t="str"><v>100000000000</v></c>`)+`</sheetData></worksheet>`)
	got, _, err := read(t, content, Options{Defaults: Defaults{Region: "GB"}})
	want := []string{"2 phone_digits_lost", "3 phone_digits_lost", "4 external_id_number", "5 Ann|Lee|a@example.com|+447712345678|1200000|",
		"6 Ann|Lee|a@example.com|+443300100000|100000000000|"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A table gives the same applicants as CSV and as a workbook.
func TestSameTable(t *testing.T) {
	t.Parallel()
	words := []string{"", "Ann", "Lee", " x ", "007", "a,b;c", `"q"`, "two\nlines", "é世😀", "'+1", "=1+1", "yes", "a@b.example", "+447700900001", "1e5"}
	for seed := range uint64(storetest.Rows(50, 10)) {
		r := rand.New(rand.NewPCG(seed, 1))
		rows := [][]string{{"first_name", "last_name", "email", "phone", "external_id", "note"}}
		for i := range 20 {
			row := []string{"Ann", "Lee", fmt.Sprintf("a%d@example.com", i), fmt.Sprintf("+4477009%05d", i), "", ""}
			for range r.IntN(4) {
				row[r.IntN(6)] = words[r.IntN(len(words))]
			}
			rows = append(rows, row)
		}
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		f := excelize.NewFile()
		for i, row := range rows {
			for j, cell := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if err := f.SetCellStr("Sheet1", at, cell); err != nil {
					t.Fatal(err)
				}
			}
		}
		a, _, errA := read(t, text.Bytes(), Options{})
		b, _, errB := read(t, tabletest.Excel(t, f), Options{})
		if diff := cmp.Diff(a, b); diff != "" || errA != nil || errB != nil {
			t.Fatalf("seed %d: %v, %v (-csv +xlsx):\n%s", seed, errA, errB, diff)
		}
	}
}
