package value

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// RFC 5321, 4.5.3.1 and RFC 1035, 2.3.4, in bytes.
const (
	maxEmail = 254
	maxLocal = 64
	maxLabel = 63
)

const oneAddress = "Write one address and nothing else, such as name@example.com"

// Email takes off what is not part of an address, and checks the rest.
// It returns which repair that was.
func Email(s string) (address, code string, f *Flaw) {
	if plain, code := bareAddress(s); code != "" && checkEmail(plain) == nil {
		return plain, code, nil
	}
	if f = checkEmail(s); f == nil {
		return s, "", nil
	}
	if one, code := onlyAddress(s); code != "" {
		return one, code, nil
	}
	return s, "", f
}

// bareAddress takes off what programs write before an address: the beginning of a link, and
// the mark of a text. The code is empty where there is neither.
func bareAddress(s string) (plain, code string) {
	const mailto = "mailto:"
	plain = s
	if len(s) > len(mailto) && strings.EqualFold(s[:len(mailto)], mailto) {
		plain, code = strings.TrimSpace(s[len(mailto):]), mailtoRemoved
	}
	if rest := strings.TrimLeft(plain, "'"); rest != plain {
		plain, code = rest, cmp.Or(code, markRemoved)
	}
	return plain, code
}

// onlyAddress takes what address books write around one address off: what separates
// it from others, and a name that is no address. The code is empty where there is not
// exactly one.
func onlyAddress(s string) (address, code string) {
	plain := strings.Trim(s, ";, ")
	if one, _ := bareAddress(plain); plain != s && checkEmail(one) == nil {
		return one, emailSeparator
	}
	for _, brackets := range []string{"<>", "[]", "()"} {
		name, rest, ok := strings.Cut(plain, brackets[:1])
		inside, after, closed := strings.Cut(rest, brackets[1:])
		if !ok || !closed || strings.Trim(after, ";, ") != "" {
			continue
		}
		name = strings.Trim(name, " \"'")
		inside, _ = bareAddress(strings.TrimSpace(inside))
		if checkEmail(inside) == nil && (!strings.Contains(name, "@") || strings.EqualFold(name, inside)) {
			return inside, emailDisplayName
		}
	}
	return "", ""
}

// Mailbox is the form of an address by which it is compared: its domain as
// it is asked for in the DNS (RFC 5891).
func Mailbox(address string) string {
	if IsASCII(address) {
		return address
	}
	at := strings.LastIndexByte(address, '@')
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return address
	}
	return address[:at+1] + domain
}

// IsEmail reports whether s is exactly one e-mail address.
func IsEmail(s string) bool { return checkEmail(s) == nil }

// checkEmail makes sure that s is exactly one e-mail address in the form that
// mail systems use (RFC 5321 without quoted local parts and address literals).
// Letters of every script are accepted in the domain, not before the @.
func checkEmail(s string) *Flaw {
	if f := CheckText(s); f != nil {
		return f
	}
	at := strings.IndexByte(s, '@')
	switch {
	case strings.Count(s, "@") > 1 && strings.ContainsAny(s, ",; /|\n"):
		return &Flaw{"email_several", Quote(s) + " is more than one address", oneAddress}
	case strings.ContainsAny(s, "<>()"):
		return &Flaw{"email_display_name", Quote(s) + " is more than an address", oneAddress}
	case at < 0:
		return &Flaw{"email_invalid", Quote(s) + " has no @", oneAddress}
	case len(s) > maxEmail || at > maxLocal:
		return &Flaw{"email_invalid", Quote(s) + " is too long for an e-mail address", oneAddress}
	case strings.ContainsFunc(s, unicode.IsSpace):
		return &Flaw{"email_invalid", Quote(s) + " has a space in it", oneAddress}
	case !isLocalPart(s[:at]):
		return &Flaw{"email_invalid", "what stands before the @ in " + Quote(s) + " cannot be part of an address", oneAddress}
	case !isDomain(s[at+1:]):
		return &Flaw{"email_invalid", "what stands after the @ in " + Quote(s) + " is not the name of a mail domain", oneAddress}
	}
	return nil
}

// isLocalPart accepts words of RFC 5322's atext with single dots between them.
func isLocalPart(s string) bool {
	last := byte('.')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '.' && last == '.' || c != '.' && !isAtext(c) {
			return false
		}
		last = c
	}
	return last != '.'
}

func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// isDomain accepts two labels or more, the last of which is not a number.
func isDomain(s string) bool {
	if !IsASCII(s) {
		if _, err := idna.Lookup.ToASCII(s); err != nil {
			return false
		}
	}
	labels := 0
	for {
		label, rest, more := strings.Cut(s, ".")
		if !isLabel(label) {
			return false
		}
		labels++
		if !more {
			return labels > 1 && isTopLabel(label)
		}
		s = rest
	}
}

func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if r < utf8.RuneSelf {
			if r != '-' && !isAlphanumeric(byte(r)) {
				return false
			}
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isTopLabel(s string) bool {
	return len(s) > 1 && strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
}
