package heading

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/importer/table"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		known  Known
		want   string // or what the error says
	}{
		"other words": {"Wer|Was|Post|Ruf", Known{Places: map[int]string{0: "first_name", 1: "last_name", 2: "email", 3: "phone"}},
			"first_name last_name email phone"},
		"before the map": {"first_name|last_name|email|Mail|phone", Known{Places: map[int]string{2: "email"}, Mapped: map[string]string{"email": "Mail"}},
			"first_name last_name email - phone"},
		"the map's column is another's": {"first_name|last_name|A|Mail|phone", Known{Places: map[int]string{2: "email", 3: "external_id"}, Mapped: map[string]string{"email": "Mail"}},
			"first_name last_name email external_id phone"},
		"the map's column is nobody's": {"first_name|last_name|email|Mail|phone", Known{Places: map[int]string{3: ""}, Mapped: map[string]string{"email": "Mail"}},
			"first_name last_name email - phone"},
		"before the source": {"email|x|first_name|last_name|phone", Known{Places: map[int]string{0: "", 1: "email"}, Placed: map[string][]int{"email": {0}}},
			"- email first_name last_name phone"},
		"rivals, one is said":     {"first_name|last_name|email|Phone|phone", Known{Places: map[int]string{4: "phone"}}, "first_name last_name email - phone"},
		"rivals, one is not":      {"first_name|last_name|email|Phone|phone", Known{Places: map[int]string{3: ""}}, "first_name last_name email - phone"},
		"rivals, nothing is said": {"first_name|last_name|email|Phone|phone", Known{Places: map[int]string{0: "first_name"}}, "both mean phone"},
		"nobody's email":          {"first_name|last_name|email|phone", Known{Places: map[int]string{2: ""}}, "no column email"},
		"the full name":           {"first_name|Vorname|last_name|Wer|email|phone", Known{Places: map[int]string{3: "full_name"}}, "- - - full_name email phone"},
		"its parts":               {"Full name|A|B|email|phone", Known{Places: map[int]string{1: "first_name", 2: "last_name"}}, "- first_name last_name email phone"},
		"one part":                {"Full name|A|email|phone", Known{Places: map[int]string{1: "first_name"}}, "no column last_name"},
		"the word beside a part":  {"Name|Vorname|email|phone", Known{Places: map[int]string{1: "first_name"}}, "last_name first_name email phone"},
		"one of usher's own":      {"status|first_name|last_name|email|phone", Known{Places: map[int]string{0: "external_id"}}, "external_id first_name last_name email phone"},
		"no headings": {"column 1|column 2|column 3|column 4", Known{Bare: true, Places: map[int]string{0: "email", 1: "phone", 3: "full_name"}, Mapped: map[string]string{"country": "column 3"}},
			"email phone - full_name"},
		"no headings, little said": {"column 1|column 2|phone", Known{Bare: true, Places: map[int]string{0: "email"}}, "nobody said which column is first_name, last_name, phone"},
		"twice":                    {"a|b|c", Known{Places: map[int]string{0: "email", 2: "email"}}, "column 1 (a) and column 3 (c) are both said to be email"},
		"unknown":                  {"a|b|c", Known{Places: map[int]string{0: "E-Mail"}}, `no field "E-Mail"`},
		"outside":                  {"a|b|c", Known{Places: map[int]string{3: ""}}, "no column 4"},
		"negative":                 {"a|b|c", Known{Places: map[int]string{-1: "email"}}, "no column 0"},
	} {
		h, err := Read(strings.Split(c.header, "|"), c.known)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fields(h)
		}
		if err != nil && !strings.Contains(got, c.want) || err == nil && got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		var option *OptionError
		if errors.As(err, &option) && (option.Option != OptionColumns || strings.Contains(option.Problem+option.Remedy, "--")) {
			t.Errorf("%s: %+v", name, option)
		}
	}
}

func fields(h *Header) string {
	all := make([]string, len(h.Columns))
	for i, c := range h.Columns {
		all[i] = orElse(c.Field, "-")
	}
	return strings.Join(all, " ")
}

// What is said of one of usher's own columns is believed, and no longer what usher
// wrote in it.
func TestPlaceOfAnOwnColumn(t *testing.T) {
	t.Parallel()
	h, err := Read(strings.Split("status|first_name|last_name|email|phone|_fix", "|"), Known{Places: map[int]string{0: "external_id", 5: "country"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := h.Own("status"); ok || h.Columns[0].Ignored || h.Fix >= 0 {
		t.Errorf("got %+v", h)
	}
}

// A list that usher makes calls columns by what only a person knew of them.
func TestNamesOfColumns(t *testing.T) {
	t.Parallel()
	h, err := Read(strings.Split("column 1|column 2|column 3|column 4|column 5", "|"), Known{Bare: true,
		Places: map[int]string{0: "full_name", 1: "email", 2: "phone", 3: "country", 4: ""}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"full_name", "country", "column 5"}, h.ExtraNames()); diff != "" || h.Name(1) != "email" {
		t.Errorf("%s (-want +got):\n%s", h.Name(1), diff)
	}
	h, err = Read(strings.Split("first_name|last_name|E-Mail|phone|Land", "|"), Known{Places: map[int]string{0: "first_name"}})
	if err != nil || h.Name(2) != "E-Mail" || h.ExtraNames()[0] != "Land" {
		t.Errorf("%v, %q", err, h.ExtraNames())
	}
}

// Who asks on a page is told what is wrong as data, with what was understood.
func TestColumnsErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		known  Known
		want   ColumnsError
		fields string // what was understood
	}{
		"missing": {"first_name|Surnme|Invitation mail|phone", Known{},
			ColumnsError{Why: ColumnsMissing, Missing: []string{"last_name", "email"}, Near: map[string][]int{"last_name": {1}, "email": {2}}}, "first_name - - phone"},
		"nothing": {"Wer|Was", Known{},
			ColumnsError{Why: HeaderUnknown, Missing: []string{"first_name", "last_name", "email", "phone"}, Near: map[string][]int{}}, "- -"},
		"a person": {"Ann|Lee|ann@example.com|+447700900001", Known{},
			ColumnsError{Why: HeaderIsRow, Missing: []string{"first_name", "last_name", "email", "phone"}, Near: map[string][]int{}}, "- - - -"},
		"rivals": {"first_name|last_name|email|Phone|Mobile Phone", Known{},
			ColumnsError{Why: ColumnsRival, Field: "phone", Columns: []int{4, 3}}, "first_name last_name email - -"},
		"not there": {"first_name|last_name|email|Pone", Known{Mapped: map[string]string{"phone": "Phone"}},
			ColumnsError{Why: ColumnNotThere, Field: "phone", Near: map[string][]int{"phone": {3}}, Asked: "Phone"}, "- - - -"},
		"alike": {"a|b|a", Known{Mapped: map[string]string{"email": "a"}},
			ColumnsError{Why: ColumnsAlike, Field: "email", Columns: []int{0, 2}}, "- - -"},
		"taken": {"a|b", Known{Mapped: map[string]string{"email": "a", "phone": "a"}},
			ColumnsError{Why: ColumnTaken, Field: "phone", Columns: []int{0}}, "email -"},
		"bare": {"column 1|column 2", Known{Bare: true, Places: map[int]string{1: "phone"}},
			ColumnsError{Why: ColumnsMissing, Missing: []string{"first_name", "last_name", "email"}, Near: map[string][]int{}}, "- phone"},
		"unreadable": {"a|b\x07", Known{}, ColumnsError{Why: HeadingUnreadable, Columns: []int{1}}, ""},
	} {
		h, err := Read(strings.Split(c.header, "|"), c.known)
		var columns *ColumnsError
		var refused *table.FileError
		if !errors.As(err, &columns) || !errors.As(err, &refused) || refused.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, *columns); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if h == nil && c.fields != "" || h != nil && fields(h) != c.fields {
			t.Errorf("%s: understood %+v, want %s", name, h, c.fields)
		}
	}
}
