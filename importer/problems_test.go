package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/store"
)

const faulty = "Team;Vorname;Nachname;E-Mail;Handy;status;workflow_id\n" +
	"=Ops;Ann;Lee;ann@example.com;+447700900001;new;wf-1\n" +
	"=Ops;Bob;Lee;bob@example;+447700900002;new;wf-2\n" +
	"-;Cy;Lee;cy@example.com;07700 900003;;\n" +
	"x;Di;;di@example.com;'+447700900004;new;\n" +
	"x;Ed;Lee;ed@example.com;+447700900005;new;;more\n"

// The list of problems has the input's columns and the rejected rows only; what
// is mended in it is imported, with the columns that it had, and nobody else.
func TestListOfProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	var list bytes.Buffer
	o := w.options()
	o.Problems = &list
	if _, err := Check(t.Context(), w.st, open(t, faulty), o); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(list.String()), "\n")
	if len(lines) != 5 || lines[0] != "\ufeffTeam;Vorname;Nachname;E-Mail;Handy;status;workflow_id;_row;_status;_code;_problem;_fix" {
		t.Fatalf("got:\n%s", list.String())
	}
	for i, want := range []string{"'=Ops;Bob;Lee;bob@example;+447700900002;new;wf-2;3;rejected;email_invalid;",
		"'-;Cy;Lee;cy@example.com;07700 900003;;;4;rejected;phone_no_country_code;",
		"x;Di;;di@example.com;'+447700900004;new;;5;rejected;last_name_missing;",
		"x;Ed;Lee;ed@example.com;+447700900005;new;;6;rejected;row_too_long;"} {
		if !strings.HasPrefix(lines[i+1], want) {
			t.Errorf("line %d: got %s, want %s", i+2, lines[i+1], want)
		}
	}
	first := w.run(faulty, w.options()).Batch.ID
	mended := strings.NewReplacer("bob@example;", "bob@example.com;", ";Di;;", ";Di;Lee;", "x;Ed;Lee", "y;Ed;Lee").Replace(list.String())
	s := w.run(mended, w.options())
	var got []string
	for _, a := range w.applicants(s.Batch.ID) {
		if a.State == store.Queued {
			got = append(got, a.Email+" "+a.Phone+" "+a.WorkflowID+" "+strings.Join(a.Extra, "|"))
		}
	}
	want := []string{"bob@example.com +447700900002 wf-2 =Ops|new|wf-2", "di@example.com +447700900004  x|new|",
		"ed@example.com +447700900005  y|new|"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(w.applicants(first)); n != 5 {
		t.Errorf("%d rows of the first file", n)
	}
}

// Some faults cannot be seen in the row as it is listed. It is refused all the
// same until somebody has changed it.
func TestListOfProblemsUnmended(t *testing.T) {
	t.Parallel()
	const text = "external_id,first_name,last_name,email,phone,note\n" +
		"007,Ann,Lee,ann@example.com,+447911123401,\n" +
		"007,Bob,Lee,bob@example.com,+447911123402,-\n" +
		"8,Cy,Lee,cy@example.com,+447911123403,called, no answer\n" +
		"9,Di,Lee,di@example,+447911123404,\n"
	var list bytes.Buffer
	if _, err := Check(t.Context(), nil, open(t, text), Options{Problems: &list}); err != nil {
		t.Fatal(err)
	}
	// As Excel saves it: zeros and pluses in front are gone.
	saved := strings.NewReplacer("007,Bob", "7,Bob", "+4479", "4479").Replace(list.String())
	for name, c := range map[string]struct {
		text     string
		rejected []string
	}{
		"as it is":       {list.String(), []string{"not_mended", "not_mended", "email_invalid"}},
		"saved by Excel": {saved, []string{"not_mended", "not_mended", "email_invalid"}},
		"mended": {strings.NewReplacer("007,Bob", "10,Bob", ",called,", ",\"called, no answer\",", "di@example,", "di@example.com,").Replace(list.String()),
			nil},
	} {
		plan, err := Check(t.Context(), nil, open(t, c.text), Options{Defaults: Defaults{Region: "GB"}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range plan.Problems {
			for range k.Count {
				got = append(got, k.Code)
			}
		}
		if diff := cmp.Diff(c.rejected, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if plan.Tokens != 3-len(c.rejected) {
			t.Errorf("%s: %d would be invited", name, plan.Tokens)
		}
	}
}

// In a workbook everything comes back as it was; in CSV a spreadsheet takes the +
// off a phone number, which is put back where it was right.
func TestListOfProblemsFromASpreadsheet(t *testing.T) {
	t.Parallel()
	const text = "first_name,last_name,email,phone,external_id,note\n" +
		"Ann,Lee,ann@example,+4915112345678,007,=1+1\n" +
		"Bob,Lee,bob@example.com,+44 7911,8,\n"
	list := func(o Options) *bytes.Buffer {
		var b bytes.Buffer
		o.Problems = &b
		if _, err := Check(t.Context(), nil, open(t, text), o); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	got, f, err := read(t, list(Options{ProblemsXLSX: true}).Bytes(), Options{Columns: map[string]string{"last_name": "first_name", "first_name": "last_name"}})
	if diff := cmp.Diff([]string{"2 email_invalid", "3 phone_too_short"}, got); err != nil || diff != "" || f.Kind != "xlsx" {
		t.Errorf("workbook: %v, %s\n%s", err, f.Kind, diff)
	}
	saved := strings.NewReplacer("+4915112345678", "4915112345678", "+44 7911", "447911123456", "ann@example,", "ann@example.com,").
		Replace(list(Options{}).String())
	got, _, err = read(t, []byte(saved), Options{})
	want := []string{"2 Ann|Lee|ann@example.com|+4915112345678|007|=1+1", "3 phone_no_country_code"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("CSV: %v\n%s", err, diff)
	}
}

// A workbook of problems can be read as it is: its sentences have wide columns and
// several lines, and its headings stay in sight.
func TestListOfProblemsIsReadable(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if _, err := Check(t.Context(), nil, open(t, faulty), Options{Problems: &b, ProblemsXLSX: true}); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(problemSheet)
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, heading := range rows[0] {
		column, _ := excelize.ColumnNumberToName(i + 1)
		width, err := book.GetColWidth(problemSheet, column)
		style, styleErr := book.GetCellStyle(problemSheet, column+"2")
		if err != nil || styleErr != nil {
			t.Fatal(err, styleErr)
		}
		look, err := book.GetStyle(style)
		if err != nil {
			t.Fatal(err)
		}
		prose := heading == "_problem" || heading == "_fix"
		if wraps := look.Alignment != nil && look.Alignment.WrapText; wraps != prose || (width == sentenceWidth) != prose || width < 8 {
			t.Errorf("%s is %g wide, wrapped: %t", heading, width, wraps)
		}
	}
	if panes, err := book.GetPanes(problemSheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes: %+v, %v", panes, err)
	}
}

// A spreadsheet writes dates and amounts anew when it saves a list, and a workbook
// cannot hold control characters. Neither mends a row.
func TestListOfProblemsWrittenAnew(t *testing.T) {
	t.Parallel()
	const text = "first_name,last_name,email,phone,external_id,hired\n" +
		"Ann,Lee,ann@example.com,+12025550123,E1,03/15/2020\n" +
		"Bob,Ray,bob@example.com,+13125550164,E1,03/16/2020\n" +
		"Cy,Ray,cy@example.com,+13125550165,E2,a\x07b\n"
	for _, workbook := range []bool{false, true} {
		var list bytes.Buffer
		if _, err := Check(t.Context(), nil, open(t, text), Options{Problems: &list, ProblemsXLSX: workbook}); err != nil {
			t.Fatal(err)
		}
		content := list.Bytes()
		if !workbook {
			content = []byte(strings.Replace(list.String(), "03/16/2020", "2020-03-16", 1))
		}
		got, _, err := read(t, content, Options{})
		if diff := cmp.Diff([]string{"2 not_mended", "3 not_mended"}, got); err != nil || diff != "" {
			t.Errorf("workbook %t: %v\n%s", workbook, err, diff)
		}
	}
}

func TestRepairs(t *testing.T) {
	t.Parallel()
	const text = "Name,E-Mail,Phone,Country\n" +
		"\"Lee,  Ann\",ann@example.com,07911 123456,UK\n" +
		"\"Müller, Jo\",mailto:jo@example.com,4.47911123457E+11,\n" +
		"\"Mu\u0308ller, Jo\u00a0Ann\",joann@example.com,'+447911123458,Germany\n" +
		"John Smith,john@example.com,+447911123459,\n" +
		"\"Smith, Jr.\",jr@example.com,+447911123460,\n" +
		"\"Doe, Al\",al@example.com,0151 23456789,Wakanda\n"
	plan, err := Check(t.Context(), nil, open(t, text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range plan.Repairs {
		for _, r := range k.Examples {
			got = append(got, k.Code+" "+r.From+" > "+r.To)
		}
	}
	want := []string{
		"full_name_split Lee, Ann > Ann | Lee",
		"full_name_split Müller, Jo > Jo | Müller",
		"full_name_split Müller, Jo Ann > Jo Ann | Müller",
		"white_space_removed Lee,  Ann > Lee, Ann",
		"white_space_removed Mu\u0308ller, Jo\u00a0Ann > Müller, Jo Ann",
		"phone_country_code_added 07911 123456 > +447911123456",
		"mailto_removed mailto:jo@example.com > jo@example.com",
		"phone_exponent_resolved 4.47911123457E+11 > +447911123457",
		"text_mark_removed '+447911123458 > +447911123458",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
	codes := map[string]int{}
	for _, k := range plan.Problems {
		codes[k.Code] += k.Count
	}
	if diff := cmp.Diff(map[string]int{"full_name_unclear": 2, "country_unknown": 1}, codes); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
