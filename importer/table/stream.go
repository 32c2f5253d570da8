package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// startSize is how much of a file's beginning tells what it is.
const startSize = 4 << 10

// lookedAt is r, once its beginning was looked at: a stream that is no list of
// people is refused there, as it may have no end, and would fill the disk before
// that is noticed.
func lookedAt(r io.Reader) (io.Reader, error) {
	if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, regular(info)
		}
	}
	in := bufio.NewReaderSize(r, maxRowBytes+1)
	start, err := in.Peek(startSize)
	if errors.Is(err, syscall.EBADF) {
		return nil, Refuse("hand it a file or a pipe, as with 'usher check - < FILE'", "it is not open for reading")
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(start) == 0 { // as of a stream that is closed, in whose place the system reads nothing
		return nil, Refuse("hand it a file or a pipe, as with 'usher check - < FILE'", "the file is empty: nothing was handed over")
	}
	if bytes.HasPrefix(start, zipMagic) || bytes.HasPrefix(start, emptyZipMagic) {
		return in, nil
	}
	if bytes.HasPrefix(start, gzipMagic) {
		return in, sniffPacked(start)
	}
	if err := sniffStart(start); err != nil {
		return nil, err
	}
	return in, sniffRows(in, start)
}

const lineEnds = "\r\n"

// sniffRows refuses a text that goes on for longer than a row may be, and has no
// second row by then, or no columns.
func sniffRows(in *bufio.Reader, start []byte) error {
	if len(start) < startSize || bytes.ContainsAny(start, lineEnds) && bytes.ContainsAny(start, delimiters) {
		return nil
	}
	start, _ = in.Peek(maxRowBytes + 1) // an error comes again when it is read
	switch {
	case len(start) <= maxRowBytes:
	case !bytes.ContainsAny(start, lineEnds):
		return rowTooLong(1)
	case !bytes.ContainsAny(start, delimiters):
		return Refuse(NameColumns, "the file has no header: none of its first rows has columns")
	}
	return nil
}

// sniffPacked refuses a gzip stream whose beginning is damaged, or unpacks to
// something that is no list.
func sniffPacked(packed []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return unlessCut(err)
	}
	start := make([]byte, startSize)
	n, err := io.ReadFull(z, start)
	start = start[:n]
	if err != nil && n == 0 {
		return unlessCut(err)
	}
	if bytes.HasPrefix(start, zipMagic) || bytes.HasPrefix(start, gzipMagic) {
		return nil
	}
	return sniffStart(start)
}

// unlessCut is nil if what is wrong with the beginning of a compressed stream
// may be no more than that the rest of it is not there yet.
func unlessCut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return Refuse(gzipRemedy, "the compressed file is damaged")
}
