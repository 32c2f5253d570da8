package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/table/tabletest"
)

// wished reads a file as it is wished for, from its header on.
func wished(t *testing.T, content []byte, wish Wish) ([]string, Format, error) {
	t.Helper()
	src, err := open(t, content)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := src.Begin(t.Context(), wish, heads)
	if err != nil {
		return nil, src.Format(), err
	}
	all, err := lines(rows)
	return all, src.Format(), err
}

func wideText(text string) []byte {
	b := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

const titled = "Staff, as of today, in May\n\nWer;Name;Post;Ruf\nAnn;Lee, Ms;ann@example.com;1\nBob;Ray;bob@example.com;2\n"

func TestHeaderRowByHand(t *testing.T) {
	t.Parallel()
	below := []string{"4 Ann|Lee, Ms|ann@example.com|1", "5 Bob|Ray|bob@example.com|2"}
	header := "3 Wer|Name|Post|Ruf"
	for name, c := range map[string]struct {
		content []byte
		wish    Wish
		want    []string
		format  Format
	}{
		"titles above": {[]byte(titled), Wish{HeaderRow: 3}, append([]string{header}, below...),
			Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ";", HeaderRow: 3, SkippedRows: []int{1}}},
		"UTF-16, tabs": {wideText(strings.NewReplacer(";", "\t", "Lee, Ms", "Lee; Ms").Replace(titled)), Wish{HeaderRow: 3},
			[]string{header, "4 Ann|Lee; Ms|ann@example.com|1", below[1]},
			Format{Kind: "csv", Encoding: "UTF-16LE", Delimiter: "\t", Marked: true, HeaderRow: 3, SkippedRows: []int{1}}},
		"below another header": {[]byte("first_name,last_name,email,phone\nAnn,Lee,a@example.com,1\nfirst_name,last_name,email,phone\nBob,Lee,b@example.com,2\n"), Wish{HeaderRow: 3},
			[]string{"3 first_name|last_name|email|phone", "4 Bob|Lee|b@example.com|2"},
			Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 3, SkippedRows: []int{1, 2}}},
		"first of many": {[]byte("sep=|\na,b|c\nd|e;f;g;h\n"), Wish{HeaderRow: 1}, []string{"1 a,b|c", "2 d|e;f;g;h"},
			Format{Kind: "csv", Encoding: "UTF-8", Delimiter: "|", HeaderRow: 1}},
		"no header": {[]byte("\nAnn|Lee|ann@example.com|1, 2\nBob|Ray|bob@example.com|2|more, and, more\n"), Wish{HeaderRow: NoHeader},
			[]string{"0 column 1|column 2|column 3|column 4|column 5", "2 Ann|Lee|ann@example.com|1, 2", "3 Bob|Ray|bob@example.com|2|more, and, more"},
			Format{Kind: "csv", Encoding: "UTF-8", Delimiter: "|"}},
		"no header, semicolons in UTF-16": {wideText("Ann;Lee;+44,1\nBob;Ray;+44,2\n"), Wish{HeaderRow: NoHeader},
			[]string{"0 column 1|column 2|column 3", "1 Ann|Lee|+44,1", "2 Bob|Ray|+44,2"}, Format{Kind: "csv", Encoding: "UTF-16LE", Delimiter: ";", Marked: true}},
		"no header and no rows": {[]byte("\n,,\n"), Wish{HeaderRow: NoHeader}, nil, Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ","}},
	} {
		got, format, err := wished(t, c.content, c.wish)
		if diff := cmp.Diff(c.want, got) + cmp.Diff(c.format, format); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// A list without a header is as wide as the widest of its first rows. A row below
// them that is wider has too many cells, as it would have below a header.
func TestNoHeaderIsAsWideAsItsFirstRows(t *testing.T) {
	t.Parallel()
	for at, want := range map[int]int{1: 3, widthRows: 3, widthRows + 1: 2} {
		var b strings.Builder
		for i := range 2 * widthRows {
			fmt.Fprintf(&b, "%d,x", i)
			if i+1 == at {
				b.WriteString(",wide")
			}
			b.WriteByte('\n')
		}
		got, _, err := wished(t, []byte(b.String()), Wish{HeaderRow: NoHeader})
		if n := len(strings.Split(got[0], "|")); err != nil || n != want || len(got) != 2*widthRows+1 {
			t.Errorf("row %d is wide: %d columns, %d rows, %v", at, n, len(got), err)
		}
	}
}

// book is a workbook of sheets that people see, and a hidden one.
func book(t *testing.T) []byte {
	f := excelize.NewFile()
	fill := func(sheet string, rows ...[]any) {
		_, _ = f.NewSheet(sheet)
		for i, r := range rows {
			_ = f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r)
		}
	}
	fill("Sheet1")
	fill("Team", []any{"Staff"}, nil, []any{"Wer", "Post"}, []any{"Ann", "ann@example.com", 7})
	fill("Old", []any{"Bob"})
	_ = f.SetSheetVisible("Old", false)
	return tabletest.Excel(t, f)
}

func TestHeaderRowOfASheet(t *testing.T) {
	t.Parallel()
	content := book(t)
	others := []string{"Sheet1"}
	for wish, want := range map[Wish]struct {
		rows   []string
		format Format
	}{
		{HeaderRow: 3}:                         {[]string{"3 Wer|Post", "4 Ann|ann@example.com|7"}, Format{Kind: "xlsx", Sheet: "Team", OtherSheets: others, HeaderRow: 3, SkippedRows: []int{1}}},
		{Sheet: "team", HeaderRow: 4}:          {[]string{"4 Ann|ann@example.com|7"}, Format{Kind: "xlsx", Sheet: "Team", OtherSheets: others, HeaderRow: 4, SkippedRows: []int{1, 3}}},
		{Sheet: "Team", HeaderRow: NoHeader}:   {[]string{"0 column 1|column 2|column 3", "1 Staff", "3 Wer|Post", "4 Ann|ann@example.com|7"}, Format{Kind: "xlsx", Sheet: "Team", OtherSheets: others}},
		{Sheet: "Sheet1", HeaderRow: NoHeader}: {nil, Format{Kind: "xlsx", Sheet: "Sheet1", OtherSheets: []string{"Team"}}},
	} {
		got, format, err := wished(t, content, wish)
		if diff := cmp.Diff(want.rows, got) + cmp.Diff(want.format, format); err != nil || diff != "" {
			t.Errorf("%+v: %v (-want +got):\n%s", wish, err, diff)
		}
	}
}

// A wish that cannot be is told as data, too, and what is known of the file stays.
func TestWishesThatCannotBe(t *testing.T) {
	t.Parallel()
	content := book(t)
	csv := Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ";"}
	team := Format{Kind: "xlsx", Sheet: "Team", OtherSheets: []string{"Sheet1"}}
	sheets := []string{"Sheet1", "Team", "Old"}
	for name, c := range map[string]struct {
		content []byte
		wish    Wish
		want    LayoutError
		format  Format
		top     int
	}{
		"blank row":     {[]byte(titled), Wish{HeaderRow: 2}, LayoutError{Why: HeaderRowNotThere, Row: 2}, csv, 4},
		"below the end": {[]byte(titled), Wish{HeaderRow: 6}, LayoutError{Why: HeaderRowNotThere, Row: 6}, csv, 4},
		"far down":      {[]byte(titled), Wish{HeaderRow: 1001}, LayoutError{Why: HeaderRowNotThere, Row: 1001}, csv, 4},
		"negative":      {[]byte(titled), Wish{HeaderRow: -2}, LayoutError{Why: HeaderRowNotThere, Row: -2}, csv, 4},
		"blank in book": {content, Wish{Sheet: "Team", HeaderRow: 2}, LayoutError{Why: HeaderRowNotThere, Row: 2}, team, 3},
		"no such sheet": {content, Wish{Sheet: "Tim"}, LayoutError{Why: SheetNotThere, Sheets: sheets}, Format{Kind: "xlsx", OtherSheets: sheets[:2]}, 0},
		"of a text":     {[]byte(titled), Wish{Sheet: "Team", HeaderRow: 3}, LayoutError{Why: SheetOfText}, csv, 4},
	} {
		src, err := open(t, c.content)
		if err != nil {
			t.Fatal(err)
		}
		_, err = src.Begin(t.Context(), c.wish, heads)
		var refused *FileError
		var layout *LayoutError
		if !errors.As(err, &refused) || refused.Remedy == "" || !errors.As(err, &layout) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		format := src.Format()
		format.SkippedRows = nil
		if diff := cmp.Diff(c.want, *layout) + cmp.Diff(c.format, format); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		top := 0
		if err := src.Top(20, func(int, []string) { top++ }); err != nil || top != c.top {
			t.Errorf("%s: %d rows at the top, %v", name, top, err)
		}
	}
}

func TestTop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content []byte
		want    []string
	}{
		"text":     {[]byte(titled), []string{"1 Staff, as of today, in May", "3 Wer|Name|Post|Ruf", "4 Ann|Lee, Ms|ann@example.com|1"}},
		"workbook": {book(t), []string{"1 Staff", "3 Wer|Post", "4 Ann|ann@example.com|7"}},
	} {
		src, err := open(t, c.content)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := src.Begin(t.Context(), Wish{}, heads); err != nil {
			t.Fatal(err)
		}
		var got []string
		err = src.Top(3, func(row int, cells []string) { got = append(got, fmt.Sprint(row, " ")+strings.Join(cells, "|")) })
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
