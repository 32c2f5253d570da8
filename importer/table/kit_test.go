package table

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// heads counts the required columns that are called by the contract's own words.
func heads(cells []string) (n int) {
	for _, c := range cells {
		switch strings.ToLower(strings.TrimSpace(c)) {
		case "first_name", "last_name", "email", "phone":
			n++
		}
	}
	return n
}

// open opens a file of this content.
func open(tb testing.TB, content []byte) (*Source, error) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "people.csv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	src, err := OpenFile(path)
	if err == nil {
		tb.Cleanup(func() { _ = src.Close() })
	}
	return src, err
}

// read opens and reads a file: a line for each row below the header.
func read(t *testing.T, content []byte, sheet string) ([]string, Format, error) {
	t.Helper()
	src, err := open(t, content)
	if err != nil {
		return nil, Format{}, err
	}
	return readSource(t, src, sheet)
}

func readSource(t *testing.T, src *Source, sheet string) (all []string, f Format, err error) {
	t.Helper()
	rows, err := src.Begin(t.Context(), Wish{Sheet: sheet}, heads)
	if err != nil {
		return nil, src.Format(), err
	}
	all, err = lines(rows)
	if err != nil || len(all) == 0 {
		return all, src.Format(), err
	}
	all = all[1:]
	return all, src.Format(), src.End(len(all))
}

// lines reads rows to their end: the number of each, and its cells.
func lines(rows Rows) (all []string, err error) {
	for {
		n, cells, err := rows.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, fmt.Sprint(n, " ")+strings.Join(cells, "|"))
	}
}
