package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Source is a file of applicants. It is streamed: no more than a few chunks of
// it are in memory. It can be read more than once, but not at the same time.
type Source struct {
	path     string
	file     *os.File
	size     int64
	modified time.Time
	sum      string
	read     atomic.Int64 // bytes of the present reading
}

// table is rows of cells, whatever they are stored in.
type table interface {
	// Next returns the next row that is not blank and its number as a
	// spreadsheet shows it, or io.EOF. The slice is good until the next call.
	Next() (number int, cells []string, err error)
}

// OpenFile opens a file of applicants and reads it through once, for its
// SHA-256, by which it is recognised when it comes again.
func OpenFile(path string) (*Source, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, named(path, refuse("check the name and the folder", "there is no such file"))
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, cause(err))
	}
	s := &Source{path: path, file: file}
	if err := s.measure(); err != nil {
		_ = file.Close() // it was only read
		return nil, named(path, err)
	}
	return s, nil
}

func (s *Source) measure() error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("open %s: %w", s.path, cause(err))
	}
	switch {
	case info.IsDir():
		return refuse("name a file in it", "this is a folder")
	case !info.Mode().IsRegular():
		return refuse("save what it gives as a file first: usher reads the file twice", "this is not a regular file")
	}
	s.size, s.modified = info.Size(), info.ModTime()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(s.file, 0, s.size)); err != nil {
		return fmt.Errorf("read %s: %w", s.path, cause(err))
	}
	s.sum = hex.EncodeToString(hash.Sum(nil))
	return s.unchanged()
}

// cause takes the path out of an error that names it already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Name is the file's name without its folder.
func (s *Source) Name() string { return filepath.Base(s.path) }

// Path is the file as it was given.
func (s *Source) Path() string { return s.path }

// Size is the file's size in bytes.
func (s *Source) Size() int64 { return s.size }

// SHA256 is the SHA-256 of the file's bytes, in hex.
func (s *Source) SHA256() string { return s.sum }

// Close closes the file.
func (s *Source) Close() error { return s.file.Close() }

// table starts to read the file from its beginning.
func (s *Source) table() (table, error) {
	s.read.Store(0)
	return newCSVTable(&countingReader{io.NewSectionReader(s.file, 0, s.size), &s.read})
}

// unchanged makes sure that the file is still the one that was opened: a file
// that is being written would be imported in half.
func (s *Source) unchanged() error {
	info, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.path, cause(err))
	}
	if info.Size() != s.size || !info.ModTime().Equal(s.modified) {
		return refuse("wait until it is written, then try again", "the file changed while it was read")
	}
	return nil
}

// countingReader counts the bytes that pass through it.
type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
