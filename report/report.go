// Package report writes what became of a batch, row by row, as a file. It
// reads the store and nothing else, a page at a time, so a report of any size
// takes the same memory. It also owns how a finished file gets to where a
// person asked for it, so that nothing of theirs is overwritten on the way.
package report

import (
	"context"
	"fmt"
	"io"

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
	HTML  Format = "html"  // a page to read and print; see [WriteHTML]
)

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CSV, XLSX, JSONL, HTML:
		return f, nil
	}
	return "", fmt.Errorf("%q is not a format of reports: use csv, xlsx, jsonl or html", name)
}

// encoder writes rows in a format. It is closed however writing ends.
type encoder interface {
	begin() error
	write(page []store.Applicant) error
	end() error
	close() error
}

func newEncoder(f Format, w io.Writer, batch store.Batch) (encoder, error) {
	names := extraNames(batch.ExtraColumns)
	switch f {
	case CSV:
		return newCSVEncoder(w, names, batch), nil
	case XLSX:
		return newXLSXEncoder(w, names), nil
	case JSONL:
		return newJSONEncoder(w, names), nil
	}
	return nil, fmt.Errorf("%q is not a format of rows alone", string(f))
}

// Write writes the rows of a batch, in a format that has nothing else. The batch
// may be at work: each row is shown as it is when it is read.
func Write(ctx context.Context, st reader, batch store.Batch, f Format, w io.Writer) error {
	out, err := newEncoder(f, w, batch)
	if err != nil {
		return err
	}
	return write(ctx, st, batch, out)
}

func write(ctx context.Context, st reader, batch store.Batch, out encoder) error {
	err := writeTo(ctx, st, batch, out)
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
