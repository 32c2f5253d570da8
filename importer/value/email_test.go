package value

import (
	"strings"
	"testing"
)

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want, repair, code string }{
		{"mailto:ann@example.com", "ann@example.com", mailtoRemoved, ""},
		{"MAILTO: ann@example.com", "ann@example.com", mailtoRemoved, ""},
		{"Ann@Example.com", "Ann@Example.com", "", ""},
		{"; 'ann@example.com", "ann@example.com", emailSeparator, ""},
		{"Ann <'ann@example.com>", "ann@example.com", emailDisplayName, ""},
		{"Ann <mailto: ann@example.com>", "ann@example.com", emailDisplayName, ""},
		{"mailto:ann", "mailto:ann", "", "email_invalid"},
		{"ann@example.com (work)", "ann@example.com (work)", "", "email_display_name"},
		{"Ann <ann@example.com>, Bob <bob@example.com>", "Ann <ann@example.com>, Bob <bob@example.com>", "", "email_several"},
	} {
		got, repair, f := Email(c.given)
		if got != c.want || repair != c.repair || codeOf(f) != c.code {
			t.Errorf("%q: got %q, %q, %q", c.given, got, repair, codeOf(f))
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, s := range []string{"ann@example.com", "a@b@c", "Ann <a@b.cd>", "ann@bücher.example", "mailto:ann@example.com", "''a@b.cd", "mailto:'a@b.cd", " '0@b.cd", "<'0@b.cd>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, _, flaw := Email(s)
		if flaw != nil {
			return
		}
		if strings.Count(got, "@") != 1 || strings.ContainsAny(got, " \t\r\n,;<>\"\x00") || len(got) > 254 {
			t.Errorf("accepted %q", s)
		}
		if again, code, flaw := Email(got); again != got || code != "" || flaw != nil {
			t.Errorf("%q became %q, which became %q (%v)", s, got, again, flaw)
		}
	})
}
