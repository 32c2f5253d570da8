package value

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// E.164 allows 15 digits. What people write around them is not much longer.
const (
	maxPhoneDigits = 15
	maxPhoneText   = 60
)

// Phone brings a phone number into E.164 form. The region is the country
// (ISO 3166) of a number that names none; it may be empty. What people write for
// the eye is left out. The code tells what was repaired, if anything; nothing
// is guessed. A number that is refused comes back as it was.
func Phone(s, region string) (number, code string, f *Flaw) {
	if IsE164(s) && possible(s) {
		return s, "", nil
	}
	plain, rewritten := plainDigits(s)
	number, code, f = readPhone(plain, region)
	if f != nil {
		return s, "", f
	}
	if code = cmp.Or(code, rewritten); code == "" && number != s {
		code = phoneSigns
	}
	return number, code, nil
}

// plainDigits writes the digits of other scripts as 0 to 9, and takes the tel:
// of a link off.
func plainDigits(s string) (plain, code string) {
	const tel = "tel:"
	plain = s
	if len(s) > len(tel) && strings.EqualFold(s[:len(tel)], tel) {
		plain, code = strings.TrimSpace(s[len(tel):]), telRemoved
	}
	if IsASCII(plain) {
		return plain, code
	}
	converted := strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf || !unicode.IsDigit(r) && r != '\uff0b':
			return r
		case r == '\uff0b': // full width, as the digits that go with it
			return '+'
		}
		return digitOf(r)
	}, plain)
	if converted != plain {
		code = phoneDigits
	}
	return converted, code
}

// IsASCII reports whether s has no character beyond ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// digitOf is the 0 to 9 that a decimal digit of any script stands for. Unicode
// has them in tens, the zero first (The Unicode Standard, 4.6).
func digitOf(r rune) rune {
	for _, tens := range unicode.Nd.R16 {
		if r >= rune(tens.Lo) && r <= rune(tens.Hi) {
			return '0' + (r-rune(tens.Lo))%10
		}
	}
	for _, tens := range unicode.Nd.R32 {
		if r >= rune(tens.Lo) && r <= rune(tens.Hi) {
			return '0' + (r-rune(tens.Lo))%10
		}
	}
	return r
}

func readPhone(s, region string) (number, code string, f *Flaw) {
	if len(s) > maxPhoneText {
		return s, "", &Flaw{"phone_too_long", Quote(s) + " is too long for a phone number", oneNumber(region)}
	}
	if digits, code, f := fromSpreadsheet(s); f != nil {
		return s, "", f
	} else if code != "" {
		number, f = written(digits, s, region)
		return number, code, f
	}
	if f := phoneWords(s, region); f != nil {
		return s, "", f
	}
	digits := stripPhone(s)
	switch {
	case strings.HasPrefix(digits, "+"):
		return international(digits, s, region)
	case strings.HasPrefix(digits, "00"):
		return abroad(digits, s, region)
	case digits == "":
		return s, "", notPhone(s, region)
	case region == "":
		return s, "", &Flaw{NoCountryCode, Quote(s) + " does not start with + and a country code", orRegion}
	}
	return national(digits, s, region)
}

// IsE164 reports whether s may be E.164 as it is.
func IsE164(s string) bool {
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

// international checks a number that has its country code.
func international(digits, s, region string) (number, code string, f *Flaw) {
	n := len(digits) - 1
	if !IsE164(digits) {
		if n > maxPhoneDigits {
			return s, "", &Flaw{"phone_too_long", Quote(s) + " has more than 15 digits", oneNumber(region)}
		}
		return s, "", &Flaw{"phone_too_short", Quote(s) + " has too few digits for a phone number", "Write the whole number, with + and the country code"}
	}
	if possible(digits) {
		return digits, "", nil
	}
	cc := countryCode(digits)
	if cc == 0 {
		return s, "", &Flaw{"phone_country_unknown", Quote(s) + " begins with a country code that does not exist", withPlus(region)}
	}
	return trunk(digits, s, cc, region)
}

// trunk looks at a number that no plan of its country has as it is. People
// write the zero that is dialled inside the country, as in +44 (0)20 7946 0018.
// It is left out where that makes a number in use, and only that. In Italy it is
// a part of the number.
func trunk(digits, s string, cc int, region string) (number, code string, f *Flaw) {
	from := 1 + ccDigits(cc)
	without := digits[:from] + digits[min(from+1, len(digits)):]
	if d := diallingOf(phonenumbers.GetRegionCodeForCountryCode(cc)); d != nil && d.zero && digits[from:] != "" && digits[from] == '0' && valid(without) {
		return without, phoneTrunk, nil
	}
	num, err := phonenumbers.Parse(digits, "")
	if err != nil || phonenumbers.IsPossibleNumberWithReason(num) != phonenumbers.IS_POSSIBLE {
		return s, "", impossible(digits, s, cc)
	}
	switch number = phonenumbers.Format(num, phonenumbers.E164); {
	case number == digits && valid(digits) && !(strings.Contains(s, "(0") && valid(without)):
		return number, "", nil
	case number == without && digits[from] == '0' && phonenumbers.IsValidNumber(num):
		return number, phoneTrunk, nil
	}
	return s, "", trunkFlaw(s, cc)
}

// impossible says what is wrong with a number that no plan of its country has.
func impossible(digits, s string, cc int) *Flaw {
	given := len(digits) - 1 - ccDigits(cc)
	least, most := lengthsOf(cc)
	switch {
	case given < least:
		return &Flaw{"phone_too_short", Quote(s) + " has too few digits for a phone number of its country", "Write the whole number, with + and the country code"}
	case given > most:
		return &Flaw{"phone_too_long", Quote(s) + " has too many digits for a phone number of its country", "Write one number, without an extension"}
	}
	return &Flaw{"phone_length", Quote(s) + " has a number of digits that no phone number of its country has", "Look the number up, and write it with + and the country code"}
}

func prefixFlaw(s, region string) *Flaw {
	return &Flaw{"phone_dialling_prefix", Quote(s) + " begins with 00, which is not dialled in every country", "Write + in place of what is dialled for abroad, such as " + exampleIn(region)}
}

func trunkFlaw(s string, cc int) *Flaw {
	return &Flaw{"phone_trunk_zero", Quote(s) + " has a zero, or another prefix, that is not dialled after a country code",
		"Leave it out, as in " + exampleIn(phonenumbers.GetRegionCodeForCountryCode(cc))}
}

func digitsOf(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
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
