package value

import (
	"strings"
	"unicode"
)

// Flaw is a problem before it is known where: what a check of a value returns.
type Flaw struct{ Code, Wrong, Fix string }

// MaxShown is how much of a value a problem quotes, in characters.
const MaxShown = 60

// Quote quotes a value for a problem. Control characters would garble a
// terminal, so they are replaced.
func Quote(value string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, value)
	return `"` + Clip(clean, MaxShown) + `"`
}

// Clip cuts s to n characters and marks the cut.
func Clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}
