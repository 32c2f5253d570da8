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
	comma   byte
	run     string // of another separator, that ends every line
	wrapped bool   // every line is one value in quotes
	skip    int    // rows above the header
	width   int    // of the widest of the first rows
}

// sniffBytes is how much of a text is looked at to find its header.
const sniffBytes = maxRowBytes + 2*readSize

// layoutOf finds the delimiter of a text: the one that its first line tells
// Excel, or the one with which a row becomes a header. With a wrong delimiter no
// row has all the columns that are needed, so this is no guess. If there is no
// header, it is the one with which the rows are alike: somebody says what they
// are, or the text is refused later, and that delimiter shows why.
func layoutOf(r io.Reader, loneCR bool, wish Wish, heads HeadCounter) (layout, error) {
	start, err := io.ReadAll(io.LimitReader(r, sniffBytes))
	if err != nil {
		return layout{}, err
	}
	wrapped := !loneCR && isWrapped(start)
	if wrapped {
		if start, err = io.ReadAll(newUnwrapper(bytes.NewReader(start))); err != nil {
			return layout{}, err
		}
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
	bestLook := look{heads: -1}
	var tooWide error
	for i := range len(candidates) {
		open := func() Rows { return newCSVTable(bytes.NewReader(start), candidates[i], loneCR) }
		if _, _, err := open().Next(); errors.Is(err, errTooWide) {
			tooWide = err
		}
		if l, look := lookAt(open, wish, heads); look.better(bestLook) {
			best, bestLook = l, look
			best.comma = candidates[i]
		}
	}
	if bestLook.heads <= 0 && tooWide != nil {
		return layout{}, tooWide
	}
	best.run, best.wrapped = runOf(start, best.comma), wrapped
	return best, nil
}

// runOf is the run of one separator in which every line of a text ends that another
// separates: programs that join two exports write that. It is empty if there is none.
// Of the last line, which may be cut off, nothing is said.
func runOf(start []byte, comma byte) (run string) {
	lines := bytes.FieldsFunc(start, func(r rune) bool { return r == '\r' || r == '\n' })
	if len(start) == sniffBytes && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	open, first := false, true // whether a quote is, and nothing is known yet
	for _, line := range lines {
		if open = open != (bytes.Count(line, []byte{'"'})%2 == 1); open {
			continue
		}
		n := len(line)
		for n > 0 && line[n-1] == line[len(line)-1] && line[n-1] != comma && strings.IndexByte(delimiters, line[n-1]) >= 0 {
			n--
		}
		if !first && string(line[n:]) != run || n == len(line) {
			return ""
		}
		run, first = string(line[n:]), false
	}
	if len(lines) < 2 {
		return ""
	}
	return run
}

// look is what speaks for a delimiter.
type look struct {
	heads int // the required columns that the header names
	cells int // of the header
	alike int // how many cells, beyond the first, the rows have that are equally wide
}

func (l look) better(than look) bool {
	switch {
	case l.heads != than.heads:
		return l.heads > than.heads
	case l.heads == 0 && l.alike != than.alike:
		return l.alike > than.alike
	}
	return l.cells > than.cells
}

// lookAt looks at the rows of a text as a delimiter makes them.
func lookAt(open func() Rows, wish Wish, heads HeadCounter) (l layout, look look) {
	switch wish.HeaderRow {
	case 0:
		l.skip, look.heads, look.cells = headerOf(open(), heads)
	case NoHeader:
	default:
		look.heads, look.cells = headsIn(open(), wish.HeaderRow, heads)
	}
	if look.heads == 0 {
		look.alike, l.width = regularity(open(), wish.HeaderRow)
	}
	return l, look
}

// headsIn counts the required columns that a row names, and its cells.
func headsIn(t Rows, row int, heads HeadCounter) (found, width int) {
	for range maxHeaderRow {
		n, cells, err := t.Next()
		if err != nil || n > row {
			break
		}
		if n == row {
			return heads(cells), len(cells)
		}
	}
	return 0, 0
}

// widthRows is how many rows are looked at to see how wide they are.
const widthRows = 50

// regularity says how alike the first rows of a table are, from a row on if it is
// there: how many cells, beyond their first, those have that are equally wide. It
// also returns the width of the widest.
func regularity(t Rows, from int) (alike, width int) {
	count := map[int]int{}
	for seen := 0; seen < widthRows; seen++ {
		n, cells, err := t.Next()
		if err != nil {
			break
		}
		if n <= from {
			clear(count)
			seen, width = 0, 0
		}
		count[len(cells)]++
		width = max(width, len(cells))
	}
	for w, n := range count {
		alike = max(alike, n*(w-1))
	}
	return alike, width
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
