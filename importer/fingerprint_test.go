package importer

import (
	"strings"
	"testing"
	"time"
)

// Fingerprints are kept for ever: what a person says of a list today must not
// make a list of yesterday look new.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"nothing": {Options{}, "126a67ab7b2977b86b9ab431a697eaa8f58d30c5e6c04cddcee7a22f0878311f"},
		"defaults": {Options{Defaults: Defaults{SendEmailInvite: true, WorkflowID: "wf-1", RedirectURL: "https://example.com/", Region: "GB"}},
			"1068bd2086d17c7064ac879ae5665c4cc7dfa052c09156ba22f4fcd921f0b7a9"},
		"all": {Options{Sheet: "People", Columns: map[string]string{"phone": "Handy", "email": "Mail"}, AllowDuplicates: true,
			ReinviteAfter: 90 * 24 * time.Hour, ReinviteChanged: true, Defaults: Defaults{SendPhoneInvite: true, ReferencePrefix: "acme-"}},
			"10456eb4fa58ca6f2846e16f92497540d80667f783b961d201e6a60145113dbf"},
		"what shapes no row": {Options{Name: "May", Mendable: 500, Mended: &Mended{Sheet: "People"}, Places: map[int]string{}},
			"126a67ab7b2977b86b9ab431a697eaa8f58d30c5e6c04cddcee7a22f0878311f"},
	} {
		got, _, err := fingerprint(open(t, people(1, 2)), c.o)
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

// What a person says of a list makes it another import, and only that: not the
// order in which it is said, nor what says nothing.
func TestFingerprintOfWhatIsSaid(t *testing.T) {
	t.Parallel()
	cells := map[int]map[int]string{2: {0: "Ann", 2: "ann@example.com"}, 3: {1: "Lee"}}
	seen := map[string]string{}
	for name, o := range map[string]Options{
		"nothing":         {},
		"return":          {Defaults: Defaults{Return: true}},
		"header row":      {HeaderRow: 1},
		"no header":       {HeaderRow: NoHeader},
		"places":          {Places: map[int]string{0: "first_name", 10: "", 2: "email"}},
		"a place for ''":  {Places: map[int]string{0: ""}},
		"cells":           {Mended: &Mended{Cells: cells}},
		"fewer cells":     {Mended: &Mended{Cells: map[int]map[int]string{2: cells[2]}}},
		"an emptied cell": {Mended: &Mended{Cells: map[int]map[int]string{2: {0: ""}}}},
		"a row left out":  {Mended: &Mended{LeftOut: map[int]bool{2: true}}},
		"and cells":       {Mended: &Mended{Cells: cells, LeftOut: map[int]bool{2: true}}},
		"of a sheet":      {Mended: &Mended{Sheet: "People", Cells: cells}},
	} {
		sum, options, err := fingerprint(open(t, people(1, 2)), o)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s are one import", name, other)
		}
		seen[sum] = name
		for _, value := range []string{"Ann", "Lee", "ann@example.com"} {
			if strings.Contains(options, value) {
				t.Errorf("%s: %s is kept with the batch: %s", name, value, options)
			}
		}
	}
	one := Options{Mended: &Mended{Cells: map[int]map[int]string{3: {1: "Lee"}, 2: {2: "ann@example.com", 0: "Ann"}, 9: {}}, LeftOut: map[int]bool{4: true, 5: false, 3: true}}}
	other := Options{Mended: &Mended{Cells: cells, LeftOut: map[int]bool{3: true, 4: true}}}
	for range 20 {
		a, _, _ := fingerprint(open(t, people(1)), one)
		b, _, _ := fingerprint(open(t, people(1)), other)
		if a != b {
			t.Fatalf("the same corrections are %s and %s", a, b)
		}
	}
	a, _ := one.Mended.sum("file 1")
	if b, _ := one.Mended.sum("file 2"); a == b {
		t.Error("corrections could be guessed without the file")
	}
}
