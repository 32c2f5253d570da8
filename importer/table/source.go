package table

import (
	"bufio"
	"context"
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
	file     *os.File // what is read: the file itself, or a private copy of what it holds
	own      bool     // the file is a copy, which nobody else can change
	size     int64
	modified time.Time
	sum      string
	kind     kind
	text     survey // of a text
	format   Format
	read     atomic.Int64 // bytes of the present reading
	book     *workbook    // once it was opened
}

// Format is how a file was understood. Nothing of it is asked, so all of it is
// shown.
type Format struct {
	Kind        string   `json:"kind"` // csv or xlsx
	Gzip        bool     `json:"gzip,omitempty"`
	Encoding    string   `json:"encoding,omitempty"`     // of a text
	Delimiter   string   `json:"delimiter,omitempty"`    // of a text
	Marked      bool     `json:"bom,omitempty"`          // a text begins with a byte order mark
	Run         string   `json:"run,omitempty"`          // of a text: separators of another kind, that end every line and are left out
	Wrapped     bool     `json:"wrapped,omitempty"`      // of a text: every line is in quotes as a whole, which are left out
	Sheet       string   `json:"sheet,omitempty"`        // of a workbook
	OtherSheets []string `json:"other_sheets,omitempty"` // those that are not read
	HiddenRows  int      `json:"hidden_rows,omitempty"`  // of a workbook: filtered out or hidden, and read as well
	HeaderRow   int      `json:"header_row"`
	SkippedRows []int    `json:"skipped_rows,omitempty"` // titles above the header
}

// OpenFile opens a file of applicants and reads it through once, for its
// SHA-256, by which it is recognised when it comes again, and to learn for
// certain how its text is encoded.
func OpenFile(path string) (*Source, error) {
	if path == "" {
		return nil, named("the file", Refuse("name a file of applicants", "its name is empty"))
	}
	file, err := OpenRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, named(path, Refuse("check the name and the folder", "there is no such file"))
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, named(path, Refuse("allow this user to read it, and to enter its folder", "this user may not read it"))
	}
	if err != nil && !refusal(err) {
		return nil, fmt.Errorf("open %s: %w", path, cause(err))
	}
	if err != nil {
		return nil, named(path, err)
	}
	s := &Source{path: path, file: file}
	if err := s.open(); err != nil {
		_ = s.file.Close() // it was only read
		return nil, named(path, err)
	}
	return s, nil
}

// OpenReader reads r to its end into a private file, which is gone when the
// source is closed, and opens that. The name is for people.
func OpenReader(name string, r io.Reader) (*Source, error) {
	r, err := lookedAt(r)
	var file *os.File
	if err == nil {
		file, err = spool(r, maxFileBytes)
	}
	if err != nil && !refusal(err) {
		return nil, fmt.Errorf("read %s: %w", name, cause(err))
	}
	if err != nil {
		return nil, named(name, err)
	}
	s := &Source{path: name, file: file, own: true}
	if err := s.open(); err != nil {
		_ = s.file.Close()
		return nil, named(name, err)
	}
	return s, nil
}

func (s *Source) open() error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("open %s: %w", s.path, cause(err))
	}
	s.size, s.modified = info.Size(), info.ModTime()
	if err := s.unzip(); err != nil {
		return err
	}
	if s.kind, err = s.sniff(); err != nil {
		return err
	}
	if err := s.measure(); err != nil {
		return err
	}
	return s.unchanged()
}

// measure reads the file through.
func (s *Source) measure() error {
	hash := sha256.New()
	look := io.Writer(hash)
	if s.kind == textFile {
		s.text.begin(s.start())
		look = io.MultiWriter(hash, &s.text)
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{look}, s.section(), make([]byte, 4*readSize)); err != nil {
		return fmt.Errorf("read %s: %w", s.path, cause(err))
	}
	s.sum = hex.EncodeToString(hash.Sum(nil))
	if s.kind == textFile {
		return s.text.decide(s.section)
	}
	return nil
}

// start is how the file begins.
func (s *Source) start() []byte {
	start := make([]byte, startSize)
	n, _ := io.ReadFull(s.section(), start)
	return start[:n]
}

// section is the whole file, from its beginning.
func (s *Source) section() io.Reader { return io.NewSectionReader(s.file, 0, s.size) }

// Name is the file's name without its folder.
func (s *Source) Name() string { return filepath.Base(s.path) }

// Path is the file as it was given.
func (s *Source) Path() string { return s.path }

// Size is the size in bytes of what is read.
func (s *Source) Size() int64 { return s.size }

// SHA256 is the SHA-256 of the file's bytes, in hex; of a compressed file, of
// what it holds.
func (s *Source) SHA256() string { return s.sum }

// Format is how the file was understood when it was last read.
func (s *Source) Format() Format { return s.format }

// Close closes the file.
func (s *Source) Close() error {
	if s.book != nil {
		s.book.strings.close()
	}
	return s.file.Close()
}

// Begin starts to read the file from its header: where no row of it is wished for,
// the one that heads counts the most required columns in. A file is read whatever
// becomes of ctx.
func (s *Source) Begin(_ context.Context, wish Wish, heads HeadCounter) (Rows, error) {
	s.read.Store(0)
	s.format = Format{Gzip: s.format.Gzip}
	if s.kind == workbookFile {
		return s.workbook(wish, heads)
	}
	return s.csv(wish, heads)
}

// csv finds out the delimiter and the header, and starts again to read rows.
func (s *Source) csv(wish Wish, heads HeadCounter) (Rows, error) {
	l, err := layoutOf(bufio.NewReaderSize(s.text.decoded(s.section()), readSize), s.text.loneCR, wish, heads)
	if err != nil {
		return nil, err
	}
	s.format.Kind, s.format.Encoding, s.format.Delimiter, s.format.Marked = "csv", string(s.text.encoding), string(rune(l.comma)), s.text.marked
	if wish.Sheet != "" && !wish.OfWorkbooks {
		return nil, Refuse("leave --sheet out", "this is a text file: it has no sheets").Because(&LayoutError{Why: SheetOfText})
	}
	counted := &countingReader{s.section(), &s.read}
	s.format.Run, s.format.Wrapped = l.run, l.wrapped
	t := s.lines(s.text.decoded(counted))
	return s.begin(t, wish, l)
}

// lines are the rows of a text as its format has them.
func (s *Source) lines(text io.Reader) *csvTable {
	if s.format.Wrapped {
		text = newUnwrapper(text)
	}
	t := newCSVTable(text, s.format.Delimiter[0], s.text.loneCR)
	t.run = []byte(s.format.Run)
	return t
}

// after passes over the titles above a header.
func (s *Source) after(t Rows, skip int) (Rows, error) {
	for range skip {
		n, _, err := t.Next()
		if err != nil {
			return nil, err
		}
		s.format.SkippedRows = append(s.format.SkippedRows, n)
	}
	return &begun{Rows: t, format: &s.format}, nil
}

// Placed is nil: which column is what is learned from the header.
func (s *Source) Placed() map[string][]int { return nil }

// BytesRead is how many bytes of the present reading are behind.
func (s *Source) BytesRead() int64 { return s.read.Load() }

// End is nil if what was read, so many rows, is good as a whole.
func (s *Source) End(rows int) error {
	if rows == 0 {
		return Refuse("add a row for each person below the header", "the file has a header and no rows").Because(&LayoutError{Why: NoRows})
	}
	return s.unchanged()
}

// Refused puts the file's name into an error that is for people.
func (s *Source) Refused(err error) error { return named(s.path, err) }

// unchanged makes sure that the file is still the one that was opened: a file
// that is being written would be imported in half.
func (s *Source) unchanged() error {
	if s.own {
		return nil
	}
	return sameFile(s.path, s.size, s.modified)
}

func sameFile(path string, size int64, modified time.Time) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, cause(err))
	}
	if info.Size() != size || !info.ModTime().Equal(modified) {
		return Refuse("wait until it is written, then try again", "the file changed while it was read")
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
