package importer

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean takes white space and the spreadsheet's mark off a value.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if marked(s) || len(s) > 1 && s[0] == '\'' && s[1] >= '0' && s[1] <= '9' {
		return strings.TrimSpace(s[1:])
	}
	return s
}

// unmark takes off the ' that the report, or a spreadsheet, puts before what
// would otherwise be read as a formula. Everything else stays.
func unmark(s string) string {
	if marked(s) {
		return s[1:]
	}
	return s
}

func marked(s string) bool {
	return len(s) > 1 && s[0] == '\'' && strings.IndexByte("=@-+\t\r", s[1]) >= 0
}

// isBadControl tells control characters that no cell may have. Tabs and line
// breaks are for columns of free text.
func isBadControl(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.IsControl(r)
}

// controlled reports whether s has a control character. It is asked of every
// value, so plain text takes a shorter way.
func controlled(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return strings.ContainsFunc(s[i:], unicode.IsControl)
		}
	}
	return false
}

func badlyControlled(s string) bool {
	return controlled(s) && strings.ContainsFunc(s, isBadControl)
}

func controlFlaw(value string) *flaw {
	return &flaw{"control_character", shown(value) + " has a control character or a line break in it", "Type the value again"}
}

// The longest values that are accepted, in characters.
const (
	maxName       = 100
	maxExternalID = 255
	maxWorkflowID = 255
	maxURL        = 2048
)

// tooLong reports whether s has more than n characters.
func tooLong(s string, n int) bool { return len(s) > n && utf8.RuneCountInString(s) > n }

func checkName(s string) *flaw {
	if tooLong(s, maxName) {
		return &flaw{"name_too_long", "the name has more than 100 characters", "Shorten it"}
	}
	return nil
}

func checkExternalID(s string) *flaw {
	if tooLong(s, maxExternalID) {
		return &flaw{"external_id_too_long", "the value has more than 255 characters", "Use a shorter reference"}
	}
	return nil
}

func checkWorkflowID(s string) *flaw {
	if tooLong(s, maxWorkflowID) || strings.ContainsFunc(s, unicode.IsSpace) {
		return &flaw{"workflow_id_invalid", shown(s) + " is not a workflow id", "Copy the id from the provider's console, or leave the cell empty"}
	}
	return nil
}

func checkRedirectURL(s string) *flaw {
	const fix = "Write an address that starts with https://, or leave the cell empty"
	u, err := url.Parse(s)
	switch {
	case err != nil || tooLong(s, maxURL) || strings.ContainsFunc(s, unicode.IsSpace):
		return &flaw{"redirect_url_invalid", shown(s) + " is not a web address", fix}
	case u.Scheme != "https":
		return &flaw{"redirect_url_not_https", shown(s) + " does not start with https://", fix}
	case u.Hostname() == "" || u.User != nil:
		return &flaw{"redirect_url_invalid", shown(s) + " is not a web address", fix}
	}
	return nil
}

// checkFlag reads yes or no in the words that people and programs use.
func checkFlag(s string, unset bool) (bool, *flaw) {
	if s == "" {
		return unset, nil
	}
	if len(s) <= maxShown {
		if value, ok := flagWords[fold(s)]; ok {
			return value, nil
		}
	}
	return unset, &flaw{"boolean_invalid", shown(s) + " is neither yes nor no", "Write yes or no, or leave the cell empty"}
}

// flagWords are in English, German, French, Spanish, Dutch, Italian and
// Portuguese.
var flagWords = map[string]bool{
	"true": true, "yes": true, "y": true, "1": true, "ja": true, "j": true, "wahr": true, "oui": true, "o": true, "vrai": true,
	"si": true, "s": true, "verdadero": true, "waar": true, "vero": true, "sim": true, "verdadeiro": true,
	"false": false, "no": false, "n": false, "0": false, "nein": false, "falsch": false, "non": false, "faux": false,
	"falso": false, "nee": false, "onwaar": false, "nao": false,
}
