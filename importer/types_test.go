package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rows of types below the header are left out and told; in the table they are nobody's
// mistake but the row's own.
func TestRowsOfTypes(t *testing.T) {
	t.Parallel()
	const typedHead, typedAnn = "Vorname;Nachname;E-Mail;Handy;Team\n", "Ann;Lee;ann@example.com;+447700900001;A\n"
	for name, c := range map[string]struct {
		rows string
		want []LeftOutRow
	}{
		"types":              {"Text;Text;Text;Text;Text\n", []LeftOutRow{{Row: 2, Text: "Text Text Text Text Text", Types: true}}},
		"types with lengths": {"varchar(50);varchar(50);E-Mail;Phone;\n", []LeftOutRow{{Row: 2, Text: "varchar(50) varchar(50) E-Mail Phone", Types: true}}},
		"types and required": {"Text;Text;Email;Text;\nRequired;Required;Required;Optional;Optional\n",
			[]LeftOutRow{{Row: 2, Text: "Text Text Email Text", Types: true}, {Row: 3, Text: "Required Required Required Optional Optional", Types: true}}},
		"headings once more": {"First name;Last name;Email;Mobile;Team\n", []LeftOutRow{{Row: 2, Text: "First name Last name Email Mobile Team", Headings: true}}},
		"two types alone":    {"Text;;Text;;\n", nil},
		"somebody":           {"Text;Date;number@example.com;+447700900009;Text\n", nil},
	} {
		plan, err := Check(t.Context(), nil, open(t, typedHead+c.rows+typedAnn), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, plan.LeftOut); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What people write where there is nothing is to be filled in.
func TestCellsWithNothing(t *testing.T) {
	t.Parallel()
	for _, nothing := range []string{"-", "n/a", "N.A.", "keine", "none", "?", "—", "k.A.", "aucun"} {
		plan, err := Check(t.Context(), nil, open(t, head+"\nAnn,Lee,"+nothing+","+nothing+"\nBob,Lee,bob@example.com,+447700900001\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range plan.Problems {
			got = append(got, k.Code)
			if fix := k.Examples[0].Fix; !strings.HasPrefix(fix, "Fill it in") {
				t.Errorf("%q: %s", nothing, fix)
			}
		}
		if diff := cmp.Diff([]string{"email_missing", "phone_missing"}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", nothing, diff)
		}
	}
	turns := Options{Columns: map[string]string{"phone": "Work|Home"}}
	plan, err := Check(t.Context(), nil, open(t, "first_name,last_name,email,Work,Home\nAnn,Lee,ann@example.com,-,+447700900001\n"), turns)
	if err != nil || plan.Tokens != 1 {
		t.Errorf("with another column to look in: %+v, %v", plan, err)
	}
}

// A list of problems begins with a mark of its bytes where a spreadsheet needs it: where
// the list did, or has semicolons.
func TestProblemsAreMarkedAsTheListWas(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	for text, marked := range map[string]bool{
		head + "\nAnn,Lee,ann@example,+447700900001\n":                              false,
		mark + head + "\nAnn,Lee,ann@example,+447700900001\n":                       true,
		strings.ReplaceAll(head+"\nAnn,Lee,ann@example,+447700900001\n", ",", ";"):  true,
		strings.ReplaceAll(head+"\nAnn,Lee,ann@example,+447700900001\n", ",", "\t"): false,
	} {
		var b bytes.Buffer
		if _, err := Check(t.Context(), nil, open(t, text), Options{Problems: &b}); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(b.String(), mark); got != marked || strings.Count(b.String(), mark) > 1 {
			t.Errorf("%q: the list of problems begins %q", text, b.String()[:min(b.Len(), 20)])
		}
	}
}

// An optional field can be without a column though a heading means it.
func TestUnmapped(t *testing.T) {
	t.Parallel()
	const text = "Staff ID,first_name,last_name,email,phone\nE-1,Ann,Lee,ann@example.com,+447700900001\n"
	for of, want := range map[string]string{"Staff ID": "external_id", "": ""} {
		plan, err := Check(t.Context(), nil, open(t, text), Options{Columns: map[string]string{"external_id": of}})
		if err != nil || plan.Columns[0].Field != want {
			t.Errorf("mapped to %q: %+v, %v", of, plan, err)
		}
	}
}
