// Package report writes what became of a batch, row by row, as a file. It
// reads the store and nothing else, a page at a time, so a report of any size
// takes the same memory.
package report

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"usher/store"
)

// reader reads up to limit applicants of a batch after a row, in row order.
type reader interface {
	Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error)
}

// pageRows is how many rows are read at a time.
const pageRows = 1000

// Format is a kind of file.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // safe to open in a spreadsheet
	XLSX  Format = "xlsx"  // an Excel workbook, in which all is text
	JSONL Format = "jsonl" // JSON Lines: an object a row
)

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CSV, XLSX, JSONL:
		return f, nil
	case "html":
		return "", fmt.Errorf("reports cannot be written as %s yet: use csv, xlsx or jsonl", name)
	}
	return "", fmt.Errorf("%q is not a format of reports: use csv, xlsx or jsonl", name)
}

// encoder writes rows in a format. It is closed however writing ends.
type encoder interface {
	begin() error
	write(page []store.Applicant) error
	end() error
	close() error
}

func newEncoder(f Format, w io.Writer, extraColumns []string) (encoder, error) {
	names := extraNames(extraColumns)
	switch f {
	case CSV:
		return newCSVEncoder(w, names), nil
	case XLSX:
		return newXLSXEncoder(w, names), nil
	case JSONL:
		return newJSONEncoder(w, names), nil
	}
	return nil, fmt.Errorf("%q is not a format of reports", string(f))
}

// Write writes the report of a batch. The batch may be at work: each row is
// shown as it is when it is read.
func Write(ctx context.Context, st reader, batch store.Batch, f Format, w io.Writer) error {
	out, err := newEncoder(f, w, batch.ExtraColumns)
	if err != nil {
		return err
	}
	err = writeTo(ctx, st, batch, out)
	if closed := out.close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func writeTo(ctx context.Context, st reader, batch store.Batch, out encoder) error {
	if err := out.begin(); err != nil {
		return err
	}
	for after := 0; ; {
		page, err := st.Applicants(ctx, batch.ID, after, pageRows)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return out.end()
		}
		if err := out.write(page); err != nil {
			return err
		}
		after = page[len(page)-1].Row
	}
}

// WriteFile writes the report of a batch to a file, which only its owner can
// read. The file appears whole: until then, or when writing fails, what was
// there before stays.
func WriteFile(ctx context.Context, st reader, batch store.Batch, f Format, path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write report: %w", withoutTemporary(err, path))
	}
	err = writeSynced(ctx, st, batch, f, file)
	if err == nil {
		err = withoutTemporary(os.Rename(file.Name(), path), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

func writeSynced(ctx context.Context, st reader, batch store.Batch, f Format, file *os.File) error {
	buffered := bufio.NewWriterSize(file, 64<<10)
	err := Write(ctx, st, batch, f, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// withoutTemporary makes an error name the file that people asked for.
func withoutTemporary(err error, path string) error {
	var p *os.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return fmt.Errorf("%s: %w", path, p.Err)
	case errors.As(err, &l):
		return fmt.Errorf("%s: %w", path, l.Err)
	}
	return err
}

// syncFolder makes a rename outlive a crash of the machine, where the file
// system can do that.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
