package importer

import (
	"strings"
	"unicode"
)

// flaw is a problem before it is known where: what a check of a value returns.
type flaw struct{ code, wrong, fix string }

// maxShown is how much of a value a problem quotes, in characters.
const maxShown = 60

// shown quotes a value for a problem. Control characters would garble a
// terminal, so they are replaced.
func shown(value string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, value)
	return `"` + clip(clean, maxShown) + `"`
}

// clip cuts s to n characters and marks the cut.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}
