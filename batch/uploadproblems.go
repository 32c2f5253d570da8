package batch

import (
	"context"
	"fmt"
	"io"
	"os"

	"usher/importer"
)

// The formats of a list of problems.
const (
	ProblemsCSV  = "csv"
	ProblemsXLSX = "xlsx"
)

// MendableFile writes the rows of an upload that have problems, as 'usher check
// --problems' does: they can be corrected in a spreadsheet, and be brought back with
// [Service.ReplaceUpload]. What was corrected already is in it, who was left out is
// not. Nothing is written when it fails before all is known.
func (s *Service) MendableFile(ctx context.Context, id, format string, w io.Writer) error {
	if format != ProblemsCSV && format != ProblemsXLSX {
		return requestError("ask for csv or xlsx", "the list of problems cannot be written as %q", format)
	}
	u, err := s.upload(ctx, id)
	if err != nil {
		return err
	}
	if u.State != UploadReady {
		return s.whyNot(ctx, id, u.Revision)
	}
	if err := s.checks.take(ctx); err != nil {
		return err
	}
	defer s.checks.give()
	options, err := s.uploadOptions(ctx, u)
	if err != nil {
		return err
	}
	src, err := s.openUpload(ctx, u)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	file, err := newListFile()
	if err != nil {
		return err
	}
	defer file.discard()
	options.Problems, options.ProblemsXLSX = file, format == ProblemsXLSX
	if _, err := importer.Check(ctx, s.st, src, options); err != nil {
		return err
	}
	if err := file.writeTo(w, !options.ProblemsXLSX); err != nil {
		return fmt.Errorf("write the list of problems: %w", err)
	}
	return nil
}

const byteOrderMark = "\ufeff"

// listFile is a list of problems that is not whole yet, among the temporary files.
type listFile struct{ *os.File }

func newListFile() (listFile, error) {
	file, err := os.CreateTemp("", "usher-problems-*") // mode 0600
	if err != nil {
		return listFile{}, temporaryError(err)
	}
	_ = os.Remove(file.Name()) // it needs no name, where the system can do without
	return listFile{file}, nil
}

// Write adds to the list.
func (f listFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		err = temporaryError(err)
	}
	return n, err
}

// writeTo copies the list. If a text has letters beyond ASCII, a byte order mark
// goes before it, unless it has one, without which Excel takes them for others.
func (f listFile) writeTo(w io.Writer, text bool) error {
	if text {
		beyond, err := beyondASCII(f.File)
		if err != nil {
			return err
		}
		start := make([]byte, len(byteOrderMark))
		n, _ := f.ReadAt(start, 0) // a short list has none
		if beyond && string(start[:n]) != byteOrderMark {
			if _, err := io.WriteString(w, byteOrderMark); err != nil {
				return err
			}
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, struct{ io.Reader }{f.File})
	return err
}

// discard lets go of the list.
func (f listFile) discard() {
	_ = f.Close()
	_ = os.Remove(f.Name()) // gone already, where the system can do that
}
