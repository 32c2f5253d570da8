package main

import (
	"context"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newRetry(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "retry BATCH",
		Short: "Send again to those who failed, and to nobody else",
		Long: `Queues again those of a batch whom the API refused, and duplicates whose other
row has failed. Those invited, rejected or unknown are left alone. 'usher work'
sends them, or 'usher run' with the same file.`,
		Args: exactArgs("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := mustAsk(yes || terminal(a.stdin), "add --yes to send without being asked"); err != nil {
				return err
			}
			return a.onBatch(ctx, "retry", args[0], func(s *batch.Service, id int64) error { return a.retry(ctx, s, id, yes) })
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "send without asking")
	breakerFlags(a, cmd.Flags())
	return cmd
}

func (a *app) retry(ctx context.Context, s *batch.Service, id int64, yes bool) error {
	if !yes {
		q, err := s.PlanRetry(ctx, id)
		if err != nil {
			return err
		}
		if q.Invitations > 0 && !a.ask(ctx, "%s", q.SendWords("again")) {
			return notSent(ctx, fmt.Sprintf("batch %d is as it was; 'usher report %d' says why they failed", id, id))
		}
	}
	n, err := s.Retry(ctx, actor(), id)
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintf(a.stdout, "Nobody of batch %d can be sent to again.\n", id)
		return nil
	}
	fmt.Fprintf(a.stdout, "%s of batch %d queued again.\n", batch.Counted(n, "person", "people"), id)
	workers, err := s.Workers(ctx)
	if err == nil && len(workers) == 0 {
		fmt.Fprintln(a.stderr, "usher: hint: nobody is working; start 'usher work', or run the file again with 'usher run'")
	}
	return err
}

func newResolve(a *app) *cobra.Command {
	var sent, notSent, all bool
	var session string
	cmd := &cobra.Command{
		Use:   "resolve BATCH [ROW…]",
		Short: "List those whose outcome is unknown, or settle them",
		Long: `Without rows, lists those of a batch whose outcome is unknown: the request was
sent, its answer lost, and the API does not tell. Find out (ask the provider, or
the person), then settle each row:

  usher resolve 7 12 15-40 --sent       they were invited; of 15-40 those who are unknown
  usher resolve 7 --all --not-sent      nobody was invited; 'usher retry 7' sends again`,
		Args: argsError(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			ranges, err := rowRanges(args[1:])
			if err != nil {
				return err
			}
			if err := checkResolve(ranges, all, sent, notSent, session); err != nil {
				return err
			}
			return a.onBatch(ctx, "resolve", args[0], func(s *batch.Service, id int64) error {
				if len(ranges) == 0 && !all {
					return a.listUnknown(ctx, s, id)
				}
				rows, err := s.UnknownRows(ctx, id, ranges)
				if err != nil {
					return err
				}
				if err := s.Resolve(ctx, actor(), id, batch.Resolution{Rows: rows, Sent: sent, SessionID: session}); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.stdout, "%s settled.\n", batch.Counted(len(rows), "row", "rows"))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "everybody of the batch whose outcome is unknown")
	cmd.Flags().BoolVar(&sent, "sent", false, "these people were invited")
	cmd.Flags().BoolVar(&notSent, "not-sent", false, "these people were not invited")
	cmd.Flags().StringVar(&session, "session-id", "", "with --sent and one row: the session's id")
	return cmd
}

func checkResolve(rows []batch.RowRange, all, sent, notSent bool, session string) error {
	const hint = "usage: usher resolve BATCH [ROW…|FROM-TO|--all --sent [--session-id ID] | --not-sent]"
	some := len(rows) > 0 || all
	switch {
	case !some && (sent || notSent):
		return usagef(hint, "say which rows")
	case len(rows) > 0 && all:
		return usagef(hint, "name rows or --all, and not both")
	case some && sent == notSent:
		return usagef(hint, "say either --sent or --not-sent")
	case session != "" && (!sent || len(rows) != 1 || rows[0].First != rows[0].Last):
		return usagef(hint, "--session-id goes with --sent and one row")
	}
	return nil
}

func rowRanges(args []string) (all []batch.RowRange, err error) {
	for _, arg := range args {
		r, err := batch.ParseRowRange(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func rowNumbers(args []string) ([]int, error) {
	rows := make([]int, len(args))
	for i, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return nil, usagef("rows are numbered as in the file and the report", "%q is no row number", arg)
		}
		rows[i] = n
	}
	return rows, nil
}

func (a *app) listUnknown(ctx context.Context, s *batch.Service, id int64) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	n := 0
	for p, err := range s.Everybody(ctx, batch.PeopleFilter{Batch: id, States: []batch.State{batch.Unknown}}) {
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Fprintln(t, "ROW\tNAME\tEXTERNAL ID\tSENT\tWHY")
		}
		fmt.Fprintf(t, "%d\t%s %s\t%s\t%s\t%s\n", p.Row, p.FirstName, p.LastName, p.ExternalID, localTime(p.SentAt), p.Error)
		n++
	}
	if n == 0 {
		fmt.Fprintf(a.stdout, "Nobody of batch %d is unknown.\n", id)
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "usher: hint: look each external id up with the provider, then 'usher resolve %d ROW --sent' (with --session-id ID, where WHY names the right one) or '--not-sent'\n", id)
	return nil
}
