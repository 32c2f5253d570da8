package importer

import (
	"strings"
	"testing"
)

// TestMissingButElsewhere: where somebody lacks a number or an address and another column
// has one, that is offered; never one of somebody else, or a value that is none.
func TestMissingButElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header, row, code, fix string
	}{
		{"a second number", "First name,Last name,Email,Mobile,Home phone", "Ann,Lee,ann@example.com,,+447700900001", "phone_missing", `--map phone="Mobile|Home phone"`},
		{"what stands there is none", "First name,Last name,Email,Mobile,Home phone", "Ann,Lee,ann@example.com,n/a,+447700900001", "phone_missing", `--map phone="Mobile|Home phone"`},
		{"no number there either", "First name,Last name,Email,Mobile,Home phone", "Ann,Lee,ann@example.com,,ask her", "phone_missing", ""},
		{"somebody else's", "First name,Last name,Email,Mobile,Emergency contact phone", "Ann,Lee,ann@example.com,,+447700900001", "phone_missing", ""},
		{"an address", "First name,Last name,Mobile,Work email,Private email", "Ann,Lee,+447700900001,,ann@example.org", "email_missing", `--map email="Work email|Private email"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			columns := map[string]string{"phone": "Mobile"}
			if strings.Contains(c.header, "Work email") {
				columns["email"] = "Work email"
			}
			full := strings.NewReplacer(",,", ",+447700900002,", "n/a", "+447700900002").Replace(c.row)
			if columns["email"] != "" {
				full = strings.Replace(c.row, ",,", ",bea@example.com,", 1)
			}
			text := c.header + "\n" + strings.Repeat(strings.Replace(full, "Ann,Lee", "Bea,Roe", 1)+"\n", 2) + c.row + "\n"
			plan, err := Check(t.Context(), nil, open(t, text), Options{Columns: columns})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Problems) != 1 || plan.Problems[0].Code != c.code || plan.Problems[0].Count != 1 {
				t.Fatalf("problems: %+v", plan.Problems)
			}
			fix := plan.Problems[0].Examples[0].Fix
			if offered := strings.Contains(fix, "--map"); offered != (c.fix != "") || !strings.Contains(fix, c.fix) {
				t.Errorf("it says %q, want %q in it", fix, c.fix)
			}
		})
	}
}
