package table

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines that are in quotes as a whole are read as what is in them.
func TestWrappedLines(t *testing.T) {
	t.Parallel()
	const top = `"first_name,last_name,email,phone"` + "\n"
	for name, c := range map[string]struct {
		text    string
		wrapped bool
		want    []string
	}{
		"plain":                         {top + `"Ann,Lee,ann@example.com,1"` + "\n" + `"Bob,Ray,bob@example.com,2"`, true, []string{"2 Ann|Lee|ann@example.com|1", "3 Bob|Ray|bob@example.com|2"}},
		"quotes within":                 {top + `"Ann,""Lee, Jr"",ann@example.com,1"` + "\r\n", true, []string{"2 Ann|Lee, Jr|ann@example.com|1"}},
		"blank lines":                   {top + "\n" + `"Ann,Lee,ann@example.com,1"` + "\n\n", true, []string{"3 Ann|Lee|ann@example.com|1"}},
		"semicolons":                    {strings.ReplaceAll(top+`"Ann,Lee,ann@example.com,1"`+"\n", ",", ";"), true, []string{"2 Ann|Lee|ann@example.com|1"}},
		"cells in quotes":               {`"first_name","last_name","email","phone"` + "\n" + `"Ann","","ann@example.com","1"` + "\n", false, []string{"2 Ann||ann@example.com|1"}},
		"longer than what is looked at": {top + strings.Repeat(`"Ann,Lee,ann@example.com,1"`+"\n", sniffBytes/20), true, nil},
	} {
		got, f, err := read(t, []byte(c.text), "")
		if err != nil || f.Wrapped != c.wrapped {
			t.Errorf("%s: wrapped is %v, %v", name, f.Wrapped, err)
		}
		if c.want == nil {
			if n := len(got); n != sniffBytes/20 || !strings.HasSuffix(got[n-1], " Ann|Lee|ann@example.com|1") {
				t.Errorf("%s: %d rows", name, n)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
