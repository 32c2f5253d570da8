package importer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/importer/table"
)

// doubtsOf are what is in doubt of a list, a line each with the choices, and at the end
// how it is to be read.
func doubtsOf(t *testing.T, src *table.Source, o Options) []string {
	t.Helper()
	plan, err := Check(t.Context(), nil, src, o)
	var doubts *Doubts
	var refused *DoubtsError
	switch {
	case errors.As(err, &refused):
		doubts = &refused.Doubts
	case err != nil:
		t.Fatal(err)
	default:
		doubts = plan.InDoubt
	}
	if doubts == nil {
		return nil
	}
	var all []string
	for _, d := range doubts.All {
		line := d.What + ":"
		for _, c := range d.Choices {
			line += " " + c.Text + " (" + strings.Join(c.Samples, ", ") + ")"
		}
		all = append(all, line)
	}
	return append(all, fmt.Sprintf("sheet %q, columns %v, order %q, region %q, settled %v",
		doubts.Sheet, doubts.Columns, doubts.NameOrder, doubts.Region, doubts.Settled))
}

// All that is in doubt is found at once: columns, the order of names and the country.
func TestDoubts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		columns map[string]string
		want    []string
	}{
		"nothing": {text: head + "\nAnn,Lee,ann@example.com,+447700900001\n"},
		"rival columns and the country": {
			text: "Vorname;Nachname;E-Mail (dienstlich);E-Mail (privat);Handy\nIna;Roth;ina@example.de;i@example.org;0171 2345678\n",
			want: []string{"email: E-Mail (dienstlich) (ina@example.de) E-Mail (privat) (i@example.org)", "region: DE (0171 2345678)",
				`sheet "", columns map[email:E-Mail (dienstlich)], order "", region "DE", settled true`},
		},
		"names and the country": {
			text: "Salarié;Courriel;Portable\nJean Dupont;jean@example.fr;06 12 34 56 78\n",
			want: []string{"name order: first-last (Jean | Dupont) last-first (Dupont | Jean)", "region: FR (06 12 34 56 78)",
				`sheet "", columns map[], order "first-last", region "FR", settled true`},
		},
		"a heading that is spelled wrong": {
			text: "Mail,First name,Last name,Phone\nann@example.com,Ann,Lee,+447700900001\n", columns: map[string]string{"phone": "Phon"},
			want: []string{"phone: Phone (+447700900001)", `sheet "", columns map[phone:Phone], order "", region "", settled true`},
		},
		"full names under a heading that says nothing": {
			text: "Crew;Remarks;E-Mail;Phone\nAnn de Roe;Comes later;ann@example.com;+447700900001\nBob Lee;please call;bob@example.com;+447700900002\n",
			want: []string{"full_name: Crew (Ann de Roe, Bob Lee)", "name order: first-last (Ann | de Roe, Bob | Lee) last-first (de Roe | Ann, Lee | Bob)",
				`sheet "", columns map[full_name:Crew], order "first-last", region "", settled true`},
		},
		"titles are nobody's name, and the name in use goes before the one at birth": {
			text: "Civilité;Nom de naissance;Nom d'usage;Prénom;Courriel;Mobile\nMme;DUPUIS;MARTIN;Zoé;zoe@example.fr;+33612345678\nM.;ROY;;Luc;luc@example.fr;+33612345679\n",
			want: []string{"last_name: Nom d'usage|Nom de naissance (MARTIN, ROY) Nom d'usage (MARTIN) Nom de naissance (DUPUIS, ROY)",
				`sheet "", columns map[last_name:Nom d'usage|Nom de naissance], order "", region "", settled true`},
		},
		"places come again and again": {
			text: "Site;E-Mail;Phone\n" + strings.Repeat("New York;ann@example.com;+447700900001\n", 6),
			want: []string{"first_name:", "last_name:", `sheet "", columns map[], order "", region "", settled false`},
		},
		"a field that nothing is like": {
			text: "First name,Last name,Email\nAnn,Lee,ann@example.com\n",
			want: []string{"phone:", `sheet "", columns map[], order "", region "", settled false`},
		},
	} {
		o := Options{Columns: c.columns}
		if diff := cmp.Diff(c.want, doubtsOf(t, open(t, c.text), o)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The sheet that has the columns is found, and what is in doubt of it.
func TestDoubtsOfSheets(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	for sheet, cells := range map[string][]string{
		"Notes":  {"Remarks", "Of"},
		"People": {"First name", "Last name", "Email", "Phone"},
	} {
		_, err := book.NewSheet(sheet)
		for i, cell := range cells {
			if err == nil {
				err = book.SetCellValue(sheet, fmt.Sprintf("%c1", 'A'+i), cell)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, cell := range []string{"Ann", "Lee", "ann@example.de", "0171 2345678"} {
		if err := book.SetCellValue("People", fmt.Sprintf("%c2", 'A'+i), cell); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "staff.xlsx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := table.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	for _, sheet := range []string{"Notes", "Peple"} {
		got := doubtsOf(t, src, Options{Sheet: sheet})
		if len(got) != 3 || !strings.HasPrefix(got[0], "sheet: People (First name, Last name, Email)") || got[1] != "region: DE (0171 2345678)" ||
			got[2] != `sheet "People", columns map[], order "", region "DE", settled true` {
			t.Errorf("with --sheet %s: %q", sheet, got)
		}
	}
}
