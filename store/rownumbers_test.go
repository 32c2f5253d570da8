package store

import (
	"fmt"
	"strings"
	"testing"
)

func TestRowNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows []int
		want string
	}{
		{nil, ""},
		{[]int{12}, "12"},
		{[]int{31, 12, 15, 20, 21, 22, 12, 15, 23}, "12, 15, 20-23, 31"},
		{[]int{2, 3}, "2-3"},
	} {
		before := fmt.Sprint(c.rows)
		if got := RowNumbers(c.rows); got != c.want {
			t.Errorf("%v: %q, want %q", c.rows, got, c.want)
		}
		if fmt.Sprint(c.rows) != before {
			t.Errorf("the caller's rows were changed: %v, before %s", c.rows, before)
		}
	}
}

// TestManyRowNumbers: all are counted, in the list or as left out, however long
// the list is.
func TestManyRowNumbers(t *testing.T) {
	t.Parallel()
	var rows []int
	for n := range 300 {
		rows = append(rows, 2+n*7)
		got := RowNumbers(rows)
		list, more, cut := strings.Cut(got, " … and ")
		left := 0
		if cut {
			if k, err := fmt.Sscanf(more, "%d more", &left); k != 1 || err != nil {
				t.Fatalf("%q", got)
			}
		}
		if len(list) > 200 || strings.Count(list, ",")+1+left != len(rows) {
			t.Fatalf("%d rows: %q", len(rows), got)
		}
		if !rowNumbers.MatchString(got) {
			t.Fatalf("%q would not be recorded", got)
		}
	}
	if got := RowNumbers(rows); !strings.HasSuffix(got, " more") {
		t.Errorf("nothing was left out: %q", got)
	}
}
