package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"usher/batch"
	"usher/config"
)

// shownDuplicates is how many duplicates are printed; --json has more.
const shownDuplicates = 20

// printPlan prints a check for people: problems first, then what it takes.
func (a *app) printPlan(plan *batch.Plan, cfg *config.Config, allRepairs bool) {
	fmt.Fprintln(a.stdout, batch.FormatWords(plan.Format))
	a.printColumns(plan)
	for _, note := range plan.Notes() {
		fmt.Fprintln(a.stdout, batch.OneLine(note, 200))
	}
	for _, kind := range plan.Problems {
		fmt.Fprint(a.stdout, batch.ProblemLines(kind))
	}
	for _, kind := range plan.Repairs {
		fmt.Fprint(a.stdout, batch.RepairLines(kind, allRepairs))
	}
	duplicates := plan.Duplicates[:min(len(plan.Duplicates), shownDuplicates)]
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
		fmt.Fprintln(a.stdout, strings.TrimSpace(plan.Cost.Words(cfg.Upstream)+"\n"+batch.FirstWords(plan.Breakers, plan.Cost.Tokens)))
	}
	for _, advice := range plan.Advice() {
		fmt.Fprintf(a.stdout, "\n%s\n", advice)
	}
}

// printColumns shows which column is taken as what. Those that nothing is done with are
// named together.
func (a *app) printColumns(plan *batch.Plan) {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "COLUMN\tTAKEN AS\tSUCH AS")
	var kept, ignored []string
	for _, c := range plan.Columns {
		heading := batch.OneLine(c.Heading, 40)
		switch {
		case c.Ignored:
			ignored = append(ignored, heading)
		case c.Field == "":
			kept = append(kept, heading)
		default:
			fmt.Fprintf(t, "%s\t%s\t%s\n", heading, batch.TakenAsWords(c), batch.OneLine(strings.Join(c.Samples, ", "), 60))
		}
	}
	_ = t.Flush()
	if len(kept) > 0 {
		fmt.Fprintln(a.stdout, "Kept for the report:", strings.Join(kept, ", "))
	}
	if len(ignored) > 0 {
		fmt.Fprintln(a.stdout, "Usher's own, ignored:", strings.Join(ignored, ", "))
	}
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
