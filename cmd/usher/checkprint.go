package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"usher/config"
	"usher/importer"
	"usher/importer/table"
	"usher/store"
)

// How many examples of a kind of problem, and how many repairs of a kind, are
// printed; --json has more.
const (
	shownExamples = 5
	shownRepairs  = 20
)

// printPlan prints a check for people: problems first, then what it takes.
func (a *app) printPlan(plan *importer.Plan, c cost, cfg *config.Config) {
	fmt.Fprintln(a.stdout, formatWords(plan.Format))
	a.printColumns(plan)
	for _, kind := range plan.Problems {
		column := kind.Column
		if column == "" {
			column = "whole row"
		}
		fmt.Fprintf(a.stdout, "%s: %s (%s)\n", column, counted(kind.Count, "problem", "problems"), kind.Code)
		first := kind.Examples[:min(len(kind.Examples), shownExamples)]
		for _, p := range first {
			fmt.Fprintf(a.stdout, "  row %d: %s. %s.\n", p.Row, p.Wrong, p.Fix)
		}
		if more := kind.Count - len(first); more > 0 {
			fmt.Fprintf(a.stdout, "  and %s more\n", thousands(more))
		}
	}
	a.printRepairs(plan)
	duplicates := plan.Duplicates[:min(len(plan.Duplicates), shownRepairs)]
	for _, d := range duplicates {
		fmt.Fprintf(a.stdout, "row %d: %s\n", d.Row, duplicateWords(d))
	}
	if more := plan.DuplicatesInFile + plan.DuplicatesBefore - len(duplicates); more > 0 {
		fmt.Fprintf(a.stdout, "and %s\n", counted(more, "more duplicate", "more duplicates"))
	}
	if len(plan.Problems)+len(plan.Duplicates)+len(plan.Repairs) > 0 {
		fmt.Fprintln(a.stdout)
	}
	printPlanned(a, plan)
	if plan.Existing != nil {
		fmt.Fprintf(a.stdout, "This file is batch %d already (%s): running it sends nothing new.\n", plan.Existing.ID, plan.Existing.State)
		return
	}
	fmt.Fprintf(a.stdout, "Tokens needed: %s\n", thousands(c.Tokens))
	if c.Tokens > 0 {
		a.printCost(c, cfg.Upstream)
	}
}

// duplicateWords says why a row is not sent, and what would send it.
func duplicateWords(d importer.Duplicate) string {
	switch {
	case d.Code == importer.InvitedElsewhere:
		return "the list itself says that this person was invited; not sent without --allow-duplicates"
	case d.Code == importer.ContactChanged:
		return fmt.Sprintf("the reference was invited with other contact data, in row %d of batch %d; not sent without --reinvite-changed", d.HolderRow, d.HolderBatch)
	case d.HolderBatch > 0:
		return fmt.Sprintf("the same person as row %d of batch %d; not sent again", d.HolderRow, d.HolderBatch)
	}
	return fmt.Sprintf("the same person as row %d of this file; not sent again", d.HolderRow)
}

// formatWords says how the file was understood, in a line.
func formatWords(f table.Format) string {
	if f.HeaderRow == 0 {
		return "Read from: " + f.Kind + " database"
	}
	words := []string{"Excel workbook", fmt.Sprintf("sheet %q", f.Sheet)}
	if f.Kind == "csv" {
		delimiter := map[string]string{",": "commas", ";": "semicolons", "\t": "tabs"}[f.Delimiter]
		if delimiter == "" {
			delimiter = f.Delimiter
		}
		words = []string{"text", f.Encoding, "separated by " + delimiter}
	}
	if f.Gzip {
		words = append(words, "unpacked")
	}
	words = append(words, fmt.Sprintf("header in row %d", f.HeaderRow))
	if n := len(f.SkippedRows); n > 0 {
		words = append(words, counted(n, "title row above it left out", "title rows above it left out"))
	}
	if f.HiddenRows > 0 {
		words = append(words, counted(f.HiddenRows, "hidden row is read too", "hidden rows are read too"))
	}
	if f.Encoding == "Windows-1252" {
		words[1] += " (look whether the accents are right)"
	}
	if len(f.OtherSheets) > 0 {
		words = append(words, "sheets not read: "+strings.Join(f.OtherSheets, ", "))
	}
	return "Read as: " + strings.Join(words, ", ")
}

func (a *app) printColumns(plan *importer.Plan) {
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
func printPlanned(a *app, plan *importer.Plan) {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t %s\n", thousands(plan.Rows), plural(plan.Rows, "row read", "rows read"))
	fmt.Fprintf(t, "%s\t would be invited\n", thousands(plan.Counts[store.Queued]))
	if n := plan.Counts[store.Duplicate]; n > 0 {
		fmt.Fprintf(t, "%s\t duplicate: not sent\n", thousands(n))
	}
	if n := plan.Counts[store.Rejected]; n > 0 {
		fmt.Fprintf(t, "%s\t rejected: not sent until mended\n", thousands(n))
	}
	_ = t.Flush()
}
