package report

import (
	"path/filepath"
	"strings"
)

// FormatOf is the format that a file's name asks for: CSV unless it says
// another.
func FormatOf(path string) (Format, error) {
	ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	switch ext {
	case "", "txt":
		return CSV, nil
	case "htm":
		return HTML, nil
	}
	return ParseFormat(ext)
}
