package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/cmd/usher/process"
)

func newReinvite(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reinvite BATCH ROW…",
		Short: "Invite people again who were invited already, such as for a lost e-mail",
		Long: `Makes a new session, which costs a token, for people who were invited already,
and sends it. The earlier one stays as it is: often it is enough to send its link
on by hand, which 'usher find WHO' shows.

  usher find ann@example.com       batch 7, row 12: invited …
  usher reinvite 7 12`,
		Args: argsError(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := batchNumber(args[0], "'usher find WHO' shows batch and row of somebody")
			if err != nil {
				return err
			}
			rows, err := rowNumbers(args[1:])
			if err != nil {
				return err
			}
			slices.Sort(rows)
			return a.reinvite(cmd.Context(), id, slices.Compact(rows), yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "send without asking")
	return cmd
}

func (a *app) reinvite(ctx context.Context, id int64, rows []int, yes bool) error {
	if err := mustAsk(yes || terminal(a.stdin), "add --yes to send without being asked"); err != nil {
		return err
	}
	s, _, err := a.open(ctx, opening{Options: batch.Options{Command: "reinvite", Send: true}})
	if err != nil {
		return err
	}
	defer s.Close()
	if !yes {
		q, err := s.PlanReinvite(ctx, id, len(rows))
		if err != nil {
			return err
		}
		if !a.ask(ctx, "%s", q.SendWords("to people who were invited already")) {
			return notSent(ctx, "'usher find WHO' shows the link that somebody has; it can be sent on by hand")
		}
	}
	fresh, err := s.Reinvite(ctx, actor(), id, rows)
	if err != nil {
		return err
	}
	if fresh.Before != nil {
		fmt.Fprintf(a.stderr, "usher: %s: going on with that\n", fresh.Before)
	}
	return a.sendAgain(ctx, s, fresh.Batch)
}

// sendAgain works on the batch of the new invitations, and prints their links.
func (a *app) sendAgain(ctx context.Context, s *batch.Service, id int64) error {
	debug.SetGCPercent(process.WorkGC)
	bar, own := newBar(a.stderr), a.telling(s).Own(ctx, false)
	defer a.lastWords(own)
	ended := own.Begin(id)
	err := s.RunToEnd(ctx, id, batch.RunOptions{Tell: a.teller(bar)})
	ended()
	bar.clear()
	var held *batch.HeldError
	if errors.As(err, &held) {
		fmt.Fprintf(a.stdout, "Batch %d has the new invitations. It is sent by the process that works on this database: %s\n", id, held.Holder)
		return nil
	}
	if err != nil {
		return batch.WithHint(err, fmt.Sprintf("'usher work' goes on with batch %d", id))
	}
	b, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	if err := a.printLinks(ctx, s, id); err != nil {
		return err
	}
	if b.Counts.Problems() > 0 {
		return &exitStatus{code: exitProblems, hint: fmt.Sprintf("'usher report %d' says why; the earlier invitations are as they were", id)}
	}
	return nil
}

func (a *app) printLinks(ctx context.Context, s *batch.Service, id int64) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BATCH\tROW\tNAME\tSTATE\tLINK")
	for p, err := range s.Everybody(ctx, batch.PeopleFilter{Batch: id}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%d\t%d\t%s %s\t%s\t%s\n", p.Batch, p.Row, p.FirstName, p.LastName, p.State, p.SessionURL+p.Error)
	}
	return t.Flush()
}
