package report

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// escape makes text of a page of any value, for an element or a quoted attribute.
// What no page may hold, such as control characters, becomes U+FFFD.
func escape(s string) string {
	at := 0
	for at < len(s) && isPlain(s[at]) {
		at++
	}
	if at == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 32)
	b.WriteString(s[:at])
	for _, c := range s[at:] { // what is no UTF-8 comes as U+FFFD
		b.WriteString(escapeRune(c))
	}
	return b.String()
}

// isPlain reports whether a byte is itself on a page.
func isPlain(c byte) bool {
	return c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&' && c != '"' && c != '\''
}

func escapeRune(c rune) string {
	switch {
	case c == '<':
		return "&lt;"
	case c == '>':
		return "&gt;"
	case c == '&':
		return "&amp;"
	case c == '"':
		return "&#34;"
	case c == '\'':
		return "&#39;"
	case c < ' ' && c != '\n' && c != '\r' && c != '\t', c >= 0x7F && c < 0xA0, c&0xFFFE == 0xFFFE, c >= 0xFDD0 && c <= 0xFDEF:
		return string(utf8.RuneError)
	}
	return string(c)
}

// isLink reports whether somebody may be sent to a URL: one of https, with a host,
// and with no name before it that could be taken for the host.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// Thousands writes a number as people read it.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural is one of two nouns, as a number needs it.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// capital makes the first letter of words of ours a capital.
func capital(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
