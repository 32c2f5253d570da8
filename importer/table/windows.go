package table

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// checkWindows refuses a text that is not UTF-8 unless it reads as Windows-1252
// does. Any bytes can be read as Windows-1252, so what speaks against it is
// looked for: characters it does not have, text that is UTF-8 for the most part,
// and letters as no Western European name has them (Polish, Greek, Russian,
// Japanese and old Macintosh files).
func checkWindows(r io.Reader) error {
	in := bufio.NewReaderSize(r, readSize)
	w := windowsEvidence{}
	for line := 1; ; {
		piece, err := in.ReadSlice('\n')
		if what := w.see(piece); what != "" {
			return Refuse(SaveAsCSV, "line %d %s", line, what)
		}
		if w.first == 0 && w.invalid > 0 {
			w.first = line
		}
		switch err {
		case nil:
			line++
		case bufio.ErrBufferFull:
		case io.EOF:
			if w.valid > 0 && w.valid >= w.invalid || w.cut {
				return Refuse(SaveAsCSV, "line %d is not UTF-8 text, though other lines are: the file is damaged, cut off, or put together of two", w.first)
			}
			if w.letters > w.plain+2 {
				return Refuse(SaveAsCSV, "line %d %s", w.first, unsure)
			}
			return nil
		default:
			return fmt.Errorf("read: %w", err)
		}
	}
}

// windowsEvidence is what speaks for one encoding and for the other.
type windowsEvidence struct {
	valid   int  // characters beyond ASCII that are right as UTF-8
	invalid int  // bytes that are not
	cut     bool // the text ends within a UTF-8 character
	first   int  // line of the first invalid byte

	letters, plain int // in words that have letters beyond ASCII: those, and the others
}

// words counts the letters of the words that are not ASCII. In Western names
// most of their letters are; in Russian, Greek or Hebrew ones, none.
func (w *windowsEvidence) words(line []byte) {
	letters, plain := 0, 0
	for _, c := range line {
		switch {
		case high(c):
			letters++
		case letter(c):
			plain++
		default:
			if letters > 0 {
				w.letters, w.plain = w.letters+letters, w.plain+plain
			}
			letters, plain = 0, 0
		}
	}
	if letters > 0 {
		w.letters, w.plain = w.letters+letters, w.plain+plain
	}
}

const unsure = "is neither UTF-8 nor, as it seems, Windows-1252: which letters are meant cannot be told"

// see looks at a line, and says what is wrong with it.
func (w *windowsEvidence) see(line []byte) string {
	w.cut = false
	w.words(line)
	for i := 0; i < len(line); {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		if what := doubt(line, i); what != "" {
			return what
		}
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size == 1 {
			w.invalid++
			w.cut = w.cut || len(line)-i >= 2 && incomplete(line) == len(line)-i
		} else {
			w.valid++
		}
		i += size
	}
	return ""
}

// doubt says why the byte at i cannot be, or is hardly, Windows-1252. Text that
// is right as UTF-8 is left to the count.
func doubt(line []byte, i int) string {
	if r, size := utf8.DecodeRune(line[i:]); r != utf8.RuneError || size > 1 || i > 0 && inside(line, i) {
		return ""
	}
	before, after := byte(0), byte(0)
	if i > 0 {
		before = line[i-1]
	}
	if i+1 < len(line) {
		after = line[i+1]
	}
	switch c := line[i]; {
	case bytes.IndexByte([]byte("\x81\x8D\x8F\x90\x9D"), c) >= 0:
		return "is neither UTF-8 nor Windows-1252: it has a character that neither has"
	case bytes.IndexByte([]byte("\xB3\xB9\xBF\xBC\xBE\xA3\xA5\xA7\x87\xD7\xF7"), c) >= 0 && letter(before) && letter(after),
		bytes.IndexByte([]byte("\x8A\x8C\x8E\x9F"), c) >= 0 && lower(before):
		return unsure
	}
	return ""
}

// inside reports whether the byte at i is in the middle of a UTF-8 character.
func inside(line []byte, i int) bool {
	for n := 1; n < utf8.UTFMax && n <= i; n++ {
		if _, size := utf8.DecodeRune(line[i-n:]); size > n {
			return true
		}
	}
	return false
}

func lower(c byte) bool  { return c >= 'a' && c <= 'z' }
func letter(c byte) bool { return lower(c) || c >= 'A' && c <= 'Z' || high(c) }

// high reports whether c is a letter beyond ASCII in Windows-1252.
func high(c byte) bool { return c >= 0xC0 && c != 0xD7 && c != 0xF7 }
