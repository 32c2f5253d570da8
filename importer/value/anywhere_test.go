package value

import "testing"

// 00 is read where nobody can mean anything else by it: a longer prefix counts only
// where some country dials it.
func TestDialledAbroadFromAnywhere(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"0049 157 12345670":   "+4915712345670", // 004 91 … would be Indian, dialled in Thailand
		"0034 655 443 322":    "+34655443322",
		"00351 961 234 567":   "+351961234567",
		"0033 7 56 78 90 12":  "+33756789012",
		"0039 347 7654321":    "+393477654321",
		"004915712345671":     "+4915712345671",
		"(0049) 157 12345672": "+4915712345672",
		"00 49 157 12345673":  "+4915712345673",
		"004 91 5712345674":   "phone_dialling_prefix",
		"0011447911123456":    "phone_dialling_prefix",
		"001 202 555 0123":    "+12025550123",
		"0011 44 7911 123456": "phone_dialling_prefix", // from Australia
		"0049 15":             "phone_dialling_prefix",
	} {
		number, _, f := Phone(s, "")
		if f != nil {
			number = f.Code
		}
		if number != want {
			t.Errorf("%s: got %s, want %s", s, number, want)
		}
	}
}

// Numbers that are written as in North America are taken to be from there, and others
// of as many digits from nowhere.
func TestRegionByHowNumbersAreWritten(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{"(646) 555-0177": "US ", "646-555-0177": "US ", "646.555.0177": "US ", "1-646-555-0177": "US ", "2065550177": "", "20 65 55 01 77": ""} {
		var r Regions
		for range 3 {
			r.National(number, "cy@example.com")
		}
		got := ""
		for _, g := range r.Guesses() {
			got += g.Region + " "
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", number, got, want)
		}
	}
}
