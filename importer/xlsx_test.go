package importer

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func zipOf(tb testing.TB, parts map[string]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) { // the sheets come last
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(parts[name]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// book is a workbook with one sheet, of this XML.
func book(tb testing.TB, sheet string, more ...string) []byte {
	const office, main = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const links = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + office
	parts := map[string]string{
		"_rels/.rels":                links + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		workbookPart:                 `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": links + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
	for i := 0; i+1 < len(more); i += 2 {
		parts[more[i]] = more[i+1]
	}
	return zipOf(tb, parts)
}

const headXML = `<row r="1"><c r="A1" t="inlineStr"><is><t>first_name</t></is></c><c t="inlineStr"><is><t>last_name</t></is></c>` +
	`<c r="C1" t="str"><v>email</v></c><c r="D1" t="str"><v>phone</v></c><c r="E1" t="str"><v>note</v></c></row>`

func excel(t *testing.T, f *excelize.File) []byte {
	t.Helper()
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

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
	got, format, err := read(t, excel(t, f), Options{})
	if diff := cmp.Diff(want, got) + cmp.Diff(Format{Kind: "xlsx", Sheet: "Sheet1", HeaderRow: 1}, format); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	fill := func(name string, rows ...[]any) {
		_, _ = f.NewSheet(name)
		for i, r := range rows {
			_ = f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &r)
		}
	}
	header := []any{"first_name", "last_name", "email", "phone"}
	fill("Old", header, []any{"Old", "Lee", "old@example.com", "+447700900009"})
	_ = f.SetSheetVisible("Old", false)
	fill("About", []any{"How to fill this in"})
	fill("People", []any{"Staff, 2026"}, nil, header, []any{"Ann", "Lee", "ann@example.com", "+447700900001"})
	fill("More", header, []any{"Bob", "Lee", "bob@example.com", "+447700900002"})
	content := excel(t, f)
	for sheet, want := range map[string]string{"": "4 Ann", "more": "2 Bob", "Old": "2 Old"} {
		got, format, err := read(t, content, Options{Sheet: sheet})
		if err != nil || len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q: got %v, %v", sheet, got, err)
		}
		wantFormat := Format{Kind: "xlsx", Sheet: "People", OtherSheets: []string{"Sheet1", "About", "More"}, HeaderRow: 3, SkippedRows: []int{1}}
		if diff := cmp.Diff(wantFormat, format); sheet == "" && diff != "" {
			t.Error(diff)
		}
	}
	_, _, err := read(t, content, Options{Sheet: "Nobody"})
	if err == nil || !strings.Contains(err.Error(), `no sheet "Nobody"; it has: Sheet1, Old, About, People, More`) {
		t.Errorf("got %v", err)
	}
	if _, _, err := read(t, []byte(renee), Options{Sheet: "People"}); err == nil {
		t.Error("a text file has a sheet")
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	ann := `<row r="2"><c t="str"><v>Ann</v></c><c t="str"><v>Lee</v></c><c t="str"><v>a@example.com</v></c><c t="str"><v>+447700900001</v></c></row>`
	begin, end := `<worksheet><sheetData>`+headXML+ann, `</sheetData></worksheet>`
	if got, _, err := read(t, book(t, begin+end), Options{}); err != nil || len(got) != 1 {
		t.Errorf("sound: %v, %v", got, err)
	}
	for name, c := range map[string]struct {
		sheet, want string
	}{
		"cut":           {begin + `<row r="3"><c t="str"><v>Bob`, "cannot be read below row 3"},
		"cut after row": {begin, "cannot be read below row 2"},
		"not XML":       {begin + `<row r="3"><c t=x></row>` + end, "damaged"},
		"backwards":     {begin + headXML + end, "cannot be read below row 2"},
		"no string":     {begin + `<row><c t="s"><v>5</v></c></row>` + end, "damaged"},
		"formula":       {begin + `<row><c><f>A1</f></c></row>` + end, "row 3 of sheet \"People\" has a formula that was never worked out"},
		"far column":    {begin + `<row><c r="XFE3" t="str"><v>x</v></c></row>` + end, "more than 16384 columns"},
		"far row":       {begin + `<row r="1048577"><c t="str"><v>x</v></c></row>` + end, "more than Excel has"},
		"huge cell":     {begin + `<row><c t="str"><v>` + randomText(2<<20) + `</v></c></row>` + end, "too long"},
		"huge gap":      {begin + `<!--` + randomText(9<<20) + `-->` + end, "too long"},
		"bomb":          {begin + strings.Repeat(" ", ratioFrom) + end, "absurd size"},
	} {
		_, _, err := read(t, book(t, c.sheet), Options{})
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, c.want) || refused.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	flipped := book(t, begin+end)
	flipped[bytes.Index(flipped, []byte("PK\x01\x02"))-40] ^= 1
	if _, _, err := read(t, flipped, Options{}); err == nil {
		t.Error("a changed byte is not noticed")
	}
}

// randomText does not shrink, so it is no bomb.
func randomText(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz012345"[r.IntN(32)]
	}
	return string(b)
}

// What other programs write and Excel opens: other names of parts, and in other
// letters; and rows that a filter hides, which are read and told of.
func TestUnusualWorkbooks(t *testing.T) {
	t.Parallel()
	const links = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	row := func(n, hidden, name string) string {
		return `<row r="` + n + `"` + hidden + `><c t="s"><v>0</v></c><c t="str"><v>Lee</v></c><c t="str"><v>` + name + `@example.com</v></c><c t="str"><v>+447700900001</v></c></row>`
	}
	content := zipOf(t, map[string]string{
		"_rels/.rels":                 links + `/officeDocument" Target="/xl/workbook2.xml"/></Relationships>`,
		"xl/workbook2.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="People" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook2.xml.rels": links + `/worksheet" Target="Worksheets/Sheet1.xml"/></Relationships>`,
		"xl/SharedStrings.xml":        `<sst><si><t>Ann</t></si></sst>`,
		"xl/worksheets/sheet1.xml":    `<worksheet><sheetData>` + headXML + row("2", "", "a") + row("3", ` hidden="1"`, "b") + `</sheetData></worksheet>`,
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
	content := book(t, `<worksheet><sheetData>`+head+row(`<c><v>448000000000</v></c>`, "")+row(`<c><v>4.47712E11</v></c>`, "")+
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
	for seed := range uint64(50) {
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
		b, _, errB := read(t, excel(t, f), Options{})
		if diff := cmp.Diff(a, b); diff != "" || errA != nil || errB != nil {
			t.Fatalf("seed %d: %v, %v (-csv +xlsx):\n%s", seed, errA, errB, diff)
		}
	}
}

// FuzzXLSX reads any sheet, strings and styles: it ends, without a panic, with
// the rows in order.
func FuzzXLSX(f *testing.F) {
	f.Add(`<worksheet><sheetData>`+headXML+`<row><c t="s" s="1"><v>0</v></c></row></sheetData></worksheet>`,
		`<sst><si><r><t>Ann</t></r><rPh><t>x</t></rPh></si></sst>`, `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`)
	f.Add(`<worksheet><sheetData>`+headXML+`<row r="9"><c r="B9" s="0"><v>4.5E4</v></c></row></sheetData></worksheet>`,
		`<sst/>`, `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[$-409]d\-mmm;@"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`)
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		content := book(t, sheet, "xl/sharedStrings.xml", texts, "xl/styles.xml", styles)
		w, err := openWorkbook(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		rows, err := w.rows(w.sheets[0])
		if err != nil {
			t.Fatal(err)
		}
		for last := 0; ; {
			n, cells, err := rows.Next()
			if err != nil {
				return
			}
			if n <= last || len(cells) == 0 || len(cells) > maxColumns || cells[len(cells)-1] == "" {
				t.Fatalf("row %d after %d: %d cells", n, last, len(cells))
			}
			last = n
		}
	})
}
