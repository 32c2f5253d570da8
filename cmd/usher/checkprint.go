package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode"

	"usher/batch"
	"usher/config"
)

// How many examples of a kind of problem, and how many repairs of a kind, are
// printed; --json has more.
const (
	shownExamples = 5
	shownRepairs  = 20
)

// printPlan prints a check for people: problems first, then what it takes.
func (a *app) printPlan(plan *batch.Plan, cfg *config.Config) {
	fmt.Fprintln(a.stdout, batch.FormatWords(plan.Format))
	a.printColumns(plan)
	for _, kind := range plan.Problems {
		column := kind.Column
		if column == "" {
			column = "whole row"
		}
		fmt.Fprintf(a.stdout, "%s: %s (%s)\n", column, batch.Counted(kind.Count, "problem", "problems"), kind.Code)
		first := kind.Examples[:min(len(kind.Examples), shownExamples)]
		for _, p := range first {
			fmt.Fprintf(a.stdout, "  row %d: %s. %s.\n", p.Row, p.Wrong, p.Fix)
		}
		if more := kind.Count - len(first); more > 0 {
			fmt.Fprintf(a.stdout, "  and %s more\n", batch.Thousands(more))
		}
	}
	a.printRepairs(plan)
	duplicates := plan.Duplicates[:min(len(plan.Duplicates), shownRepairs)]
	for _, d := range duplicates {
		fmt.Fprintf(a.stdout, "row %d: %s\n", d.Row, batch.DuplicateWords(d))
	}
	if more := plan.DuplicatesInFile + plan.DuplicatesBefore - len(duplicates); more > 0 {
		fmt.Fprintf(a.stdout, "and %s\n", batch.Counted(more, "more duplicate", "more duplicates"))
	}
	if len(plan.Problems)+len(plan.Duplicates)+len(plan.Repairs) > 0 {
		fmt.Fprintln(a.stdout)
	}
	printPlanned(a, plan)
	if plan.Existing != nil {
		fmt.Fprintf(a.stdout, "This file is batch %d already (%s): running it sends nothing new.\n", plan.Existing.ID, plan.Existing.State)
		return
	}
	fmt.Fprintf(a.stdout, "Tokens needed: %s\n", batch.Thousands(plan.Cost.Tokens))
	if plan.Cost.Tokens > 0 {
		fmt.Fprintln(a.stdout, plan.Cost.Words(cfg.Upstream))
	}
}

func (a *app) printColumns(plan *batch.Plan) {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "COLUMN\tTAKEN AS\tSUCH AS")
	for _, c := range plan.Columns {
		as := c.Field
		switch {
		case c.Ignored:
			as = "(usher's own, ignored)"
		case as == "":
			as = "(kept for the report)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", oneLine(c.Heading, 40), as, oneLine(strings.Join(c.Samples, ", "), 60))
	}
	_ = t.Flush()
	fmt.Fprintln(a.stdout)
}

// printPlanned prints the counts in words that say what would happen.
func printPlanned(a *app, plan *batch.Plan) {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t %s\n", batch.Thousands(plan.Rows), batch.Plural(plan.Rows, "row read", "rows read"))
	fmt.Fprintf(t, "%s\t would be invited\n", batch.Thousands(plan.Counts[batch.Queued]))
	if n := plan.Counts[batch.Duplicate]; n > 0 {
		fmt.Fprintf(t, "%s\t duplicate: not sent\n", batch.Thousands(n))
	}
	if n := plan.Counts[batch.Rejected]; n > 0 {
		fmt.Fprintf(t, "%s\t rejected: not sent until mended\n", batch.Thousands(n))
	}
	_ = t.Flush()
}

// printRepairs lists what was changed, so that nothing is changed silently.
func (a *app) printRepairs(plan *batch.Plan) {
	for _, kind := range plan.Repairs {
		fmt.Fprintf(a.stdout, "%s: %s: %s (%s)\n", kind.Column, batch.Counted(kind.Count, "value repaired", "values repaired"), batch.RepairWords(kind.Code), kind.Code)
		most := shownRepairs
		if batch.IsCosmetic(kind.Code) {
			most = shownExamples
		}
		first := kind.Examples[:min(len(kind.Examples), most)]
		for _, r := range first {
			fmt.Fprintf(a.stdout, "  row %d: %q -> %q\n", r.Row, oneLine(r.From, 60), oneLine(r.To, 60))
		}
		if more := kind.Count - len(first); more > 0 {
			fmt.Fprintf(a.stdout, "  and %s more; --json lists up to 1,000\n", batch.Thousands(more))
		}
	}
}

// oneLine makes a value fit into a table.
func oneLine(s string, most int) string {
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
