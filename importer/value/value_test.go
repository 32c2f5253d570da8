package value

import (
	"strings"
	"testing"
)

func codeOf(f *Flaw) string {
	if f == nil {
		return ""
	}
	return f.Code
}

func TestCheckEmail(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ann@example.com":                             "",
		"Ann.O'Lee+hr@Mail.Example.co.uk":             "",
		"x@y.io":                                      "",
		"ann@bücher.example":                          "",
		"ann@例え.テスト":                                  "",
		"ann@xn--bcher-kva.example":                   "",
		strings.Repeat("a", 64) + "@example.com":      "",
		strings.Repeat("a", 65) + "@example.com":      "email_invalid",
		"a@" + strings.Repeat("b.", 130) + "com":      "email_invalid",
		"a@" + strings.Repeat("b", 64) + ".com":       "email_invalid",
		"ann":                                         "email_invalid",
		"ann@":                                        "email_invalid",
		"@example.com":                                "email_invalid",
		"ann@example":                                 "email_invalid",
		"ann@example.c":                               "email_invalid",
		"ann@example.123":                             "email_invalid",
		"ann@127.0.0.1":                               "email_invalid",
		"ann@[127.0.0.1]":                             "email_invalid",
		"ann@-example.com":                            "email_invalid",
		"ann@example-.com":                            "email_invalid",
		"ann@example..com":                            "email_invalid",
		"ann@.example.com":                            "email_invalid",
		"ann@example.com.":                            "email_invalid",
		"ann@exa mple.com":                            "email_invalid",
		"ann@exa_mple.com":                            "email_invalid",
		".ann@example.com":                            "email_invalid",
		"ann.@example.com":                            "email_invalid",
		"an..n@example.com":                           "email_invalid",
		"an n@example.com":                            "email_invalid",
		"änn@example.com":                             "email_invalid",
		`"an n"@example.com`:                          "email_invalid",
		"mailto:ann@example.com":                      "email_invalid",
		"ann@lee@example.com":                         "email_invalid",
		"ann@example.com,":                            "email_invalid",
		"Ann Lee <ann@example.com>":                   "email_display_name",
		"<ann@example.com>":                           "email_display_name",
		"ann@example.com, bob@example.com":            "email_several",
		"ann@example.com;bob@example.com":             "email_several",
		"ann@example.com bob@example.com":             "email_several",
		"ann@example.com / bob@example.com":           "email_several",
		"ann@example.com\u200b":                       "email_invalid",
		"ann@example.com?subject=verify":              "email_invalid",
		"ann@" + strings.Repeat("é", 40) + ".example": "email_invalid",
	} {
		if got := codeOf(checkEmail(email)); got != want {
			t.Errorf("%q: got %q, want %q", email, got, want)
		}
	}
}

func TestCheckRedirectURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://example.com":                              "",
		"https://example.com:8443/done?x=1&y=ä#end":        "",
		"HTTPS://EXAMPLE.COM/":                             "",
		"http://example.com":                               "redirect_url_not_https",
		"example.com/done":                                 "redirect_url_not_https",
		"javascript:alert(1)":                              "redirect_url_not_https",
		"//example.com":                                    "redirect_url_not_https",
		"https://":                                         "redirect_url_invalid",
		"https:///done":                                    "redirect_url_invalid",
		"https:example.com":                                "redirect_url_invalid",
		"https://ann:secret@example.com":                   "redirect_url_invalid",
		"https://example.com/a b":                          "redirect_url_invalid",
		"https://example.com:x/":                           "redirect_url_invalid",
		"https://example.com/" + strings.Repeat("a", 2048): "redirect_url_invalid",
	} {
		if got := codeOf(CheckRedirectURL(url)); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}

func TestCheckFlag(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"true": true, "Yes": true, "Y": true, "1": true, "FALSE": false, "no": false, "n": false, "0": false} {
		for _, unset := range []bool{true, false} {
			if got, flaw := Flag(word, unset); got != want || flaw != nil {
				t.Errorf("%q: got %v, %v", word, got, flaw)
			}
			if got, flaw := Flag("", unset); got != unset || flaw != nil {
				t.Errorf("empty: got %v, %v", got, flaw)
			}
		}
	}
	if _, flaw := Flag("perhaps", true); codeOf(flaw) != "boolean_invalid" {
		t.Errorf("perhaps: got %v", flaw)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"  Ann\u00a0":    "Ann",
		"'+447700900123": "+447700900123",
		" '=Ann ":        "=Ann",
		"'-Ann":          "-Ann",
		"'@Ann":          "@Ann",
		"'\tAnn":         "Ann",
		"'Ann'":          "'Ann'",
		"O'Lee":          "O'Lee",
		"'t Hooft":       "'t Hooft",
		"''=Ann":         "''=Ann",
		"'007":           "007",
		"'":              "'",
		"":               "",
		"\r\n":           "",
	} {
		if got := Clean(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}
