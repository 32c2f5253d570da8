package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [BATCH]",
		Short: "Show the gate, the pace and the workers, or the progress of a batch",
		Args:  argsError(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 0 {
				return a.withService(ctx, "status", func(s *batch.Service) error { return a.status(ctx, s, 0, asJSON) })
			}
			return a.onBatch(ctx, "status", args[0], func(s *batch.Service, id int64) error { return a.status(ctx, s, id, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) status(ctx context.Context, s *batch.Service, id int64, asJSON bool) (err error) {
	var st batch.Standing
	if id > 0 {
		st, err = s.StandingOf(ctx, id)
	} else {
		st, err = s.Standing(ctx)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, st)
	}
	if st.Batch != nil {
		a.printBatch(st)
		a.hint(st.Batch.QuietHint())
	}
	a.printAccount(st)
	for _, r := range st.Running {
		fmt.Fprintf(a.stdout, "Batch %d, %s: %s\n", r.ID, r.Name, r.ProgressWords())
	}
	return nil
}

func (a *app) printBatch(s batch.Standing) {
	b := *s.Batch
	fmt.Fprintf(a.stdout, "Batch %d, %s: %s\n", b.ID, b.Name, b.StateWords())
	printCounts(a.stdout, b.Counts)
	if n := len(s.Deliveries); n > 0 {
		fmt.Fprintf(a.stdout, "Results:  %s\n", s.Deliveries[n-1].Words())
	}
	if b.State == batch.Running && len(s.Workers) == 0 {
		fmt.Fprintln(a.stdout, "Nobody is working. Start 'usher work', or run the file again with 'usher run'.")
	}
}

func (a *app) printAccount(s batch.Standing) {
	fmt.Fprintf(a.stdout, "Gate:     %s\n", s.Gate.Words)
	if s.Gate.Detail != "" {
		fmt.Fprintf(a.stdout, "          because %s\n", s.Gate.Detail)
	}
	if s.Gate.Until != nil && !s.Gate.Open {
		fmt.Fprintf(a.stdout, "          until %s\n", localTime(s.Gate.Until))
	}
	fmt.Fprintf(a.stdout, "Pace:     %s; %s today%s\n", s.Pace.Words(), batch.Counted(int(s.Pace.Today), "request", "requests"), ofDaily(s.Pace))
	workers := "none"
	if len(s.Workers) > 0 {
		workers = strings.Join(s.Workers, "\n          ")
	}
	fmt.Fprintf(a.stdout, "Workers:  %s\n", workers)
	a.printDatabase(s)
	a.hint(s.Gate.Hint)
}

func ofDaily(p batch.Pace) string {
	if p.Daily == 0 {
		return ""
	}
	return " of " + batch.Thousands(p.Daily)
}

// printDatabase names the database among the rest of the status.
func (a *app) printDatabase(s batch.Standing) {
	fmt.Fprintf(a.stdout, "Database: %s\n", s.Database)
	if !s.Sent {
		fmt.Fprintf(a.stdout, "          %s\n", batch.NeverSentWords)
	}
}
