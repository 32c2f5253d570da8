package table

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// isWrapped reports whether every line of a text is one value in quotes that has
// delimiters in it: a program that took each line for one cell has written that. Of the
// last line, which may be cut off, nothing is said.
func isWrapped(start []byte) bool {
	if !bytes.HasPrefix(start, []byte{'"'}) {
		return false
	}
	lines := bytes.Split(start, []byte{'\n'})
	if len(start) == sniffBytes {
		lines = lines[:len(lines)-1]
	}
	rows := 0
	for i, line := range lines {
		line = bytes.TrimRight(line, "\r ")
		if len(line) == 0 {
			continue
		}
		inside, ok := unwrapped(line)
		if !ok || i == 0 && !bytes.ContainsAny(inside, delimiters) {
			return false
		}
		rows++
	}
	return rows > 1
}

// unwrapped is what a line has between its quotes, if it is one value.
func unwrapped(line []byte) (inside []byte, ok bool) {
	if len(line) < 2 || line[0] != '"' || line[len(line)-1] != '"' {
		return nil, false
	}
	one, two := []byte{'"'}, []byte{'"', '"'}
	inside = line[1 : len(line)-1]
	if bytes.Contains(bytes.ReplaceAll(inside, two, nil), one) {
		return nil, false
	}
	return bytes.ReplaceAll(inside, two, one), true
}

// unwrapper reads a text without the quotes around its lines. A line that is not one
// value stays as it is.
type unwrapper struct {
	r    *bufio.Reader
	rest []byte // of the line in hand
	long bool   // the line goes on behind it
}

func newUnwrapper(r io.Reader) *unwrapper {
	return &unwrapper{r: bufio.NewReaderSize(r, readSize)}
}

// Read implements [io.Reader].
func (u *unwrapper) Read(p []byte) (int, error) {
	if len(u.rest) == 0 {
		if err := u.line(); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// line takes the next line, or a piece of one that is too long to be looked at.
func (u *unwrapper) line() error {
	line, err := u.r.ReadSlice('\n')
	if len(line) == 0 || err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	u.rest = line
	within := u.long
	if u.long = errors.Is(err, bufio.ErrBufferFull); u.long || within {
		return nil
	}
	text := bytes.TrimRight(line, "\r\n ")
	if inside, ok := unwrapped(text); ok {
		u.rest = append(inside, line[len(text):]...)
	}
	return nil
}
