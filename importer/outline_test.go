package importer

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/database/databasetest"
	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/table/tabletest"
)

// checkBytes checks a file and returns both the plan and the error.
func checkBytes(t *testing.T, content []byte, o Options) (*Plan, error) {
	t.Helper()
	src, err := table.OpenReader("people", strings.NewReader(string(content)))
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return Check(t.Context(), nil, src, o)
}

const puzzling = "Staff in May\n\nWer;Name;E-Mail;Ruf\nAnn;Lee;ann@example.com;+447700900001\nBob;Ray;bob@example.com;+447700900002\n" +
	"Cy;Fox;ann@example.com;\nDi;Gee;di@example.com;1\nEd;Poe;ed@example.com;2\n"

// A header that is not understood comes with everything that a page needs to ask.
func TestOutline(t *testing.T) {
	t.Parallel()
	plan, err := checkBytes(t, []byte(puzzling), Options{Name: "May"})
	var columns *heading.ColumnsError
	if !errors.As(err, &columns) || columns.Why != heading.ColumnsMissing || plan == nil {
		t.Fatalf("got %v, %+v", err, plan)
	}
	want := &Plan{
		Name:   "May",
		Format: table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ";", HeaderRow: 3, SkippedRows: []int{1}},
		Header: []string{"Wer", "Name", "E-Mail", "Ruf"},
		Columns: []heading.Column{
			{Heading: "Wer", Samples: []string{"Ann", "Bob", "Cy"}},
			{Heading: "Name", Field: "full_name", Samples: []string{"Lee", "Ray", "Fox"}},
			{Heading: "E-Mail", Field: "email", Samples: []string{"ann@example.com", "bob@example.com", "di@example.com"}},
			{Heading: "Ruf", Samples: []string{"+447700900001", "+447700900002", "1"}},
		},
		Top: []TopRow{{1, []string{"Staff in May"}}, {3, []string{"Wer", "Name", "E-Mail", "Ruf"}},
			{4, []string{"Ann", "Lee", "ann@example.com", "+447700900001"}}, {5, []string{"Bob", "Ray", "bob@example.com", "+447700900002"}},
			{6, []string{"Cy", "Fox", "ann@example.com", ""}}, {7, []string{"Di", "Gee", "di@example.com", "1"}}, {8, []string{"Ed", "Poe", "ed@example.com", "2"}}},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What the person then says is all that was missing.
	plan, err = checkBytes(t, []byte(puzzling), Options{HeaderRow: 3, Places: map[int]string{0: "first_name", 1: "last_name", 3: "phone"}})
	if err != nil || plan.Rows != 5 || plan.Tokens != 2 || plan.Columns[0].Field != "first_name" || plan.Columns[2].Field != "email" {
		t.Errorf("got %v, %+v", err, plan)
	}
}

// It comes with whatever a choice of the sheet, the header row or the columns can
// mend, and with nothing else.
func TestOutlines(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	_ = f.SetSheetRow("Sheet1", "A1", &[]any{"How to fill this in"})
	_, _ = f.NewSheet("Empty")
	_, _ = f.NewSheet("Head")
	_ = f.SetSheetRow("Head", "A1", &[]any{"first_name", "last_name", "email", "phone"})
	book := tabletest.Excel(t, f)
	bare := []byte("Ann,Lee,ann@example.com,+447700900001\n")
	sheet := func(name string, others ...string) table.Format {
		return table.Format{Kind: "xlsx", Sheet: name, OtherSheets: others}
	}
	for name, c := range map[string]struct {
		content []byte
		o       Options
		outline bool
		format  table.Format
		header  string
		top     int
	}{
		"a person first":       {bare, Options{}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 1}, "Ann|Lee|ann@example.com|+447700900001", 1},
		"no header, no places": {bare, Options{HeaderRow: NoHeader}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ","}, "column 1|column 2|column 3|column 4", 1},
		"a place outside": {bare, Options{HeaderRow: NoHeader, Places: map[int]string{4: ""}}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ","},
			"column 1|column 2|column 3|column 4", 1},
		"a blank header row": {[]byte(puzzling), Options{HeaderRow: 2}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ";", SkippedRows: []int{1}}, "", 7},
		"a control character": {[]byte("first_name,a\x07\nAnn,Lee\n"), Options{}, true,
			table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 1}, "first_name|a\x07", 2},
		"nobody below":         {[]byte(head + "\n"), Options{}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 1}, "first_name|last_name|email|phone", 1},
		"a sheet of a text":    {bare, Options{Sheet: "People"}, true, table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ","}, "", 1},
		"a sheet without rows": {book, Options{Sheet: "Empty"}, true, sheet("Empty", "Sheet1", "Head"), "", 0},
		"not that sheet":       {book, Options{Sheet: "Sheet1"}, true, table.Format{Kind: "xlsx", Sheet: "Sheet1", OtherSheets: []string{"Empty", "Head"}, HeaderRow: 1}, "How to fill this in", 1},
		"no such sheet":        {book, Options{Sheet: "People"}, true, sheet("", "Sheet1", "Empty", "Head"), "", 0},
		"a header only":        {book, Options{}, true, table.Format{Kind: "xlsx", Sheet: "Head", OtherSheets: []string{"Sheet1", "Empty"}, HeaderRow: 1}, "first_name|last_name|email|phone", 1},
		"empty":                {[]byte("\n"), Options{}, false, table.Format{}, "", 0},
		"a picture":            {[]byte("\x89PNG..."), Options{}, false, table.Format{}, "", 0},
		"damaged":              {[]byte(people(1) + "\"Bob"), Options{}, false, table.Format{}, "", 0},
		"a wrong region":       {bare, Options{Defaults: Defaults{Region: "XX"}}, false, table.Format{}, "", 0},
	} {
		plan, err := checkBytes(t, c.content, c.o)
		if err == nil || (plan != nil) != c.outline {
			t.Errorf("%s: %v, %+v", name, err, plan)
			continue
		}
		if plan == nil {
			continue
		}
		if diff := cmp.Diff(c.format, plan.Format) + cmp.Diff(c.header, strings.Join(plan.Header, "|")); diff != "" || len(plan.Top) != c.top {
			t.Errorf("%s: %d rows at the top (-want +got):\n%s", name, len(plan.Top), diff)
		}
	}
}

func TestOutlineIsBounded(t *testing.T) {
	t.Parallel()
	row := strings.Repeat("é", topCell+10) + strings.Repeat(",é", topColumns+5) + "\n"
	plan, err := checkBytes(t, []byte(strings.Repeat(row, topRows+2)), Options{})
	if err == nil || plan == nil || len(plan.Top) != topRows {
		t.Fatalf("got %v, %+v", err, plan)
	}
	for _, r := range plan.Top {
		if len(r.Cells) != topColumns || utf8.RuneCountInString(r.Cells[0]) > topCell+1 { // and the mark of the cut
			t.Errorf("row %d: %d cells, the first has %d bytes", r.Row, len(r.Cells), len(r.Cells[0]))
		}
	}
}

// Of a list without headings only what is said of places counts, not a mapping to
// the names that its columns are given.
func TestOutlineWithoutHeadings(t *testing.T) {
	t.Parallel()
	plan, err := checkBytes(t, []byte("Ann;Lee;ann@example.com;+447700900001\n"), Options{HeaderRow: NoHeader,
		Columns: map[string]string{"phone": "column 4"}, Places: map[int]string{0: "first_name", 1: "last_name", 2: "email"}})
	var columns *heading.ColumnsError
	if !errors.As(err, &columns) || columns.Why != heading.ColumnsMissing || !cmp.Equal(columns.Missing, []string{"phone"}) {
		t.Fatalf("got %v, %+v", err, plan)
	}
	if plan.Columns[2].Field != "email" || plan.Columns[3].Field != "" || !cmp.Equal(plan.Columns[3].Samples, []string{"+447700900001"}) {
		t.Errorf("got %+v", plan.Columns)
	}
}

// The columns of a query are shown as well.
func TestOutlineOfAQuery(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 2)
		q := queryOf(o)
		q.SQL, q.Columns, q.Watermark = "SELECT first AS a, last AS last_name, mail AS email, mobile AS phone FROM people ORDER BY id", nil, ""
		options := w.options()
		plan, err := Check(t.Context(), w.st, w.connect(q), options)
		if err == nil || plan == nil || len(plan.Columns) != 4 || len(plan.Columns[0].Samples) != 1 || plan.Columns[1].Field != "last_name" {
			t.Fatalf("got %v, %+v", err, plan)
		}
		options.Places = map[int]string{0: "first_name"}
		if plan, err = Check(t.Context(), w.st, w.connect(q), options); err != nil || plan.Tokens != 2 {
			t.Errorf("got %v, %+v", err, plan)
		}
	})
}
