package importer

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"usher/importer/table"
)

// lineWriter writes lines of cells.
type lineWriter interface {
	Write(cells []string) error
	Flush() error
	Close() // after Flush, or to give up
}

// csvLines is a list as delimited text. It has the delimiter of the input, so
// that the spreadsheet which wrote that can open it, and a byte order mark where
// that had one or semicolons, as the report does.
type csvLines struct {
	w    io.Writer
	out  *csv.Writer
	mark bool // a byte order mark is still to be written
}

func newCSVLines(w io.Writer, f table.Format) *csvLines {
	out := csv.NewWriter(w)
	if f.Kind == "csv" && len(f.Delimiter) == 1 {
		out.Comma = rune(f.Delimiter[0])
	}
	return &csvLines{w, out, f.Kind == "csv" && (f.Marked || out.Comma == ';')}
}

// Write writes a line.
func (l *csvLines) Write(cells []string) error {
	if l.mark {
		if _, err := io.WriteString(l.w, "\ufeff"); err != nil {
			return err
		}
		l.mark = false
	}
	return l.out.Write(cells)
}

// Flush writes what is left.
func (l *csvLines) Flush() error {
	l.out.Flush()
	return l.out.Error()
}

// Close has nothing to do.
func (l *csvLines) Close() {}

const (
	problemSheet = "Problems"
	cellChars    = 32_767 // in a cell of Excel, in UTF-16
)

// xlsxLines is a list as an Excel workbook. All its cells are text, so Excel
// leaves phone numbers and leading zeros as they are.
type xlsxLines struct {
	w     io.Writer
	file  *excelize.File
	sheet *excelize.StreamWriter
	text  int // style
	wrap  int // the same, with its text on several lines
	prose int // the columns from this one on are wrapped, from 0
	row   int
}

func newXLSXLines(w io.Writer) (l *xlsxLines, err error) {
	l = &xlsxLines{w: w, file: excelize.NewFile()}
	defer func() {
		if err != nil {
			_ = l.file.Close()
		}
	}()
	if err := l.file.SetSheetName("Sheet1", problemSheet); err != nil {
		return nil, err
	}
	const asText = 49 // @
	if l.text, err = l.file.NewStyle(&excelize.Style{NumFmt: asText}); err != nil {
		return nil, err
	}
	if l.wrap, err = l.file.NewStyle(&excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}); err != nil {
		return nil, err
	}
	l.prose = table.MaxColumns
	if l.sheet, err = l.file.NewStreamWriter(problemSheet); err != nil {
		return nil, err
	}
	return l, nil
}

// allText makes every column one of text, those in which nothing is written yet, too.
// It comes after their widths: each of those takes excelize a look at all columns else.
func (l *xlsxLines) allText() error { return l.sheet.SetColStyle(1, table.MaxColumns, l.text) }

// problemWidths are how wide the columns of [heading.ProblemColumns] are, in letters.
// Those of sentences are wide, and have several lines.
var problemWidths = []float64{8, 10, 24, sentenceWidth, sentenceWidth}

const sentenceWidth = 60

// begin writes the headings of the input and usher's own, which stay in sight.
func (l *xlsxLines) begin(headings []string) error {
	own := len(headings) - len(problemWidths)
	for i, h := range headings {
		width := float64(min(max(utf8.RuneCountInString(h)+2, 18), 30))
		if i >= own {
			width = problemWidths[i-own]
		}
		if err := l.sheet.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := l.allText(); err != nil {
		return err
	}
	if err := l.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	err := l.Write(headings)
	l.prose = own + slices.Index(problemWidths, sentenceWidth)
	return err
}

// Write writes a line.
func (l *xlsxLines) Write(cells []string) error {
	if l.row++; l.row > table.MaxRows {
		return table.Refuse("name a file that ends in .csv", "the list has more rows than a sheet of Excel")
	}
	line := make([]any, len(cells))
	for i, cell := range cells {
		if len(cell) > cellChars && len(utf16.Encode([]rune(cell))) > cellChars {
			return table.Refuse("name a file that ends in .csv", "a value is longer than a cell of Excel can hold")
		}
		style := l.text
		if i >= l.prose {
			style = l.wrap
		}
		line[i] = excelize.Cell{StyleID: style, Value: cell}
	}
	return l.sheet.SetRow(fmt.Sprintf("A%d", l.row), line)
}

// Flush writes the workbook.
func (l *xlsxLines) Flush() error {
	if err := l.sheet.Flush(); err != nil {
		return err
	}
	_, err := l.file.WriteTo(l.w)
	return err
}

// Close removes excelize's temporary file.
func (l *xlsxLines) Close() { _ = l.file.Close() }
