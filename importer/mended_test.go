package importer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/database/databasetest"
	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/table/tabletest"
	"usher/store"
)

const toMend = "Wer;Name;Post;Ruf;Nr.\n" +
	"Ann;Lee;ann@example.com;+447700900001;1\n" +
	"Bob;Ray;bob@example;07700 900002\n" +
	"Cy;Fox;cy@example.com;+447700900003;2;x\n" +
	"Ann;Lee;ann@example.com;+447700900001\n" +
	"Di;Gee;di@example.com;+447700900004;3\n"

var toMendPlaces = map[int]string{0: "first_name", 1: "last_name", 2: "email", 3: "phone"}

// What is mended counts as if the list had it, and who is left out is nobody: in
// a check, and in the import, on both databases.
func TestMended(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		o := w.options()
		o.HeaderRow, o.Places, o.Mendable = 1, toMendPlaces, 10
		o.Mended = &Mended{
			Cells: map[int]map[int]string{
				3:  {2: "bob@example.com", 3: "+44 7700 900002", 4: "9"},
				4:  {5: ""},
				5:  {0: "Anna", 2: "anna@example.com"},
				99: {0: "Nobody"},
			},
			LeftOut: map[int]bool{2: true, 77: true, 6: false},
		}
		plan, err := Check(t.Context(), st, open(t, toMend), o)
		if err != nil {
			t.Fatal(err)
		}
		s := w.run(toMend, o)
		want := []string{"2 rejected left_out", "3 queued", "4 queued", "5 queued", "6 queued"}
		if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)) + cmp.Diff(s.Counts, plan.Counts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		all := w.applicants(s.Batch.ID)
		if a := all[1]; a.Email != "bob@example.com" || a.Phone != "+447700900002" || a.Extra[0] != "9" {
			t.Errorf("mended: %+v", a)
		}
		if a := all[0]; a.FirstName != "Ann" || a.Error == "" || strings.Contains(a.Error, "--") {
			t.Errorf("left out: %+v", a)
		}
		if len(plan.Mendable) != 1 || plan.Mendable[0].Row != 2 || plan.Mendable[0].Problems[0].Code != "left_out" || plan.Mendable[0].Problems[0].At != -1 {
			t.Errorf("to be taken back: %+v", plan.Mendable)
		}
		// Nobody holds the one who was left out.
		later := w.run("first_name,last_name,email,phone\nAnn,Lee,ann@example.com,+447700900001\nDi,Gee,di@example.com,+447700900004\n", w.options())
		if diff := cmp.Diff([]string{"2 queued", fmt.Sprintf("3 duplicate in_batch %d/6", s.Batch.ID)}, w.outcomes(later.Batch.ID)); diff != "" {
			t.Errorf("later (-want +got):\n%s", diff)
		}
	})
}

// A row that is listed as a problem, and is mended on a page, is mended; one that
// was opened and left as it was is not.
func TestMendedListOfProblems(t *testing.T) {
	t.Parallel()
	const text = "external_id,first_name,last_name,email,phone\n7,Ann,Lee,ann@example.com,+447911123401\n7,Bob,Ray,bob@example.com,+447911123402\n"
	var list bytes.Buffer
	if _, err := Check(t.Context(), nil, open(t, text), Options{Problems: &list}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"7": "2 not_mended", "8": "2 Bob|Ray|bob@example.com|+447911123402|8|", "": "2 Bob|Ray|bob@example.com|+447911123402||"} {
		got, _, err := read(t, list.Bytes(), Options{Mended: &Mended{Cells: map[int]map[int]string{2: {0: id}}}})
		if diff := cmp.Diff([]string{want}, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", id, err, diff)
		}
	}
}

// What a person types is text, whatever the cell of the workbook was; and rows of
// one sheet are not mended by corrections of another.
func TestMendedWorkbook(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	_, _ = f.NewSheet("Others")
	for _, sheet := range []string{"Sheet1", "Others"} {
		_ = f.SetSheetRow(sheet, "A1", &[]any{"first_name", "last_name", "email", "phone"})
		_ = f.SetSheetRow(sheet, "A2", &[]any{"Ann", "Lee", "ann@example.com", 448000000000})
	}
	content := tabletest.Excel(t, f)
	cells := map[int]map[int]string{2: {3: "443300100000"}}
	mended := []string{"2 Ann|Lee|ann@example.com|+443300100000||"}
	asItIs := []string{"2 phone_digits_lost"}
	for _, c := range []struct {
		sheet string
		m     Mended
		want  []string
	}{
		{"", Mended{Sheet: "Sheet1", Cells: cells}, mended},
		{"others", Mended{Sheet: "Others", Cells: cells}, mended},
		{"Others", Mended{Sheet: "Sheet1", Cells: cells, LeftOut: map[int]bool{2: true}}, asItIs},
		{"", Mended{Cells: cells}, asItIs},
		{"", Mended{Sheet: "Sheet1", LeftOut: map[int]bool{2: true}}, []string{"2 left_out"}},
	} {
		got, _, err := read(t, content, Options{Sheet: c.sheet, Mended: &c.m, Defaults: Defaults{Region: "GB"}})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q, %+v: %v\n%s", c.sheet, c.m, err, diff)
		}
	}
}

// Rows of a query have no numbers that stay, so a correction could hit anybody.
func TestMendedQuery(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, origin *databasetest.Origin, w *world) {
		origin.People()
		origin.Add(1, 3)
		o := w.options()
		o.Mended = &Mended{LeftOut: map[int]bool{2: true}}
		_, err := w.im.Stage(t.Context(), w.connect(queryOf(origin)), o)
		var refused *heading.OptionError
		if !errors.As(err, &refused) || refused.Option != "corrections" {
			t.Errorf("got %v", err)
		}
	})
}

// Rows to be mended come with their cells and with what is wrong in which of them,
// also what is found only beside other rows, up to a number and to a size.
func TestMendable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	before := w.run("first_name,last_name,email,phone,external_id\nZoe,Lee,zoe@example.com,+447700900009,E9\n", w.options()).Batch.ID
	w.invite(before, 2)
	const text = "Team,first_name,last_name,email,phone,external_id\n" +
		"a,Ann,Lee,ann@example.com,+447700900001,E1\n" +
		"b\x07,Bob,Ray,bob@example,+447700900002,\n" +
		"c,Cy,Fox,cy@example.com,+447700900003,E1\n" +
		"d,Di,Gee,ann@example.com,+447700900001,\n" +
		"e,Ed,Poe,zoe@example.com,+447700900009,\n" +
		"f,Flo,Roe,flo@example.com,+447700900006,E9\n"
	o := w.options()
	o.Mendable = 10
	plan, err := Check(t.Context(), w.st, open(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range plan.Mendable {
		line := fmt.Sprint(r.Row, " ", strings.Join(r.Cells, "|"))
		for _, p := range r.Problems {
			line += fmt.Sprintf(" %d:%s", p.At, p.Code)
		}
		got = append(got, line)
	}
	want := []string{
		"3 b\x07|Bob|Ray|bob@example|+447700900002| 3:email_invalid 0:control_character",
		"4 c|Cy|Fox|cy@example.com|+447700900003|E1 5:external_id_reused",
		"5 d|Di|Gee|ann@example.com|+447700900001| 3:contact_of_another",
		"6 e|Ed|Poe|zoe@example.com|+447700900009| 3:contact_of_another",
		"7 f|Flo|Roe|flo@example.com|+447700900006|E9 5:reference_of_another",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.Mendable = 2
	if plan, err = Check(t.Context(), w.st, open(t, text), o); err != nil || len(plan.Mendable) != 2 || plan.Counts[store.Rejected] != 5 {
		t.Errorf("%v: %d rows of %v", err, len(plan.Mendable), plan.Counts)
	}
}

func TestMendableIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head + ",note,other\n")
	long := strings.Repeat("é", 5000)
	for range 400 {
		fmt.Fprintf(&b, "Ann,Lee,ann@example,+447700900001,%s,%s\n", long, long[:3998])
	}
	plan, err := Check(t.Context(), nil, open(t, b.String()), Options{Mendable: 500})
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, r := range plan.Mendable {
		for _, cell := range r.Cells {
			size += len(cell)
		}
	}
	if n := len(plan.Mendable); n < 200 || n >= 400 || size > maxMendable {
		t.Errorf("%d rows, %d bytes", n, size)
	}
	first := plan.Mendable[0]
	if !slices.Equal(first.Clipped, []int{4}) || first.Cells[4] != long[:4000] || first.Cells[5] != long[:3998] {
		t.Errorf("clipped %v, to %d and %d bytes", first.Clipped, len(first.Cells[4]), len(first.Cells[5]))
	}
}

// A list of problems has no rows that were left out, and calls columns by what was
// said of them, so that it is understood by itself.
func TestListOfProblemsOfWhatWasSaid(t *testing.T) {
	t.Parallel()
	var list bytes.Buffer
	const text = "Ann;Lee;ann@example;+447700900001;a\nBob;Ray;bob@example;+447700900002;b\nCy;Fox;cy@example.com;07700 900003;c\n"
	o := Options{HeaderRow: NoHeader, Places: toMendPlaces, Problems: &list,
		Mended: &Mended{LeftOut: map[int]bool{2: true}, Cells: map[int]map[int]string{1: {2: "ann@example.com"}, 3: {4: "d"}}}}
	plan, err := Check(t.Context(), nil, open(t, text), o)
	if err != nil || plan.Format.HeaderRow != 0 || plan.Counts[store.Rejected] != 2 || plan.Tokens != 1 {
		t.Fatalf("%v, %+v", err, plan)
	}
	got, _, err := read(t, list.Bytes(), Options{Defaults: Defaults{Region: "GB"}})
	if diff := cmp.Diff([]string{"2 Cy|Fox|cy@example.com|+447700900003||d"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s\n%s", err, diff, list.String())
	}
}

// FuzzMended mends any list with any text: every row is accounted for all the same.
func FuzzMended(f *testing.F) {
	f.Add([]byte(people(1, 2, 3)), 2, 2, "bob@example.com", 3, 0)
	f.Add([]byte("Ann;Lee;a@b.cd;+1234567\nBob;Lee;b@b.cd;+1234568;x\n"), 1, 9, "\x00\xff\"\n", 2, NoHeader)
	f.Add([]byte("x\n"+people(1)), 3, table.MaxColumns, "", 3, 2)
	f.Fuzz(func(t *testing.T, text []byte, row, column int, typed string, out, header int) {
		src, err := table.OpenReader("people", bytes.NewReader(text))
		if err != nil {
			return
		}
		defer src.Close()
		o := Options{HeaderRow: header, Mendable: 5}
		if header != 0 {
			o.Places = toMendPlaces
		}
		before, err := Check(t.Context(), nil, src, o)
		if err != nil {
			return
		}
		o.Mended = &Mended{Sheet: before.Format.Sheet, Cells: map[int]map[int]string{row: {column: typed, 1: typed}}, LeftOut: map[int]bool{out: true}}
		after, err := Check(t.Context(), nil, src, o)
		if err != nil || after.Rows != before.Rows {
			t.Fatalf("%d rows are %+v, %v", before.Rows, after, err)
		}
		left := 0
		for _, k := range after.Problems {
			if k.Code == codeLeftOut {
				left += k.Count
			}
		}
		if left > 1 {
			t.Errorf("%d rows are left out", left)
		}
		checker, err := NewRowChecker(after.Header, after.Format, o)
		if err != nil {
			t.Fatalf("the header is understood, and then %v", err)
		}
		checker.Check(row, []string{typed, typed, typed})
	})
}
