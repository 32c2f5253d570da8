package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"usher/config"
	"usher/importer"
	"usher/store"
)

// checkOptions are what 'usher check' was asked for.
type checkOptions struct {
	file            string
	source          string
	allowDuplicates bool
	reinviteAfter   string
	sheet           string
	columns         columnOptions
	problems        string
	json            bool
}

func newCheck(a *app) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check FILE | --source NAME",
		Short: "Say what is wrong with a file and what running it would take; send nothing",
		Args:  fileOrSource(&o.source),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = strings.Join(args, "")
			return a.check(cmd.Context(), o)
		},
	}
	importFlags(a, cmd.Flags(), &o.allowDuplicates, &o.reinviteAfter)
	sheetFlag(cmd.Flags(), &o.sheet)
	o.columns.flags(cmd.Flags())
	cmd.Flags().StringVar(&o.problems, "problems", "", "write the rows that are rejected to this file, to be mended and imported")
	sourceFlag(cmd.Flags(), &o.source)
	paceFlags(a, cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

func (a *app) check(ctx context.Context, o checkOptions) error {
	reinvite, err := reinviteAfter(o.reinviteAfter)
	if err != nil {
		return err
	}
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	columns, err := o.columns.read(a.env)
	if err != nil {
		return err
	}
	list, err := newProblemList(o.problems)
	if err != nil {
		return err
	}
	defer list.discard()
	src, err := a.openFeed(ctx, cfg, o.file, o.source)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	st, id, err := a.openToCheck(ctx, cfg)
	if err != nil {
		return err
	}
	if st != nil {
		defer st.Close()
	}
	bar := newBar(a.stderr)
	plan, err := importer.Check(ctx, st, src, importer.Options{
		Account: id, Defaults: importDefaults(cfg), AllowDuplicates: o.allowDuplicates, ReinviteAfter: reinvite, Sheet: o.sheet,
		Columns: columns, Problems: list.writer(),
		Progress: func(p importer.Progress) { bar.checking(p) },
	})
	bar.clear()
	if errors.Is(err, importer.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	if err := o.columns.save(a.env, columns); err != nil {
		return err
	}
	if err := list.keep(); err != nil {
		return err
	}
	cost := costOf(plan.Tokens, pace(cfg))
	if o.json {
		err = writeJSON(a.stdout, checkShape{plan, cost})
	} else {
		a.printPlan(plan, cost, cfg)
		if n := plan.Counts[store.Rejected]; n > 0 && o.problems != "" {
			fmt.Fprintf(a.stdout, "The %s rejected: %s. Mend it and import it like the file itself.\n", plural(n, "row that is", "rows that are"), o.problems)
		}
	}
	if err == nil && plan.Counts.Problems() > 0 {
		return &exitStatus{code: exitProblems}
	}
	return err
}

// openToCheck opens the database if there is one: a check makes none.
func (a *app) openToCheck(ctx context.Context, cfg *config.Config) (*store.Store, int64, error) {
	if path, ok := strings.CutPrefix(cfg.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, 0, nil
		}
	}
	st, err := a.open(ctx, cfg)
	if err != nil {
		return nil, 0, err
	}
	id, err := account(ctx, st, withoutKey(cfg))
	if err != nil {
		st.Close()
		return nil, 0, err
	}
	return st, id, nil
}

// checkShape is a check in JSON. The shape is part of the interface.
type checkShape struct {
	*importer.Plan
	Cost cost `json:"cost"`
}

// cost is what sending would take.
type cost struct {
	Tokens  int       `json:"tokens"`
	Seconds float64   `json:"seconds"` // at the configured pace, waits for the daily limit included
	Days    int       `json:"days"`    // calendar days (UTC) on which requests are made
	Finish  time.Time `json:"finish"`  // if it began now
}

// costOf reckons with a day that has seen no request yet.
func costOf(tokens int, p store.Pace) cost {
	now := time.Now().UTC()
	c := cost{Tokens: tokens, Finish: now}
	if tokens == 0 {
		return c
	}
	c.Days = 1
	today := tokens
	start := now
	if p.Daily > 0 && tokens > p.Daily {
		c.Days = int(math.Ceil(float64(tokens) / float64(p.Daily)))
		today = tokens - (c.Days-1)*p.Daily
		start = now.Truncate(24*time.Hour).AddDate(0, 0, c.Days-1)
	}
	work := time.Duration(0)
	if p.Rate > 0 {
		work = time.Duration(float64(max(0, today-p.Burst)) / p.Rate * float64(time.Second))
	}
	c.Finish = start.Add(work).Truncate(time.Second)
	c.Seconds = max(c.Finish.Sub(now), work).Seconds()
	return c
}

func (b *bar) checking(p importer.Progress) {
	if p.Total > 0 && p.Bytes < p.Total {
		b.show(fmt.Sprintf("checking %s %3d%%  %s", meter(p.Bytes, p.Total), 100*p.Bytes/p.Total, counted(p.Rows, "row", "rows")), false)
	}
}

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
		for _, p := range kind.Examples {
			fmt.Fprintf(a.stdout, "  row %d: %s. %s.\n", p.Row, p.Wrong, p.Fix)
		}
		if more := kind.Count - len(kind.Examples); more > 0 {
			fmt.Fprintf(a.stdout, "  and %s more\n", thousands(more))
		}
	}
	a.printRepairs(plan)
	for _, d := range plan.Duplicates {
		where := "this file"
		if d.HolderBatch > 0 {
			where = fmt.Sprintf("batch %d", d.HolderBatch)
		}
		fmt.Fprintf(a.stdout, "row %d: the same person as row %d of %s; not sent again\n", d.Row, d.HolderRow, where)
	}
	if more := plan.DuplicatesInFile + plan.DuplicatesBefore - len(plan.Duplicates); more > 0 {
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
		fmt.Fprintf(a.stdout, "Time: %s at %s", spanWords(time.Duration(c.Seconds*float64(time.Second))), rateWords(paceShape{Rate: cfg.Upstream.Rate, Configured: cfg.Upstream.Rate}))
		if c.Days > 1 {
			fmt.Fprintf(a.stdout, ", %s at %s a day", counted(c.Days, "day", "days"), thousands(cfg.Upstream.Daily))
		}
		fmt.Fprintf(a.stdout, "; done about %s if begun now\n", c.Finish.Local().Format("2006-01-02 15:04"))
	}
}

// formatWords says how the file was understood, in a line.
func formatWords(f importer.Format) string {
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

// spanWords writes a length of time as people say it.
func spanWords(d time.Duration) string {
	if days := d.Hours() / 24; days >= 2 {
		return fmt.Sprintf("%.0f days", days)
	}
	return d.Round(time.Second).String()
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
