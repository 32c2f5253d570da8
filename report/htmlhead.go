package report

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"usher/store"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageHead is what stands before the rows of a page, as the template has it.
type pageHead struct {
	Summary
	Policy      string // what the page may do and have (Content Security Policy): its own style, nothing else
	Style       template.CSS
	ID          int64
	Name        string
	NameLong    bool
	Times       []moment
	Left        string // how many rows are open, in a sentence
	Total       string
	Bars        []bar
	ChartHeight int
	Causes      []causeLine
	Large       bool // on paper it has only the rows that somebody should look at
}

// paperRows is how many rows there are on paper at the most. A browser lays out some
// twenty on a sheet, and takes 300 MB of memory for a thousand.
const paperRows = 3000

// moment is when something happened.
type moment struct {
	What string
	At   time.Time
}

// causeLine is a line about what went wrong.
type causeLine struct {
	Number, Why, Example, Message, Code string
	MessageLong                         bool
	State                               store.State
}

func newPageHead(b store.Batch, s Summary, extra int) pageHead {
	style := pageStyle + widthStyle(extra)
	sum := sha256.Sum256([]byte(style))
	h := pageHead{
		Summary: s, ID: b.ID, Name: b.Name, NameLong: len(b.Name) >= longText, Style: template.CSS(style), Total: Thousands(s.total()),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Bars:   barsOf(s), Left: leftWords(s.open()), Large: s.total() > paperRows,
	}
	h.ChartHeight = len(h.Bars) * barStep
	for _, m := range []moment{{"Brought in", b.CreatedAt}, {"Over", b.FinishedAt}, {"Written", s.At}} {
		if !m.At.IsZero() && (s.Over || m.What != "Over") {
			h.Times = append(h.Times, m)
		}
	}
	for _, c := range s.Causes {
		h.Causes = append(h.Causes, newCauseLine(c))
	}
	return h
}

func leftWords(open int) string {
	if open == 0 {
		return "Everybody is settled by now."
	}
	return Thousands(open) + " " + Plural(open, "row has", "rows have") + " not come to an end."
}

func newCauseLine(c Cause) causeLine {
	line := causeLine{Number: Thousands(c.Count), Message: c.Message, MessageLong: len(c.Message) >= longText, Code: c.Code, State: c.State}
	if c.AtLeast {
		line.Number = "more than " + line.Number
	}
	if line.Why = capital(c.Words); line.Why == "" {
		line.Why = "Another reason"
	}
	if c.Varies && len(c.Rows) > 0 {
		line.Example = fmt.Sprintf("Row %d: ", c.Rows[0])
	}
	return line
}

// columnWidths are those of the columns that are always there: on a screen in rem, on
// paper as they share the sheet, on which a row has as few lines as can be. extraWidth
// is that of each other column.
var columnWidths = []struct{ screen, paper int }{
	{5, 0}, {6, 7}, {9, 8}, {8, 8}, {9, 8}, {14, 14}, {10, 15}, {12, 14}, {16, 20},
	{10, 9}, {18, 14}, {6, 5}, {8, 12}, {8, 12}, {9, 8}, {9, 8},
}

const extraWidth = 9

// numberShare is how much of a sheet, in percent, the number of a row has, however
// many columns there are: it holds seven digits on one line.
const numberShare = 4.2

// widthStyle is the style for the widths of the columns. A column is as wide in all
// tables, and on paper all of them share the width of the sheet.
func widthStyle(extra int) string {
	onScreen, onPaper := extra*extraWidth, extra*extraWidth
	for _, w := range columnWidths {
		onScreen, onPaper = onScreen+w.screen, onPaper+w.paper
	}
	var screen, paper strings.Builder
	rule := func(which string, rem int, share float64) {
		fmt.Fprintf(&screen, ".part col:nth-child(%s) { width: %drem; }\n", which, rem)
		fmt.Fprintf(&paper, ".part col:nth-child(%s) { width: %.3f%%; }\n", which, share)
	}
	shareOf := func(width int) float64 { return (100 - numberShare) * float64(width) / float64(onPaper) }
	rule("1", columnWidths[0].screen, numberShare)
	for i, w := range columnWidths[1:] {
		rule(strconv.Itoa(i+2), w.screen, shareOf(w.paper))
	}
	rule(fmt.Sprintf("n+%d", len(columnWidths)+1), extraWidth, shareOf(extraWidth))
	return fmt.Sprintf("@media screen {\n.part { min-width: %drem; }\n%s}\n@media print {\n%s}\n", onScreen, screen.String(), paper.String())
}
