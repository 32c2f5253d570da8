package value

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

const (
	withPlus  = "Write it with + and the country code, such as +447700900123"
	orRegion  = withPlus + "; or, if all numbers without one are of one country, name that country (--region)"
	oneNumber = "Write one number and nothing else, such as +447700900123"
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
		return s, "", &Flaw{"phone_too_long", Quote(s) + " is too long for a phone number", oneNumber}
	}
	if digits, code, f := fromSpreadsheet(s); f != nil {
		return s, "", f
	} else if code != "" {
		number, f = written(digits, s, region)
		return number, code, f
	}
	if f := phoneWords(s); f != nil {
		return s, "", f
	}
	digits := stripPhone(s)
	switch {
	case strings.HasPrefix(digits, "+"):
		return international(digits, s)
	case strings.HasPrefix(digits, "00"):
		if region == "" {
			return s, "", prefixFlaw(s)
		}
		return abroad(digits, s, region)
	case digits == "":
		return s, "", notPhone(s)
	case region == "":
		return s, "", &Flaw{"phone_no_country_code", Quote(s) + " does not start with + and a country code", orRegion}
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
func international(digits, s string) (number, code string, f *Flaw) {
	n := len(digits) - 1
	if !IsE164(digits) {
		if n > maxPhoneDigits {
			return s, "", &Flaw{"phone_too_long", Quote(s) + " has more than 15 digits", oneNumber}
		}
		return s, "", &Flaw{"phone_too_short", Quote(s) + " has too few digits for a phone number", "Write the whole number, with + and the country code"}
	}
	if possible(digits) {
		return digits, "", nil
	}
	cc := countryCode(digits)
	if cc == 0 {
		return s, "", &Flaw{"phone_country_unknown", Quote(s) + " begins with a country code that does not exist", withPlus}
	}
	return trunk(digits, s, cc)
}

// trunk looks at a number that no plan of its country has as it is. People
// write the zero that is dialled inside the country, as in +44 (0)20 7946 0018.
// It is left out where that makes a number in use, and only that. In Italy it is
// a part of the number.
func trunk(digits, s string, cc int) (number, code string, f *Flaw) {
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
	return s, "", trunkFlaw(s)
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

func prefixFlaw(s string) *Flaw {
	return &Flaw{"phone_dialling_prefix", Quote(s) + " begins with 00, which is not dialled in every country", "Write + in place of what is dialled for abroad, such as +447700900123"}
}

func trunkFlaw(s string) *Flaw {
	return &Flaw{"phone_trunk_zero", Quote(s) + " has a zero, or another prefix, that is not dialled after a country code", "Leave it out, as in +44 20 7946 0018"}
}

// phoneWords says what a text has in it that is not part of a phone number.
func phoneWords(s string) *Flaw {
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
		return &Flaw{"phone_several", Quote(s) + " is more than one phone number", oneNumber}
	case pluses > 1 || pluses == 1 && strings.TrimLeft(s, spacingBeforePlus)[0] != '+':
		return &Flaw{"phone_invalid", Quote(s) + " has a + where none can be", oneNumber}
	case letters > 0 && digits >= 5 && hasExtension(strings.ToLower(s)):
		return &Flaw{"phone_extension", Quote(s) + " has an extension", "Write a number that can be called without one, a mobile phone's if possible: " + withPlus}
	case letters > 0 && digits >= 3:
		return &Flaw{"phone_letters", Quote(s) + " has letters in it", "Write digits in place of the letters: " + withPlus}
	case letters > 0 || other || digits == 0:
		return notPhone(s)
	}
	return nil
}

const spacingBeforePlus = " ([\u00a0\u202a\u202d\u200e\u2066\u202f\u2009\u2007"

func notPhone(s string) *Flaw {
	return &Flaw{"phone_invalid", Quote(s) + " is not a phone number", withPlus}
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
