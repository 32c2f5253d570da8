package table

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/table/tabletest"
	"usher/store/storetest"
)

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
	content := tabletest.Excel(t, f)
	for sheet, want := range map[string]string{"": "4 Ann", "more": "2 Bob", "Old": "2 Old"} {
		got, format, err := read(t, content, sheet)
		if err != nil || len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q: got %v, %v", sheet, got, err)
		}
		wantFormat := Format{Kind: "xlsx", Sheet: "People", OtherSheets: []string{"Sheet1", "About", "More"}, HeaderRow: 3, SkippedRows: []int{1}}
		if diff := cmp.Diff(wantFormat, format); sheet == "" && diff != "" {
			t.Error(diff)
		}
	}
	_, _, err := read(t, content, "Nobody")
	if err == nil || !strings.Contains(err.Error(), `no sheet "Nobody"; it has: Sheet1, Old, About, People, More`) {
		t.Errorf("got %v", err)
	}
	if _, _, err := read(t, []byte(tabletest.Renee), "People"); err == nil {
		t.Error("a text file has a sheet")
	}
}

func TestDamagedWorkbooks(t *testing.T) {
	t.Parallel()
	ann := `<row r="2"><c t="str"><v>Ann</v></c><c t="str"><v>Lee</v></c><c t="str"><v>a@example.com</v></c><c t="str"><v>+447700900001</v></c></row>`
	begin, end := `<worksheet><sheetData>`+tabletest.HeadXML+ann, `</sheetData></worksheet>`
	if got, _, err := read(t, tabletest.Book(t, begin+end), ""); err != nil || len(got) != 1 {
		t.Errorf("sound: %v, %v", got, err)
	}
	for name, c := range map[string]struct {
		sheet, want string
	}{
		"cut":           {begin + `<row r="3"><c t="str"><v>Bob`, "cannot be read below row 3"},
		"cut after row": {begin, "cannot be read below row 2"},
		"not XML":       {begin + `<row r="3"><c t=x></row>` + end, "damaged"},
		"backwards":     {begin + tabletest.HeadXML + end, "cannot be read below row 2"},
		"no string":     {begin + `<row><c t="s"><v>5</v></c></row>` + end, "damaged"},
		"formula":       {begin + `<row><c><f>A1</f></c></row>` + end, "row 3 of sheet \"People\" has a formula that was never worked out"},
		"far column":    {begin + `<row><c r="XFE3" t="str"><v>x</v></c></row>` + end, "more than 16384 columns"},
		"far row":       {begin + `<row r="1048577"><c t="str"><v>x</v></c></row>` + end, "more than Excel has"},
		"huge cell":     {begin + `<row><c t="str"><v>` + randomText(2<<20) + `</v></c></row>` + end, "too long"},
		"huge gap":      {begin + `<!--` + randomText(9<<20) + `-->` + end, "too long"},
		"bomb":          {begin + strings.Repeat(" ", ratioFrom) + end, "absurd size"},
	} {
		if storetest.Raced() && name == "huge gap" { // nothing in it is done beside anything
			continue
		}
		_, _, err := read(t, tabletest.Book(t, c.sheet), "")
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, c.want) || refused.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	flipped := tabletest.Book(t, begin+end)
	flipped[bytes.Index(flipped, []byte("PK\x01\x02"))-40] ^= 1
	if _, _, err := read(t, flipped, ""); err == nil {
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

// FuzzXLSX reads any sheet, strings and styles: it ends, without a panic, with
// the rows in order.
func FuzzXLSX(f *testing.F) {
	f.Add(`<worksheet><sheetData>`+tabletest.HeadXML+`<row><c t="s" s="1"><v>0</v></c></row></sheetData></worksheet>`,
		`<sst><si><r><t>Ann</t></r><rPh><t>x</t></rPh></si></sst>`, `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`)
	f.Add(`<worksheet><sheetData>`+tabletest.HeadXML+`<row r="9"><c r="B9" s="0"><v>4.5E4</v></c></row></sheetData></worksheet>`,
		`<sst/>`, `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[$-409]d\-mmm;@"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`)
	f.Fuzz(func(t *testing.T, sheet, texts, styles string) {
		content := tabletest.Book(t, sheet, "xl/sharedStrings.xml", texts, "xl/styles.xml", styles)
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
			if n <= last || len(cells) == 0 || len(cells) > MaxColumns || cells[len(cells)-1] == "" {
				t.Fatalf("row %d after %d: %d cells", n, last, len(cells))
			}
			last = n
		}
	})
}
