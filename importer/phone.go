package importer

import "strings"

// E.164 allows 15 digits; no subscriber can be reached with fewer than 7.
const (
	minPhoneDigits = 7
	maxPhoneDigits = 15
)

const withPlus = "Write it with + and the country code, such as +447700900123"

// normalPhone brings a phone number into E.164 form. Spaces, dashes, dots and
// brackets are how people write it and are left out; nothing is guessed.
func normalPhone(s string) (string, *flaw) {
	digits := s
	if !isPlainPhone(s) {
		var ok bool
		if digits, ok = stripPhone(s); !ok {
			return s, &flaw{"phone_invalid", shown(s) + " has something in it that is not part of a phone number", withPlus}
		}
	}
	switch {
	case digits == "" || digits[0] != '+':
		return s, &flaw{"phone_no_country_code", shown(s) + " does not start with + and a country code", withPlus}
	case strings.LastIndexByte(digits, '+') > 0:
		return s, &flaw{"phone_invalid", shown(s) + " has more than one +", "Write one number, such as +447700900123"}
	case strings.HasPrefix(digits, "+0"):
		return s, &flaw{"phone_invalid", shown(s) + " has a zero after the +, where the country code must be", withPlus}
	case len(digits)-1 < minPhoneDigits:
		return s, &flaw{"phone_too_short", shown(s) + " has too few digits for a phone number", "Write the whole number, with + and the country code"}
	case len(digits)-1 > maxPhoneDigits:
		return s, &flaw{"phone_too_long", shown(s) + " has more than 15 digits", "Write one number, without an extension"}
	case strings.Contains(s, "(0"):
		// +44 (0)20 …: the zero is dialled inside the country only, so the
		// digits as they stand would reach somebody else, or nobody.
		return s, &flaw{"phone_trunk_zero", shown(s) + " has a zero in brackets that is not dialled after a country code", "Leave the zero out, as in +44 20 7946 0018"}
	}
	return digits, nil
}

// isPlainPhone reports whether there is nothing to leave out.
func isPlainPhone(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '+' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// stripPhone leaves out what is only there for the eye, and reports whether
// there was nothing else.
func stripPhone(s string) (string, bool) {
	ok := true
	digits := strings.Map(func(r rune) rune {
		switch {
		case r == '+' || r >= '0' && r <= '9':
			return r
		case isPhoneSpacing(r):
			return -1
		}
		ok = false
		return -1
	}, s)
	return digits, ok
}

// isPhoneSpacing also knows the no-break spaces and the dashes that word
// processors put in.
func isPhoneSpacing(r rune) bool {
	switch r {
	case ' ', '-', '.', '(', ')', '[', ']', '\u00a0', '\u2007', '\u2009', '\u202f', '\u2212':
		return true
	}
	return r >= '\u2010' && r <= '\u2015'
}
