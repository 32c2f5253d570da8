package heading

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"usher/importer/table"
)

// choosing reads a header of headings with blanks between them, and tells for each
// column its field and which it is of several.
func choosing(t *testing.T, header string, known Known) (string, error) {
	t.Helper()
	h, err := Read(strings.Split(header, ";"), known)
	if err != nil {
		return "", err
	}
	var all []string
	for _, c := range h.Columns {
		field := orElse(c.Field, "-")
		if c.Turn > 0 {
			field += strconv.Itoa(c.Turn)
		}
		all = append(all, field)
	}
	return strings.Join(all, " "), nil
}

func TestChoosingSeveralColumns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ header, phone, want string }{
		"one":                     {"first_name;last_name;email;Handy;Privat", "Privat", "first_name last_name email - phone"},
		"two":                     {"first_name;last_name;email;Handy;Privat", "Privat|Handy", "first_name last_name email phone2 phone1"},
		"blanks and other case":   {"first_name;last_name;email;Handy;Tel. privat", "HANDY | tel privat", "first_name last_name email phone1 phone2"},
		"a bar in the heading":    {"first_name;last_name;email;Handy|Privat;Handy;Privat", "Handy|Privat", "first_name last_name email phone - -"},
		"that and another":        {"first_name;last_name;email;Handy|Privat;Handy;Privat", "Handy|Handy|Privat", "first_name last_name email phone2 phone1 -"},
		"the longest comes first": {"first_name;last_name;email;Handy|Privat;Handy;Privat", "Handy|Privat|Privat", "first_name last_name email phone1 - phone2"},
		"a bar is no blank":       {"first_name;last_name;email;HandyPrivat;Handy;Privat", "Handy|Privat", "first_name last_name email - phone1 phone2"},
		"a bar in other case":     {"first_name;last_name;email;Handy | Privat;Privat", "handy|privat", "first_name last_name email phone -"},
	} {
		got, err := choosing(t, c.header, Known{Mapped: map[string]string{"phone": c.phone}})
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestChoosingColumnsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mapped map[string]string
		want   string
		remedy string
		why    Fault
	}{
		"one is not there": {map[string]string{"phone": "Handy|Privatt"}, `phone is mapped to a column "Privatt" that the file does not have; it has: first_name, last_name, email, Handy, Privat`,
			`--map phone="Privat"`, ColumnNotThere},
		"one is nothing":     {map[string]string{"phone": "Handy|"}, `to a column ""`, "--map", ColumnNotThere},
		"one is named twice": {map[string]string{"phone": "Handy|handy"}, "column 4 (Handy) is named twice for phone", "once", ColumnTaken},
		"one is another's":   {map[string]string{"email": "Privat", "phone": "Handy|Privat"}, "column 5 (Privat) is mapped to both email and phone", "of its own", ColumnTaken},
	} {
		_, err := choosing(t, "first_name;last_name;email;Handy;Privat", Known{Mapped: c.mapped})
		var columns *ColumnsError
		var refused *table.FileError
		if !errors.As(err, &columns) || !errors.As(err, &refused) || columns.Why != c.why || !strings.Contains(refused.Problem, c.want) || !strings.Contains(refused.Remedy, c.remedy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is mapped to nothing has no column, whatever words for it there are; a person
// who says so of a column is believed before that.
func TestChoosingNothing(t *testing.T) {
	t.Parallel()
	const header = "first_name;last_name;email;phone;external_id;Personalnummer;Land;Name"
	for name, c := range map[string]struct {
		known Known
		want  string
	}{
		"as it is":         {Known{}, "first_name last_name email phone external_id - country -"},
		"no reference":     {Known{Mapped: map[string]string{"external_id": ""}}, "first_name last_name email phone - - country -"},
		"nor a country":    {Known{Mapped: map[string]string{"external_id": "", "country": ""}}, "first_name last_name email phone - - - -"},
		"but by its place": {Known{Mapped: map[string]string{"external_id": ""}, Places: map[int]string{5: "external_id"}}, "first_name last_name email phone - external_id country -"},
		"of a source":      {Known{Mapped: map[string]string{"external_id": ""}, Placed: map[string][]int{"external_id": {4}}}, "first_name last_name email phone - - country -"},
	} {
		got, err := choosing(t, header, c.known)
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, c.want)
		}
	}
	if _, err := ParseMap(nil, []string{"phone="}); err == nil || !strings.Contains(err.Error(), "phone cannot be without a column") {
		t.Errorf("without a phone: %v", err)
	}
	mapped, err := ParseMap(map[string]string{"external_id": "No", "email": "Mail"}, []string{"External ID= ", "phone= A|B "})
	if err != nil || len(mapped) != 3 || mapped["external_id"] != "" || mapped["phone"] != "A|B" {
		t.Errorf("%v, %v", mapped, err)
	}
}

// Of several columns of a source each row has the first that is filled.
func TestChoosingPerRow(t *testing.T) {
	t.Parallel()
	h, err := Read(strings.Split("first_name;last_name;email;work;home", ";"), Known{Placed: map[string][]int{"phone": {4, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	for cells, want := range map[string]int{"a;b;c;1;2": 4, "a;b;c;1;\u00a0 ": 3, "a;b;c;1": 3, "a;b;c": 4, "a;b;c;;2": 4} {
		if at := h.From(Phone, strings.Split(cells, ";")); at != want {
			t.Errorf("%s: column %d, want %d", cells, at, want)
		}
	}
	if extra := h.ExtraNames(); len(extra) != 2 || h.Without(4) != "work" {
		t.Errorf("kept %q", extra)
	}
}
