package importer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvTable reads comma separated values by the strict rules of RFC 4180.
type csvTable struct {
	text *textReader
	csv  *csv.Reader
	row  int // number of the last row
	line int // the line after it
}

func newCSVTable(r io.Reader) (*csvTable, error) {
	text := &textReader{r: r}
	reader := csv.NewReader(bufio.NewReaderSize(text, readSize))
	reader.FieldsPerRecord = -1 // a row of the wrong length is refused by itself, not the file
	reader.ReuseRecord = true   // the slice, not the strings
	return &csvTable{text: text, csv: reader, line: 1}, nil
}

// Next implements [table]. Lines without any character have a number in a
// spreadsheet, so they are counted, although encoding/csv passes over them.
func (t *csvTable) Next() (int, []string, error) {
	for {
		t.text.rowFrom(t.csv.InputOffset())
		cells, err := t.csv.Read()
		if err != nil {
			return 0, nil, t.explain(err)
		}
		start, _ := t.csv.FieldPos(0)
		t.row += 1 + start - t.line
		last := len(cells) - 1
		end, _ := t.csv.FieldPos(last)
		t.line = end + strings.Count(cells[last], "\n") + 1
		if !blank(cells) {
			return t.row, cells, nil
		}
	}
}

// blank reports whether a row has no value. Spreadsheets write such rows for
// lines that were emptied; nobody is in them.
func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// explain turns an error of encoding/csv into a refusal. The words of
// encoding/csv hold no value.
func (t *csvTable) explain(err error) error {
	var parse *csv.ParseError
	switch {
	case err == io.EOF:
		return io.EOF
	case errors.Is(err, errRowTooLong):
		return refuse("look there for a quote (\") that is opened and never closed",
			"the row that starts in line %d is longer than %d KiB", t.line, maxRowBytes>>10)
	case !errors.As(err, &parse):
		return err
	case errors.Is(parse.Err, csv.ErrBareQuote):
		return refuse("put the whole value in quotes and write the quote inside it twice (\"\")",
			"line %d has a quote (\") inside a value that is not quoted", parse.Line)
	}
	where := fmt.Sprintf("line %d", parse.StartLine)
	if parse.Line != parse.StartLine {
		where = fmt.Sprintf("the row that starts in line %d (noticed in line %d)", parse.StartLine, parse.Line)
	}
	return refuse("close the quote at the end of the value, and write a quote inside it twice (\"\")",
		"%s has a quote (\") that is not closed, or closed too early", where)
}
