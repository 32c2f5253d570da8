package value

import (
	"regexp"
	"strings"
	"unicode"
)

// phoneWords says what a text has in it that is not part of a phone number.
func phoneWords(s, region string) *Flaw {
	letters, digits, pluses, hash, other := 0, 0, 0, false, false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+':
			pluses++
		case r == '#':
			hash = true
		case unicode.IsLetter(r):
			letters++
		case !isPhoneSpacing(r):
			other = true
		}
	}
	extension := (letters > 0 || hash) && digits >= 5 && hasExtension(strings.ToLower(s))
	switch {
	case severalNumbers(s, pluses, region):
		return &Flaw{"phone_several", Quote(s) + " is more than one phone number", oneNumber(region)}
	case letters > 0 && digits >= 7 && !extension && hasWords(s):
		return wordsFlaw(s, region)
	case pluses > 1 || pluses == 1 && strings.TrimLeft(s, spacingBeforePlus)[0] != '+':
		return &Flaw{"phone_invalid", Quote(s) + " has a + where none can be", oneNumber(region)}
	case extension:
		return &Flaw{"phone_extension", Quote(s) + " has an extension", "Write a number that can be called without one, such as " + exampleIn(region)}
	case letters > 0 && digits >= 3:
		return &Flaw{"phone_letters", Quote(s) + " has letters in it", "Write digits in place of the letters, such as " + exampleIn(region)}
	case hash && digits >= 3:
		return &Flaw{"phone_sign", Quote(s) + " has a # in it", withPlus(region)}
	case letters > 0 || hash || digits == 0:
		return notPhone(s, region)
	}
	if !other {
		return nil
	}
	if sign, ok := groupedBy(s); ok {
		return &Flaw{"phone_grouped", Quote(s) + " is written with " + sign + " between its digits, as amounts of money are", takeAway(sign, s, region)}
	}
	return notPhone(s, region)
}

// hasWords reports whether there are whole words beside a number, such as "mobile" or
// "(privat)", and not letters in place of digits.
func hasWords(s string) bool {
	words := wordsBeside.FindAllString(s, -1)
	rest := wordsBeside.ReplaceAllString(s, " ")
	return len(words) > 0 && !strings.ContainsFunc(rest, unicode.IsLetter) && !vanity.MatchString(s)
}

// Words stand apart from the digits; letters for digits follow a number that is free of
// charge, in capitals.
var (
	wordsBeside = regexp.MustCompile(`(^|[\s(\[:.,;/-])(\pL[\pL.'-]*)($|[\s)\]:.,;/-])`)
	vanity      = regexp.MustCompile(`[0-9][ -][A-Z]{3,}$`)
)

func wordsFlaw(s, region string) *Flaw {
	return &Flaw{"phone_words", Quote(s) + " has words beside the number", takeAway("words", s, region)}
}

// takeAway is the remedy for what stands in a number; without it, the number may still
// lack its country code.
func takeAway(what, s, region string) string {
	if region != "" || strings.Contains(s, "+") {
		return "Take the " + what + " away"
	}
	return "Take the " + what + " away, and begin with + and the country code, such as " + exampleIn(region)
}

// groupedBy names the sign between the digits of a number that is written as an amount.
func groupedBy(s string) (name string, ok bool) {
	for _, sign := range []string{",", "'", "’"} {
		if !strings.Contains(s, sign) {
			continue
		}
		groups := strings.Split(strings.TrimPrefix(s, "+"), sign)
		ok := len(groups) > 2 && len(groups[0]) <= 3
		for i, g := range groups {
			ok = ok && g != "" && onlyDigits(g) && (i == 0 || len(g) == 3)
		}
		if ok && sign == "," {
			return "commas", true
		}
		if ok {
			return "apostrophes", true
		}
	}
	return "", false
}

const spacingBeforePlus = " ([\u00a0\u202a\u202d\u200e\u2066\u202f\u2009\u2007"

func notPhone(s, region string) *Flaw {
	return &Flaw{"phone_invalid", Quote(s) + " is not a phone number", withPlus(region)}
}

// severalNumbers reports whether there is a whole number on both sides of
// something that people write between two. What follows a slash may be the rest of
// one number, where what is before it is none.
func severalNumbers(s string, pluses int, region string) bool {
	for _, between := range []string{",", ";", "/", "|", ":::", " or ", " oder ", " ou ", "&", "\n"} {
		before, after, ok := strings.Cut(s, between)
		if ok && digitsOf(before) >= 6 && (digitsOf(after) >= 6 || pluses > 1) && !(between == "/" && restOfNumber(before, after, region)) {
			return true
		}
	}
	return pluses > 1 && digitsOf(s) > maxPhoneDigits
}

func restOfNumber(before, after, region string) bool {
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	if after == "" || after[0] < '1' || after[0] > '9' || digitsOf(before+after) > maxPhoneDigits+3 {
		return false
	}
	digits := stripPhone(before)
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	if strings.HasPrefix(digits, "+") {
		_, _, f := international(digits, before, region)
		return f != nil
	}
	_, _, f := national(digits, before, region)
	return region == "" || f != nil
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
