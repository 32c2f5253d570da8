package importer

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

const (
	withPlus  = "Write it with + and the country code, such as +447700900123"
	orRegion  = withPlus + "; or, if all numbers without one are of one country, name that country with --region"
	oneNumber = "Write one number and nothing else, such as +447700900123"
)

// E.164 allows 15 digits. What people write around them is not much longer.
const (
	maxPhoneDigits = 15
	maxPhoneText   = 60
)

// normalPhone brings a phone number into E.164 form. The region is the country
// (ISO 3166) of a number that names none; it may be empty. What people write for
// the eye is left out. The code tells what was repaired, if anything; nothing
// is guessed. A number that is refused comes back as it was.
func normalPhone(s, region string) (number, code string, f *flaw) {
	if isPlainPhone(s) && possible(s) {
		return s, "", nil
	}
	number, code, f = readPhone(s, region)
	if f != nil {
		return s, "", f
	}
	return number, code, nil
}

func readPhone(s, region string) (number, code string, f *flaw) {
	if len(s) > maxPhoneText {
		return s, "", &flaw{"phone_too_long", shown(s) + " is too long for a phone number", oneNumber}
	}
	if digits, f, ok := fromSpreadsheet(s); f != nil {
		return s, "", f
	} else if ok {
		return written(digits, s, region)
	}
	if f := phoneWords(s); f != nil {
		return s, "", f
	}
	digits := stripPhone(s)
	switch {
	case strings.Contains(s, "(0") && (strings.HasPrefix(digits, "+") || strings.HasPrefix(digits, "00")):
		// +44 (0)20 …: the zero is dialled inside the country only, so the
		// digits as they stand would reach somebody else, or nobody.
		return s, "", trunkFlaw(s)
	case strings.HasPrefix(digits, "+"):
		f = checkInternational(digits, s)
		return digits, "", f
	case strings.HasPrefix(digits, "00"):
		if region == "" {
			return s, "", &flaw{"phone_dialling_prefix", shown(s) + " begins with 00, which is not dialled in every country", "Write + in place of 00, such as +447700900123"}
		}
		f = checkInternational("+"+digits[2:], s)
		return "+" + digits[2:], phonePrefix, f
	case digits == "":
		return s, "", notPhone(s)
	case region == "":
		return s, "", &flaw{"phone_no_country_code", shown(s) + " does not start with + and a country code", orRegion}
	}
	return national(digits, s, region)
}

// isPlainPhone reports whether s may be E.164 as it is.
func isPlainPhone(s string) bool {
	if len(s) < 5 || len(s) > maxPhoneDigits+1 || s[0] != '+' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// checkInternational checks a number that has its country code.
func checkInternational(digits, s string) *flaw {
	n := len(digits) - 1
	if !isPlainPhone(digits) {
		if n > maxPhoneDigits {
			return &flaw{"phone_too_long", shown(s) + " has more than 15 digits", oneNumber}
		}
		return &flaw{"phone_too_short", shown(s) + " has too few digits for a phone number", "Write the whole number, with + and the country code"}
	}
	if possible(digits) {
		return nil
	}
	cc := countryCode(digits)
	if cc == 0 {
		return &flaw{"phone_country_unknown", shown(s) + " begins with a country code that does not exist", withPlus}
	}
	return impossible(digits, s, cc)
}

// impossible says what is wrong with a number that no plan of its country has.
func impossible(digits, s string, cc int) *flaw {
	num, err := phonenumbers.Parse(digits, "")
	if err == nil && phonenumbers.IsPossibleNumberWithReason(num) == phonenumbers.IS_POSSIBLE {
		if phonenumbers.Format(num, phonenumbers.E164) == digits {
			return nil // a zero that belongs there, as in Italy
		}
		return trunkFlaw(s)
	}
	given := len(digits) - 1 - ccDigits(cc)
	least, most := lengthsOf(cc)
	switch {
	case given < least:
		return &flaw{"phone_too_short", shown(s) + " has too few digits for a phone number of its country", "Write the whole number, with + and the country code"}
	case given > most:
		return &flaw{"phone_too_long", shown(s) + " has too many digits for a phone number of its country", "Write one number, without an extension"}
	}
	return &flaw{"phone_length", shown(s) + " has a number of digits that no phone number of its country has", "Look the number up, and write it with + and the country code"}
}

func trunkFlaw(s string) *flaw {
	return &flaw{"phone_trunk_zero", shown(s) + " has a zero, or another prefix, that is not dialled after a country code", "Leave it out, as in +44 20 7946 0018"}
}

// phoneWords says what a text has in it that is not part of a phone number.
func phoneWords(s string) *flaw {
	letters, digits, pluses, other := 0, 0, 0, false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+':
			pluses++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '#':
			letters++
		case !isPhoneSpacing(r):
			other = true
		}
	}
	switch {
	case severalNumbers(s, pluses):
		return &flaw{"phone_several", shown(s) + " is more than one phone number", oneNumber}
	case pluses > 1 || pluses == 1 && strings.TrimLeft(s, spacingBeforePlus)[0] != '+':
		return &flaw{"phone_invalid", shown(s) + " has a + where none can be", oneNumber}
	case letters > 0 && digits >= 5 && hasExtension(strings.ToLower(s)):
		return &flaw{"phone_extension", shown(s) + " has an extension", "Write a number that can be called without one, a mobile phone's if possible: " + withPlus}
	case letters > 0 && digits >= 3:
		return &flaw{"phone_letters", shown(s) + " has letters in it", "Write digits in place of the letters: " + withPlus}
	case letters > 0 || other || digits == 0:
		return notPhone(s)
	}
	return nil
}

const spacingBeforePlus = " ([\u00a0\u202a\u202d\u200e\u2066\u202f\u2009\u2007"

func notPhone(s string) *flaw {
	return &flaw{"phone_invalid", shown(s) + " is not a phone number", withPlus}
}

// severalNumbers reports whether there is a whole number on both sides of
// something that people write between two.
func severalNumbers(s string, pluses int) bool {
	for _, between := range []string{",", ";", "/", "|", ":::", " or ", " oder ", " ou ", "&", "\n"} {
		before, after, ok := strings.Cut(s, between)
		if ok && digitsOf(before) >= 6 && (digitsOf(after) >= 6 || pluses > 1) {
			return true
		}
	}
	return pluses > 1 && digitsOf(s) > maxPhoneDigits
}

func digitsOf(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// hasExtension looks for the words for one, before a digit.
func hasExtension(s string) bool {
	for _, word := range []string{"ext", "x", "#", "durchwahl", "dw", "poste", "toestel", "tst", "anexo", "interno", "ramal", "app"} {
		if i := strings.LastIndex(s, word); i > 0 && digitsOf(s[:i]) >= 5 && digitsOf(s[i:]) > 0 && digitsOf(s[i:]) <= 6 {
			return true
		}
	}
	return false
}

// stripPhone leaves out what is only there for the eye.
func stripPhone(s string) string {
	var space [maxPhoneText]byte
	digits := space[:0]
	for i := range len(s) {
		if c := s[i]; c == '+' || c >= '0' && c <= '9' {
			digits = append(digits, c)
		}
	}
	return string(digits)
}

// isPhoneSpacing also knows the no-break spaces, dashes and marks of direction
// that word processors and address books put in.
func isPhoneSpacing(r rune) bool {
	switch r {
	case ' ', '-', '.', '/', '(', ')', '[', ']', '\u00a0', '\u2007', '\u2009', '\u202f', '\u2212', '\u200e', '\u200f':
		return true
	}
	return r >= '\u2010' && r <= '\u2015' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
