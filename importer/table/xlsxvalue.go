package table

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

const tenDigits = "0123456789"

// cellFormat is what a number format says of a number beyond its looks.
type cellFormat struct {
	date   bool
	plus   bool // a plus is shown before the digits, as in +00 0000
	digits int  // zeros are shown before the digits up to this many
}

// value is a cell as text: as it is shown, but without what only makes it
// pretty.
func (w *workbook) value(kind, style string, raw []byte) (string, error) {
	switch kind {
	case "s":
		return w.strings.cell(string(raw))
	case "b":
		if string(raw) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "", "n":
		var f cellFormat
		if i, ok := digits(style); ok && i < len(w.formats) {
			f = w.formats[i]
		}
		return w.number(strings.TrimSpace(string(raw)), f), nil
	}
	return unescape(string(raw)), nil
}

func (w *workbook) number(raw string, f cellFormat) string {
	if f.date {
		if date, ok := w.date(raw); ok {
			return date
		}
	}
	s := plainNumber(raw)
	if strings.Trim(s, tenDigits) != "" {
		return s
	}
	if len(s) < f.digits {
		s = strings.Repeat("0", f.digits-len(s)) + s
	}
	if f.plus && s != "" {
		s = "+" + s
	}
	return s
}

// plainNumber writes a number without an exponent and with the 15 digits that
// Excel shows: 4.47712345678E+11 is 447712345678, 2.2000000000000002 is 2.2.
func plainNumber(raw string) string {
	if strings.Trim(strings.TrimPrefix(raw, "-"), tenDigits) == "" {
		return raw
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || math.Abs(n) >= 1e21 || n != 0 && math.Abs(n) < 1e-15 {
		return raw
	}
	if n != math.Trunc(n) {
		n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// date writes a day as 2006-01-02, with the time if there is one.
func (w *workbook) date(raw string) (string, bool) {
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n < 0 || n >= 2_958_466 { // the year 10000
		return "", false
	}
	at, err := excelize.ExcelDateToTime(n, w.date04)
	if err != nil {
		return "", false
	}
	at = at.Round(time.Second)
	switch {
	case n < 1 && n > 0:
		return at.Format("15:04:05"), true
	case at.Equal(at.Truncate(24 * time.Hour)):
		return at.Format("2006-01-02"), true
	}
	return at.Format("2006-01-02T15:04:05"), true
}

// readStyles reads the number formats of a workbook's cells.
func (w *workbook) readStyles() error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode("xl/styles.xml", &styles); err != nil {
		return err
	}
	custom := map[int]cellFormat{}
	for _, f := range styles.Formats {
		custom[f.ID] = formatOf(f.Code)
	}
	w.formats = make([]cellFormat, len(styles.Cells))
	for i, c := range styles.Cells {
		if f, ok := custom[c.Format]; ok {
			w.formats[i] = f
		} else {
			w.formats[i].date = builtInDate(c.Format)
		}
	}
	return nil
}

// builtInDate tells the dates among the formats that have no code in the file
// (ECMA-376 part 1, 18.8.30).
func builtInDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id == 45 || id == 47 || id >= 50 && id <= 58
}

// formatOf reads the first section of a number format, that of positive numbers.
func formatOf(code string) cellFormat {
	if strings.EqualFold(code, "General") {
		return cellFormat{}
	}
	places := placeholders(code)
	if strings.ContainsAny(strings.ToLower(places), "ymdhs") {
		return cellFormat{date: true}
	}
	var f cellFormat
	if !onlyOf(places, "0#") {
		return f
	}
	if zeros := strings.Count(places, "0"); zeros > 1 {
		f.digits = zeros
	}
	f.plus = strings.HasPrefix(strings.TrimLeft(code, `"\ `), "+")
	return f
}

func onlyOf(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }

// placeholders are what stands for digits and parts of dates in the first
// section of a format, without what is shown as it is.
func placeholders(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return b.String()
		case '"', '[':
			text, _, closed := strings.Cut(code[i+1:], map[byte]string{'"': `"`, '[': "]"}[c])
			if !closed || c == '[' && onlyOf(strings.ToLower(text), "hms") { // a length of time
				return ""
			}
			i += len(text) + 1
		case '\\', '_', '*':
			i++ // what follows is shown, or a space as wide, or repeated
		case '+', '-', '(', ')', ' ', '/', ':':
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
