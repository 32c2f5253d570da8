package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// encoding is how a text is written, in words for people.
type encoding string

const (
	utf8Text encoding = "UTF-8"
	utf16LE  encoding = "UTF-16LE"
	utf16BE  encoding = "UTF-16BE"
)

// Windows1252 is the one of Western Europe. What is read as it may have been another.
const Windows1252 = "Windows-1252"

// readSize is how much is read at a time.
const readSize = 64 << 10

var bom = []byte("\xEF\xBB\xBF")

// byteOrderMarks are those of UTF-8 and UTF-16.
var byteOrderMarks = [][]byte{bom, []byte("\xFF\xFE"), []byte("\xFE\xFF")}

// survey learns of a text, from its first byte to its last, what has to be
// known before its first row can be read. Text that is UTF-8 to its end is
// UTF-8: a list in another encoding, with letters beyond ASCII in it, is not.
type survey struct {
	encoding encoding
	marked   bool // it begins with a byte order mark
	loneCR   bool // it has line ends of old Macs, or mixed ones
	broken   bool // it is not UTF-8
	afterCR  bool // the last byte was a CR
	tail     []byte
}

// begin looks whether a text is UTF-16, and has a byte order mark.
func (s *survey) begin(start []byte) {
	*s = survey{encoding: wide(start), marked: slices.ContainsFunc(byteOrderMarks, func(mark []byte) bool { return bytes.HasPrefix(start, mark) })}
}

// wide recognises UTF-16 by its byte order mark, or because every other byte of
// what is mostly plain letters is zero.
func wide(start []byte) encoding {
	switch {
	case bytes.HasPrefix(start, []byte("\xFF\xFE")):
		return utf16LE
	case bytes.HasPrefix(start, []byte("\xFE\xFF")):
		return utf16BE
	}
	var zero [2]int
	for i, c := range start {
		if c == 0 {
			zero[i&1]++
		}
	}
	units := len(start) / 2
	switch {
	case units >= 2 && zero[0] == 0 && zero[1] > units/2:
		return utf16LE
	case units >= 2 && zero[1] == 0 && zero[0] > units/2:
		return utf16BE
	}
	return utf8Text
}

// Write looks at the next piece of the text.
func (s *survey) Write(p []byte) (int, error) {
	if s.encoding != utf8Text {
		return len(p), nil // it is looked at when it is decoded
	}
	s.ends(p)
	if !s.broken {
		s.letters(p)
	}
	return len(p), nil
}

func (s *survey) ends(p []byte) {
	if s.loneCR || len(p) == 0 {
		return
	}
	if s.afterCR && p[0] != '\n' {
		s.loneCR = true
	}
	s.afterCR = p[len(p)-1] == '\r'
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 || i == len(rest)-1 {
			return
		}
		if rest = rest[i+1:]; rest[0] != '\n' {
			s.loneCR = true
			return
		}
	}
}

func (s *survey) letters(p []byte) {
	for len(s.tail) > 0 && len(p) > 0 && !utf8.FullRune(s.tail) {
		s.tail, p = append(s.tail, p[0]), p[1:]
	}
	if len(s.tail) > 0 && utf8.FullRune(s.tail) {
		s.broken = s.broken || !utf8.Valid(s.tail)
		s.tail = s.tail[:0]
	}
	cut := incomplete(p)
	s.broken = s.broken || !utf8.Valid(p[:len(p)-cut])
	s.tail = append(s.tail, p[len(p)-cut:]...)
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

// decide settles the encoding when the text was seen to its end. It may have
// to be read once more.
func (s *survey) decide(again func() io.Reader) error {
	s.broken = s.broken || len(s.tail) > 0
	s.loneCR = s.loneCR || s.afterCR
	switch {
	case s.encoding != utf8Text:
		if err := checkUTF16(again(), s.encoding); err != nil {
			return err
		}
		_, err := io.CopyBuffer(struct{ io.Writer }{writerFunc(s.ends)}, s.decoded(again()), make([]byte, readSize))
		s.loneCR = s.loneCR || s.afterCR
		return err
	case s.broken:
		s.encoding = Windows1252
		return checkWindows(again())
	}
	return nil
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// decoded passes the text on as UTF-8 without a byte order mark.
func (s *survey) decoded(r io.Reader) io.Reader {
	switch s.encoding {
	case utf16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case utf16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(r)
	}
	return &unmarked{r: r}
}

// unmarked takes the byte order mark off a UTF-8 text.
type unmarked struct {
	r     io.Reader
	begun bool
}

// Read implements io.Reader; the first time p must have room for the mark.
func (u *unmarked) Read(p []byte) (int, error) {
	if u.begun {
		return u.r.Read(p)
	}
	u.begun = true
	n, err := io.ReadAtLeast(u.r, p, len(bom))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if bytes.HasPrefix(p[:n], bom) {
		n = copy(p, p[len(bom):n])
	}
	return n, err
}

// checkUTF16 refuses a text that is cut off, or has half a character in it: the
// decoder would put a replacement for it into somebody's name.
func checkUTF16(r io.Reader, e encoding) error {
	in := bufio.NewReaderSize(r, readSize)
	line, high := 1, false
	var b [2]byte
	for {
		_, err := io.ReadFull(in, b[:])
		if err == io.EOF && !high {
			return nil
		}
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return fmt.Errorf("read: %w", err)
		}
		unit := uint16(b[0]) | uint16(b[1])<<8
		if e == utf16BE {
			unit = uint16(b[1]) | uint16(b[0])<<8
		}
		low := unit&0xFC00 == 0xDC00
		if err != nil || low != high {
			return Refuse(SaveAsCSV, "line %d is not UTF-16 text, as the file began: it is damaged or cut off", line)
		}
		if high = unit&0xFC00 == 0xD800; unit == '\n' {
			line++
		}
	}
}
