package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newStatus(a *app) *cobra.Command {
	var asJSON, watch bool
	do := func(ctx context.Context, s *batch.Service, id int64) error {
		if watch && asJSON {
			return usagef("leave one of them out", "--json and --watch do not go together")
		}
		if watch {
			return a.watchStatus(ctx, s, id)
		}
		return a.status(ctx, s, id, asJSON)
	}
	cmd := &cobra.Command{
		Use:   "status [BATCH]",
		Short: "Show the gate, the pace and the workers, or the progress of a batch",
		Args:  argsError(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 0 {
				return a.withService(ctx, "status", func(s *batch.Service) error { return do(ctx, s, 0) })
			}
			return a.onBatch(ctx, "status", args[0], func(s *batch.Service, id int64) error { return do(ctx, s, id) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&watch, "watch", false, "show it again and again, until the batch is over or Ctrl-C")
	return cmd
}

func (a *app) status(ctx context.Context, s *batch.Service, id int64, asJSON bool) (err error) {
	st, err := standingOf(ctx, s, id)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, st)
	}
	a.printStanding(st)
	return nil
}

// statusEvery is how often a status that is watched is shown.
const statusEvery = 2 * time.Second

// watchStatus shows the status whenever it has changed, on a terminal in its place,
// until the batch is over or ctx ends: who watches stops when it is enough.
func (a *app) watchStatus(ctx context.Context, s *batch.Service, id int64) error {
	before, out, errs := "", a.stdout, a.stderr
	for {
		st, err := standingOf(ctx, s, id)
		if ctx.Err() != nil {
			return nil
		}
		var shown strings.Builder
		if err == nil {
			a.stdout, a.stderr = &shown, &shown
			a.printStanding(st)
			a.stdout, a.stderr = out, errs
		} else if !batch.Away(err) {
			return err
		} else {
			fmt.Fprintf(&shown, "The database does not answer; it is asked again (%s)\n", err)
		}
		if text := shown.String(); text != before {
			switch {
			case terminal(out):
				text = "\x1b[H\x1b[2J" + text
			case before != "":
				text = "\n" + text
			}
			fmt.Fprint(out, text)
			before = shown.String()
		}
		if b := st.Batch; b != nil && (b.State == batch.Finished || b.State == batch.GivenUp) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(statusEvery):
		}
	}
}

// standingOf is how a batch stands, or all if id is 0.
func standingOf(ctx context.Context, s *batch.Service, id int64) (batch.Standing, error) {
	if id > 0 {
		st, err := s.StandingOf(ctx, id)
		if err == nil {
			st.Mended, err = s.MendedWords(ctx, *st.Batch)
		}
		return st, err
	}
	return s.Standing(ctx)
}

func (a *app) printStanding(st batch.Standing) {
	if st.Batch != nil {
		a.printBatch(st)
	}
	a.printAccount(st)
	for _, b := range slices.Concat(st.Running, st.Paused, st.Elsewhere) {
		fmt.Fprintf(a.stdout, "Batch %d, %s: %s\n", b.ID, b.Name, b.ProgressWords())
		a.printStill(b)
	}
}

// printStill says what keeps a batch from going on.
func (a *app) printStill(b batch.Batch) {
	if b.Still != "" {
		fmt.Fprintln(a.stdout, b.Still)
	}
	a.hint(b.StillHint)
}

func (a *app) printBatch(s batch.Standing) {
	b := *s.Batch
	fmt.Fprintf(a.stdout, "Batch %d, %s: %s\n", b.ID, b.Name, b.StateWords())
	printCounts(a.stdout, b.Counts, s.NotSent)
	if s.Mended != "" {
		fmt.Fprintf(a.stdout, "Mended:   %s\n", s.Mended)
	}
	where, hint := s.ReportWords()
	if where != "" {
		fmt.Fprintf(a.stdout, "Report:   %s\n", where)
	}
	if n := len(s.Deliveries); n > 0 {
		fmt.Fprintf(a.stdout, "Results:  %s\n", s.Deliveries[n-1].Words())
	}
	a.hint(hint)
	a.printStill(b)
}

func (a *app) printAccount(s batch.Standing) {
	fmt.Fprintf(a.stdout, "Gate:     %s\n", s.Gate.Words)
	if s.Gate.Detail != "" {
		fmt.Fprintf(a.stdout, "          because %s\n", s.Gate.Detail)
	}
	if words := s.Gate.Times(localTime); words != "" {
		fmt.Fprintf(a.stdout, "          %s\n", words)
	}
	if words := s.DoubtWords(); words != "" {
		fmt.Fprintf(a.stdout, "In doubt: %s\n", words)
	}
	fmt.Fprintf(a.stdout, "Pace:     %s%s; %s\n", s.Pace.Words(), s.Pace.OfWords(), s.Pace.DayWords())
	workers := "none"
	if len(s.Workers) > 0 {
		workers = strings.Join(s.Workers, "\n          ")
	}
	fmt.Fprintf(a.stdout, "Workers:  %s\n", workers)
	a.printDatabase(s)
	a.hint(s.Gate.Hint)
}

// printDatabase names the database among the rest of the status.
func (a *app) printDatabase(s batch.Standing) {
	fmt.Fprintf(a.stdout, "API:      %s\n", s.API)
	fmt.Fprintf(a.stdout, "Database: %s\n", s.Database)
	if !s.Sent {
		fmt.Fprintf(a.stdout, "          %s\n", batch.NeverSentWords)
	}
}
