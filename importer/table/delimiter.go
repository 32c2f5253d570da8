package table

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// maxTitles is how many rows may be above the header.
const maxTitles = 20

// delimiters are tried in this order.
const delimiters = ",;\t|"

// layout is how the rows of a text are found in it.
type layout struct {
	comma byte
	skip  int // rows above the header
}

// sniffBytes is how much of a text is looked at to find its header.
const sniffBytes = maxRowBytes + 2*readSize

// layoutOf finds the delimiter of a text: the one that its first line tells
// Excel, or the one with which a row becomes a header. With a wrong delimiter no
// row has all the columns that are needed, so this is no guess. If there is no
// header, the text is refused later, and the best delimiter shows why.
func layoutOf(r io.Reader, loneCR bool, heads HeadCounter) (layout, error) {
	start, err := io.ReadAll(io.LimitReader(r, sniffBytes))
	if err != nil {
		return layout{}, err
	}
	candidates := delimiters
	end := bytes.IndexAny(start, "\r\n")
	if end < 0 {
		end = len(start)
	}
	if sep, ok := SepLine(start[:end]); ok {
		candidates = string(sep)
	}
	var best layout
	bestHeads, bestCells := -1, 0
	var tooWide error
	for i := range len(candidates) {
		l := layout{comma: candidates[i]}
		if _, _, err := newCSVTable(bytes.NewReader(start), l.comma, loneCR).Next(); errors.Is(err, errTooWide) {
			tooWide = err
		}
		n, cells := 0, 0
		l.skip, n, cells = headerOf(newCSVTable(bytes.NewReader(start), l.comma, loneCR), heads)
		if n > bestHeads || n == bestHeads && cells > bestCells {
			best, bestHeads, bestCells = l, n, cells
		}
	}
	if bestHeads <= 0 && tooWide != nil {
		return layout{}, tooWide
	}
	return best, nil
}

// SepLine reads the line with which a file tells Excel its delimiter.
func SepLine(line []byte) (byte, bool) {
	s := strings.Trim(string(line[:min(len(line), 16)]), `" `)
	if len(s) == 5 && strings.EqualFold(s[:4], "sep=") && strings.IndexByte(delimiters, s[4]) >= 0 {
		return s[4], true
	}
	return 0, false
}

// headerOf finds the header among the first rows of a table: the one that names
// the most required columns, and the first of such. It returns how many rows are
// above it, how many of the required columns it names, and how many cells it
// has. A row that may be a person is no title: nothing below it is a header.
func headerOf(t Rows, heads HeadCounter) (skip, found, width int) {
	for i := range maxTitles + 1 {
		_, cells, err := t.Next()
		if err != nil {
			break
		}
		if n := heads(cells); n > found || i == 0 {
			skip, found, width = i, n, len(cells)
		}
		if found == RequiredColumns || likePerson(cells) {
			break
		}
	}
	return skip, found, width
}

func likePerson(cells []string) bool {
	filled, at := 0, false
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			filled++
		}
		at = at || strings.Contains(c, "@")
	}
	return at && filled >= RequiredColumns
}
