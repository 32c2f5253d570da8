package importer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row is told the same while somebody types in it as when the list is checked.
func TestRowChecker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		o    Options
	}{
		"every kind": {everyKind, Options{}},
		"faulty":     {faulty, Options{Defaults: Defaults{Region: "GB"}}},
		"repairs":    {"Name,E-Mail,Phone,Country\n\"Smith, Jr.\",jr@example.com,07911 123456,\nAl,al@example,0151 23456789,Wakanda\n", Options{}},
		"no header": {"Ann;Lee;ann@example;07911 123456;x\x07\n;Lee;bob@example.com;+447911123456;\n",
			Options{HeaderRow: NoHeader, Places: map[int]string{0: "first_name", 1: "last_name", 2: "email", 3: "phone"}}},
		"prefix": {"first_name,last_name,email,phone,Nr.\nAnn,Lee,ann@example.com,+447911123456," + strings.Repeat("9", 250) + "\n",
			Options{Places: map[int]string{4: "external_id"}, Defaults: Defaults{ReferencePrefix: "acme-and-sons-"}}},
	} {
		c.o.Mendable = 100
		plan, err := Check(t.Context(), nil, open(t, c.text), c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checker, err := NewRowChecker(plan.Header, plan.Format, c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(plan.Mendable) == 0 {
			t.Errorf("%s: nothing to mend", name)
		}
		for _, row := range plan.Mendable {
			if row.Problems[0].Code == codeIDReused {
				continue // of the other rows it knows nothing
			}
			if diff := cmp.Diff(row.Problems, checker.Check(row.Row, row.Cells)); diff != "" {
				t.Errorf("%s, row %d (-plan +checker):\n%s", name, row.Row, diff)
			}
		}
	}
}

func TestRowCheckerWhileTyping(t *testing.T) {
	t.Parallel()
	header := strings.Split(head, ",")
	plan, err := Check(t.Context(), nil, open(t, people(1)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewRowChecker(header, plan.Format, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for cells, want := range map[string]string{
		"Ann,Lee,ann@example.com,+447700900001":   "",
		"Ann,Lee,ann@example.com,+447700900001,,": "",
		"Ann,Lee,ann@example.com,+447700900001,x": "-1 row_too_long",
		"Ann,Lee,ann@example,+447700900001":       "2 email_invalid",
		"Ann,\xff,ann@example.com,+447700900001":  "1 character_damaged",
		"Ann,Lee":                                 "2 email_missing 3 phone_missing",
		"":                                        "0 first_name_missing 1 last_name_missing 2 email_missing 3 phone_missing",
	} {
		var got []string
		for _, p := range c.Check(7, strings.Split(cells, ",")) {
			got = append(got, fmt.Sprint(p.At, " ", p.Code))
			if p.Row != 7 {
				t.Errorf("%q: row %d", cells, p.Row)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: got %q, want %q", cells, s, want)
		}
	}
	if _, err := NewRowChecker([]string{"Wer", "Was"}, plan.Format, Options{}); err == nil {
		t.Error("a header without people")
	}
	if _, err := NewRowChecker(header, plan.Format, Options{Defaults: Defaults{Region: "XX"}}); err == nil {
		t.Error("a region that is none")
	}
}

// What is listed as a problem and is typed in is mended.
func TestRowCheckerOfAListOfProblems(t *testing.T) {
	t.Parallel()
	var list bytes.Buffer
	const text = "external_id,first_name,last_name,email,phone\n7,Ann,Lee,ann@example.com,+447911123401\n7,Bob,Lee,bob@example.com,+447911123402\n"
	if _, err := Check(t.Context(), nil, open(t, text), Options{Problems: &list}); err != nil {
		t.Fatal(err)
	}
	plan, err := Check(t.Context(), nil, open(t, list.String()), Options{Mendable: 1})
	if err != nil || len(plan.Mendable) != 1 || plan.Mendable[0].Problems[0].Code != codeNotMended {
		t.Fatalf("%v, %+v", err, plan)
	}
	c, err := NewRowChecker(plan.Header, plan.Format, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cells := plan.Mendable[0].Cells
	cells[0] = "8"
	if problems := c.Check(2, cells); len(problems) != 0 {
		t.Errorf("got %v", problems)
	}
}
