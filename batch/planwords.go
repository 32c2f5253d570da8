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

// How many examples of a kind of problem, and how many repairs of a kind that are not
// harmless, are shown in lines.
const (
	shownExamples = 5
	shownRepairs  = 20
)

// ProblemLines are the problems of a kind: each remedy once, and the rows that it is for
// beneath it.
func ProblemLines(kind ProblemKind) string {
	column := kind.Column
	if column == "" {
		column = "whole row"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)\n", column, Counted(kind.Count, "problem", "problems"), kind.Code)
	first := kind.Examples[:min(len(kind.Examples), shownExamples)]
	for i, p := range first {
		if i == 0 || p.Fix != first[i-1].Fix {
			fmt.Fprintf(&b, "  %s.\n", p.Fix)
		}
		fmt.Fprintf(&b, "    %s: %s\n", RowWords(p.Row, p.ID), p.Wrong)
	}
	if more := kind.Count - len(first); more > 0 {
		fmt.Fprintf(&b, "    and %s more\n", Thousands(more))
	}
	return b.String()
}

// RepairLines tell what was changed, so that nothing is changed silently. Of harmless
// repairs one is shown, unless all are asked for.
func RepairLines(kind RepairKind, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s (%s)", kind.Column, Counted(kind.Count, "value repaired", "values repaired"), RepairWords(kind.Code), kind.Code)
	if IsCosmetic(kind.Code) && !all {
		if len(kind.Examples) > 0 {
			b.WriteString(", such as " + RepairLine(kind.Examples[0]))
		}
		return b.String() + "\n"
	}
	b.WriteString("\n")
	shown := kind.Examples
	if !all {
		shown = shown[:min(len(shown), shownRepairs)]
	}
	for _, r := range shown {
		b.WriteString("    " + RepairLine(r) + "\n")
	}
	if more := kind.Count - len(shown); more > 0 {
		fmt.Fprintf(&b, "    and %s more; --repairs lists up to 1,000\n", Thousands(more))
	}
	return b.String()
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
