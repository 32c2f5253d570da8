package report

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"usher/store"
)

// What a sheet of Excel holds.
const (
	sheetRows = 1_048_576
	cellChars = 32_767 // in UTF-16
)

// ErrTooLarge means that a report does not fit into a workbook.
var ErrTooLarge = errors.New("a workbook cannot hold it")

// xlsxEncoder writes an Excel workbook. All cells but numbers of ours are text,
// so that Excel leaves phone numbers, leading zeros and formulas as they are,
// also when people edit them.
type xlsxEncoder struct {
	w      io.Writer
	names  []string
	file   *excelize.File
	sheet  *excelize.StreamWriter
	text   int // style
	rows   int
	length int
}

const sheetName = "Results"

func newXLSXEncoder(w io.Writer, names []string) *xlsxEncoder {
	return &xlsxEncoder{w: w, names: names}
}

func (e *xlsxEncoder) begin() (err error) {
	e.file = excelize.NewFile()
	if err := e.file.SetSheetName("Sheet1", sheetName); err != nil {
		return err
	}
	if e.sheet, err = e.file.NewStreamWriter(sheetName); err != nil {
		return err
	}
	if e.text, err = e.file.NewStyle(&excelize.Style{NumFmt: 49}); err != nil { // @, text
		return err
	}
	bold, err := e.file.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := e.sheet.SetColStyle(1, len(columns)+len(e.names), e.text); err != nil {
		return err
	}
	if err := e.sheet.SetColWidth(3, len(columns)+len(e.names), 18); err != nil {
		return err
	}
	if err := e.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	heads := make([]any, 0, len(columns)+len(e.names))
	for _, name := range append(columns[:len(columns):len(columns)], e.names...) {
		heads = append(heads, excelize.Cell{StyleID: bold, Value: name})
	}
	return e.line(heads)
}

func (e *xlsxEncoder) write(page []store.Applicant) error {
	for i := range page {
		a := &page[i]
		r := newRow(a)
		cells := []any{r.Row}
		for _, s := range []string{r.Status, r.ExternalID, r.FirstName, r.LastName, r.Email, r.Phone, r.SessionID, r.SessionURL, r.ErrorCode, r.Error} {
			cells = append(cells, e.cell(s))
		}
		cells = append(cells, r.Attempts)
		for _, s := range []string{r.SentAt, r.SettledAt, r.OutcomeStatus, r.OutcomeReason} {
			cells = append(cells, e.cell(s))
		}
		for _, s := range extraOf(a, e.names) {
			cells = append(cells, e.cell(s))
		}
		if e.length > cellChars {
			return fmt.Errorf("%w: row %d has a value of %d characters, and a cell has room for %d", ErrTooLarge, r.Row, e.length, cellChars)
		}
		if err := e.line(cells); err != nil {
			return err
		}
	}
	return nil
}

// cell is a text, or nothing. It remembers the longest one.
func (e *xlsxEncoder) cell(s string) any {
	if s == "" {
		return nil
	}
	if len(s) > cellChars {
		e.length = max(e.length, len(utf16.Encode([]rune(s))))
	}
	return excelize.Cell{StyleID: e.text, Value: s}
}

func (e *xlsxEncoder) line(cells []any) error {
	if e.rows++; e.rows > sheetRows {
		return fmt.Errorf("%w: it has more than %d rows", ErrTooLarge, sheetRows)
	}
	return e.sheet.SetRow(fmt.Sprintf("A%d", e.rows), cells)
}

func (e *xlsxEncoder) end() error {
	if err := e.sheet.Flush(); err != nil {
		return err
	}
	_, err := e.file.WriteTo(e.w)
	return err
}

func (e *xlsxEncoder) close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close() // removes excelize's temporary file
}
