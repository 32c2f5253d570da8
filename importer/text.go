package importer

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// textReader passes UTF-8 text on, without a byte order mark, and refuses what
// is not UTF-8. It also ends a row that never ends: a quote that is opened and
// not closed would otherwise draw the rest of the file into memory.
type textReader struct {
	r     io.Reader
	begun bool
	tail  []byte // the beginning of a character whose end is not read yet
	given int64  // bytes passed on
	limit int64  // how many may be passed on before the present row ends
	line  int    // line ends passed on
	err   error
}

// maxRowBytes is how long a row may be. No list of people comes near it.
const maxRowBytes = 1 << 20

// readSize is how much is read at a time.
const readSize = 64 << 10

var errRowTooLong = errors.New("a row is too long")

// rowFrom says that the present row began at an offset of the text.
func (t *textReader) rowFrom(offset int64) { t.limit = offset + maxRowBytes + readSize }

// Read reads whole characters; p must have room for one.
func (t *textReader) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	if t.given > t.limit {
		t.err = errRowTooLong
		return 0, t.err
	}
	n, err := t.fill(p)
	if err != nil && err != io.EOF {
		t.err = err
		return 0, err
	}
	if !utf8.Valid(p[:n]) {
		t.err = t.notText(p[:n])
		return 0, t.err
	}
	t.given += int64(n)
	t.line += bytes.Count(p[:n], []byte{'\n'})
	t.err = err
	return n, err
}

// fill reads on and keeps back a character that is not complete.
func (t *textReader) fill(p []byte) (int, error) {
	for {
		n := copy(p, t.tail)
		m, err := t.start(p[n:])
		n += m
		cut := 0
		if err == nil {
			cut = incomplete(p[:n])
		}
		t.tail = append(t.tail[:0], p[n-cut:n]...)
		if n > cut || err != nil {
			return n - cut, err
		}
	}
}

// start reads on, and at the beginning of the file looks what kind it is.
func (t *textReader) start(p []byte) (int, error) {
	if t.begun {
		return t.r.Read(p)
	}
	t.begun = true
	n, err := io.ReadAtLeast(t.r, p, 4)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if kind := kindOf(p[:n]); kind != nil {
		return 0, kind
	}
	if bytes.HasPrefix(p[:n], bom) {
		n = copy(p, p[len(bom):n])
	}
	return n, err
}

var bom = []byte("\xEF\xBB\xBF")

// saveAsCSV is the remedy for every file of another kind.
const saveAsCSV = `open it in Excel, choose Save As, and pick "CSV UTF-8 (Comma delimited)"`

// kindOf refuses the files that people take for CSV most often.
func kindOf(start []byte) error {
	for _, k := range []struct{ magic, what string }{
		{"PK\x03\x04", "this is an Excel workbook (or a zip file), not CSV"},
		{"\xD0\xCF\x11\xE0", "this is an old Excel workbook, not CSV"},
		{"%PDF", "this is a PDF, not CSV"},
		{"\x1F\x8B", "this is a compressed file, not CSV"},
		{"\xFF\xFE", "this file is UTF-16, not UTF-8"},
		{"\xFE\xFF", "this file is UTF-16, not UTF-8"},
	} {
		if bytes.HasPrefix(start, []byte(k.magic)) {
			return refuse(saveAsCSV, "%s", k.what)
		}
	}
	return nil
}

// incomplete is the number of bytes at the end of p that begin a character and
// do not complete it.
func incomplete(p []byte) int {
	for n := 1; n <= min(len(p), utf8.UTFMax-1); n++ {
		last := p[len(p)-n:]
		if utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// notText names the line of the first byte that is not UTF-8.
func (t *textReader) notText(p []byte) error {
	at := 0
	for at < len(p) {
		r, size := utf8.DecodeRune(p[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	line := t.line + bytes.Count(p[:at], []byte{'\n'}) + 1
	return refuse(saveAsCSV, "line %d is not UTF-8 text", line)
}
