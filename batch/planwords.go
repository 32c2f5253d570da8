package batch

import (
	"fmt"
	"strings"
	"unicode"

	"usher/importer/heading"
)

// RepairLine is what was changed in a row, in a line.
func RepairLine(r Repair) string {
	return fmt.Sprintf("%s: %q -> %q", RowWords(r.Row, ""), OneLine(r.From, 60), OneLine(r.To, 60))
}

// RowWords name a row of a list, and of a source by its id too, which may be empty.
func RowWords(row int, id string) string {
	if id == "" {
		return fmt.Sprintf("row %d", row)
	}
	return fmt.Sprintf("row %d (id %s)", row, OneLine(id, 60))
}

// OneLine makes a value fit into a table of so many characters.
func OneLine(s string, most int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// Advice says what would mend most of the rows that are rejected, each with its flags:
// the order of names, and last the country of phone numbers.
func (p *Plan) Advice() (all []string) {
	if p.InDoubt != nil {
		return nil // it is told with the rest
	}
	for _, d := range p.Doubts {
		if d.Why == heading.NamesUnclear {
			all = append(all, "Full names do not say which part is the last name. If it is the last: --name-order first-last; if the first: --name-order last-first")
		}
	}
	if a := p.RegionAdvice(); a != nil {
		ways := make([]string, len(a.Regions))
		for i, region := range a.Regions {
			ways[i] = a.Names[i] + ": --region " + region
		}
		all = append(all, fmt.Sprintf("%s If they are of %s", a.Words, strings.Join(ways, "; of ")))
	}
	return all
}
