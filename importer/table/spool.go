package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
)

const (
	// maxFileBytes is how much a file may hold, unpacked. A million people are
	// about 100 MB.
	maxFileBytes = 4 << 30
	// maxRatio is how many times larger than its compressed form a text may be
	// once it is larger than ratioFrom. Lists of people shrink to a third or a
	// tenth, empty cells to a hundredth; only a bomb shrinks more.
	maxRatio  = 300
	ratioFrom = 32 << 20
)

var gzipMagic = []byte("\x1F\x8B")

// gzipRemedy is what to do about a gzip file that cannot be unpacked.
const gzipRemedy = "make it again, or send it unpacked"

// errTooLarge is what spool makes of a source without an end.
func errTooLarge() error {
	return Refuse("split it into several files", "it holds more than %d GB", maxFileBytes>>30)
}

func errBomb() error {
	return Refuse("save it again from the program it comes from",
		"it unpacks to an absurd size, as files made to do harm do, so it was not unpacked")
}

// hiddenFile is a private file that has no name, so it is gone when it is closed,
// even by a crash.
func hiddenFile() (*os.File, error) {
	file, err := os.CreateTemp("", "usher-*") // 0600
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", cause(err))
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("hide a temporary file: %w", cause(err))
	}
	return file, nil
}

// spool copies r into such a file.
func spool(r io.Reader, limit int64) (*os.File, error) {
	file, err := hiddenFile()
	if err != nil {
		return nil, err
	}
	// The wrapper keeps the system's own way of copying out, whose errors name
	// the temporary file.
	n, err := io.Copy(file, struct{ io.Reader }{io.LimitReader(r, limit+1)})
	if err == nil && n > limit {
		err = errTooLarge()
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// unzip replaces a gzip file by what it holds.
func (s *Source) unzip() error {
	if !bytes.HasPrefix(s.start(), gzipMagic) {
		return nil
	}
	packed, err := gzip.NewReader(bufio.NewReaderSize(s.section(), readSize))
	if err != nil {
		return Refuse(gzipRemedy, "the compressed file is damaged")
	}
	file, err := spool(packed, min(maxFileBytes, max(ratioFrom, s.size*maxRatio)))
	switch {
	case err == nil:
	case refusal(err) && s.size*maxRatio < maxFileBytes:
		return errBomb()
	case refusal(err):
		return err
	default:
		return Refuse(gzipRemedy, "the compressed file is damaged or cut off: %v", cause(err))
	}
	if err := s.unchanged(); err != nil {
		_ = file.Close()
		return err
	}
	_ = s.file.Close() // it was only read
	s.file, s.own, s.format.Gzip = file, true, true
	if s.size, err = file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("read a temporary file: %w", err)
	}
	if bytes.HasPrefix(s.start(), gzipMagic) {
		return Refuse("unpack it once", "it is compressed twice")
	}
	return nil
}
