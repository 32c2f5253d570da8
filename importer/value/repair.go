package value

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The codes of repairs.
const (
	markRemoved      = "text_mark_removed"   // the ' by which a spreadsheet keeps text as it is
	spaceFolded      = "white_space_removed" // around a value, or more than one inside
	invisibleRemoved = "invisible_removed"   // marks that nobody sees
	unicodeComposed  = "unicode_composed"    // an accent that was a character of its own
	mailtoRemoved    = "mailto_removed"
	FullNameSplit    = "full_name_split"
	LastNamePrefixed = "last_name_prefix_added" // van der + Berg
	FullNameTitle    = "full_name_title_removed"
	emailSeparator   = "email_separator_removed" // ann@example.com;
	emailDisplayName = "email_display_name_removed"
	phoneExponent    = "phone_exponent_resolved" // 4.47712345678E+11
	phoneDecimal     = "phone_decimal_removed"   // 447712345678.0
	PhonePlus        = "phone_plus_restored"
	phoneZero        = "phone_zero_restored"
	phoneCountryCode = "phone_country_code_added"
	phonePrefix      = "phone_prefix_replaced"    // 00 or 011 by +
	phoneSigns       = "phone_signs_removed"      // spaces, brackets, dashes
	phoneTrunk       = "phone_trunk_zero_removed" // +44 (0)20 …
	phoneDigits      = "phone_digits_rewritten"
	telRemoved       = "tel_removed"
)

// IsCosmetic reports whether a repair changes nothing but how a value looks.
func IsCosmetic(code string) bool { return code == phoneSigns || code == spaceFolded }

// RepairWords says what was done, in words.
func RepairWords(code string) string {
	switch code {
	case markRemoved:
		return "the spreadsheet's mark for text was taken off"
	case invisibleRemoved:
		return "characters that nobody can see were taken out"
	case spaceFolded:
		return "needless white space was taken out"
	case unicodeComposed:
		return "letters and their accents were put together"
	case mailtoRemoved:
		return "mailto: was taken off"
	case FullNameSplit:
		return "split into first name | last name"
	case LastNamePrefixed:
		return "what the list has apart was put before the last name"
	case FullNameTitle:
		return "split into first name | last name, and a title before it was left out"
	case emailSeparator:
		return "what separates addresses was taken off"
	case emailDisplayName:
		return "the name beside the address was taken off"
	case phoneExponent:
		return "written out: the spreadsheet had made a number of it, with all its digits"
	case phoneDecimal:
		return "the decimals that a program had added were taken off"
	case PhonePlus:
		return "the lost + was put back"
	case phoneZero:
		return "read as a number without the zero that is dialled first, and the country code added"
	case phoneCountryCode:
		return "the country code was added"
	case phonePrefix:
		return "what is dialled for abroad was replaced by +"
	case phoneSigns:
		return "spaces and signs were taken out"
	case phoneTrunk:
		return "the zero that is dialled inside the country only was left out"
	case phoneDigits:
		return "digits of another script were written as 0 to 9"
	case telRemoved:
		return "tel: was taken off"
	}
	return code
}

// Tidy brings a value into its one form: without marks, invisible characters
// and white space around it, and composed (Unicode NFC). In text, white space
// within is folded. It returns the first repair that took.
func Tidy(raw string, text bool) (value, code string) {
	if isTidy(raw) {
		return raw, ""
	}
	s := strings.TrimSpace(raw)
	note := func(changed, by string) {
		if changed != s && code == "" {
			code = by
		}
		s = changed
	}
	if s != raw {
		code = spaceFolded
	}
	if !IsASCII(s) {
		note(strings.TrimSpace(withoutInvisible(s, text)), invisibleRemoved)
	}
	note(Clean(s), markRemoved)
	if text && !badlyControlled(s) {
		note(strings.Join(strings.Fields(s), " "), spaceFolded)
	}
	note(norm.NFC.String(s), unicodeComposed)
	return s, code
}

// isTidy tells quickly that there is nothing to do about a plain text.
func isTidy(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' ' && s[0] != '\'' && s[0] != '='
}
