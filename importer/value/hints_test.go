package value

import (
	"strings"
	"testing"
)

func TestWhatIsAroundAnAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want, repair, code string }{
		{"ann@example.com;", "ann@example.com", emailSeparator, ""},
		{"ann@example.com,", "ann@example.com", emailSeparator, ""},
		{";ann@example.com ; ", "ann@example.com", emailSeparator, ""},
		{"Bob Roe <bob@example.com>;", "bob@example.com", emailDisplayName, ""},
		{`"Roe, Bob" <bob@example.com>`, "bob@example.com", emailDisplayName, ""},
		{"<bob@example.com>", "bob@example.com", emailDisplayName, ""},
		{"Bob Roe (bob@example.com)", "bob@example.com", emailDisplayName, ""},
		{"Bob Roe [mailto:bob@example.com]", "bob@example.com", emailDisplayName, ""},
		{"Bob@example.com <mailto:bob@example.com>", "bob@example.com", emailDisplayName, ""},
		{"ann@example.com;bob@example.com", "", "", "email_several"},
		{"ann@example.com; bob@example.com;", "", "", "email_several"},
		{"ann@example.com <bob@example.com>", "", "", "email_several"},
		{"Ann <ann@example.com>; Bob <bob@example.com>", "", "", "email_several"},
		{"Bob <bob>", "", "", "email_display_name"},
		{"ann@example", "", "", "email_invalid"},
	} {
		if c.want == "" {
			c.want = c.given
		}
		got, repair, f := Email(c.given)
		if got != c.want || repair != c.repair || codeOf(f) != c.code {
			t.Errorf("%q: got %q, %q, %q", c.given, got, repair, codeOf(f))
		}
	}
}

func TestPhonesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ phone, region, want string }{
		{"+49 (0)172/3456789", "", "+491723456789"},
		{"+49 (0)172/3456789", "DE", "+491723456789"},
		{"0049 (0)172 / 345 67 80", "", "+491723456780"},
		{"0049 (0)172 / 345 67 80", "DE", "+491723456780"},
		{"0044 7911 123456", "", "+447911123456"},
		{"0172 / 3456789", "DE", "+491723456789"},
		{"+44 20 7946 0018 / 7946 0019", "", "phone_several"},
		{"0171 2345678 / 0172 3456789", "DE", "phone_several"},
		{"+49 172 3456789 / +49 172 3456780", "", "phone_several"},
		{"0171-2345678 (privat)", "", "phone_words"},
		{"0171-2345678 (privat)", "DE", "phone_words"},
		{"Tel.: 0171 2345678", "DE", "phone_words"},
		{"Handy 0171/2345678", "DE", "phone_words"},
		{"+44 7911 123456 (work)", "", "phone_words"},
		{"mobile: +44 7911 123456", "", "phone_words"},
		{"1-800-FLOWERS", "US", "phone_letters"},
		{"+1 202 555 CALL", "", "phone_letters"},
		{"48,501,234,570", "", "phone_grouped"},
		{"48'501'234'570", "PL", "phone_grouped"},
		{"#1 (202) 555 0123", "", "phone_sign"},
		{"# 202 555 0123", "US", "phone_sign"},
		{"see notes", "", "phone_invalid"},
	} {
		got, _, f := Phone(c.phone, c.region)
		if f != nil {
			got = f.Code
		}
		if got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.phone, c.region, got, c.want)
		}
	}
}

// A remedy is one sentence, and its example is a number of the region in force.
func TestRemediesOfPhones(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"#1 (202) 555 0123", "see notes", "1-800-FLOWERS", "Tel.: 0171 2345678", "48,501,234,570", "+44 7700 900123 ext 4", "+44+7700900123", "123", "+4409999999999",
		"+999 123456789", "01511234", "4.48E+11", "+123456", "0171 2345678 / 0172 3456789", "0011687123456", "7911123456"} {
		for region, example := range map[string]string{"": "+447700900123", "DE": "+49", "FR": "+33", "GB": "+447700900123"} {
			_, _, f := Phone(s, region)
			if f == nil {
				continue
			}
			if strings.Contains(f.Fix, ": ") || strings.Contains(f.Fix, ". ") || strings.Count(f.Fix, "Write") > 1 {
				t.Errorf("%q in %q: more than one sentence: %s", s, region, f.Fix)
			}
			if at := strings.Index(f.Fix, "such as +"); at >= 0 && !strings.HasPrefix(f.Fix[at+len("such as "):], example) {
				t.Errorf("%q in %q: the example is of another country: %s", s, region, f.Fix)
			}
		}
	}
}

func TestRegionsOfNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		national, others, want string
	}{
		"one country":        {"0171 2345678 a@x.de,0172 3456789 b@x.com,030 12345678 c@x.com", "", "DE 3/3"},
		"all but one":        {"0171 2345678 a@x.de,0172 3456789 a@x.de,0173 3456789 a@x.de,0174 3456789 a@x.de,12 a@x.de", "", "DE 4/5"},
		"others speak":       {"06 12 34 56 78 a@x.com,06 98 76 54 32 a@x.com", "+33612345678 a@x.com", "FR 2/2"},
		"mostly with a code": {"0171 2345678 a@x.de", "+4915112345678 a@x.de,+4915112345679 a@x.de", ""},
		"no country":         {"1 a@x.de,2 a@x.de,3 a@x.de", "", ""},
		"none":               {"", "+4915112345678 a@x.de", ""},
	} {
		var r Regions
		each := func(list string, add func(phone, email string)) {
			for one := range strings.SplitSeq(list, ",") {
				if at := strings.LastIndexByte(one, ' '); at > 0 {
					add(one[:at], one[at+1:])
				}
			}
		}
		each(c.others, r.Other)
		each(c.national, r.National)
		got := ""
		for _, g := range r.Guesses() {
			got += g.Region + " " + string(rune('0'+g.Reads)) + "/" + string(rune('0'+g.Of))
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	for lean, want := range map[string]string{"DE": "DE", "AT": "AT"} { // nothing else tells them apart
		var r Regions
		r.Lean(lean)
		r.National("0664 1234567", "a@x.com")
		if g := r.Guesses(); len(g) != 1 || g[0].Region != want {
			t.Errorf("leaning to %s: %v", lean, g)
		}
	}
	var many Regions
	for range 3 * narrowedBy {
		many.National("0171 2345678", "a@x.de")
	}
	if g := many.Guesses(); len(g) != 1 || g[0] != (RegionGuess{"DE", 3 * narrowedBy, 3 * narrowedBy}) {
		t.Errorf("of many: %v", g)
	}
}
