package report

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
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
}

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
		Bars:   barsOf(s), Left: leftWords(s.open()),
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

// columnWidths are those of the columns that are always there, in rem, and
// extraWidth is that of each other one.
var columnWidths = []int{5, 6, 9, 8, 9, 14, 10, 12, 16, 10, 18, 6, 8, 8, 9, 9}

const extraWidth = 9

// widthStyle is the style for the widths of the columns. A column is as wide in all
// tables, and on paper all of them share the width of the sheet.
func widthStyle(extra int) string {
	total := extra * extraWidth
	for _, w := range columnWidths {
		total += w
	}
	var screen, paper strings.Builder
	rule := func(which, width int, from string) {
		fmt.Fprintf(&screen, ".part col:nth-child(%s%d) { width: %drem; }\n", from, which, width)
		fmt.Fprintf(&paper, ".part col:nth-child(%s%d) { width: %.3f%%; }\n", from, which, 100*float64(width)/float64(total))
	}
	for i, w := range columnWidths {
		rule(i+1, w, "")
	}
	rule(len(columnWidths)+1, extraWidth, "n+")
	return fmt.Sprintf("@media screen {\n.part { min-width: %drem; }\n%s}\n@media print {\n%s}\n", total, screen.String(), paper.String())
}
