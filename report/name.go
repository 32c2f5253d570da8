package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxName is how many bytes the name of a file may have, on all systems that
// people use.
const maxName = 255

// Name is the name of the report about something, with the given ending. What
// does not fit is cut off the name of what it is about.
func Name(about, ending string) string {
	base := filepath.Base(about)
	return cut(strings.TrimSuffix(base, filepath.Ext(base)), maxName-len(ending)) + ending
}

// numbered is the n-th name after that of a path, with the same ending.
func numbered(path string, n int) string {
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	if ext == base {
		ext = "" // a name like .report is all name
	}
	ending := fmt.Sprintf("-%d%s", n, ext)
	return filepath.Join(filepath.Dir(path), cut(strings.TrimSuffix(base, ext), maxName-len(ending))+ending)
}

// cut shortens a text to so many bytes, between two letters.
func cut(s string, most int) string {
	if most = max(most, 0); len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
