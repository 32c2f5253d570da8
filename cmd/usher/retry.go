package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/jobs"
	"usher/store"
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
			if !yes && !terminal(a.stdin) {
				return usagef("add --yes to send without being asked", "this sends real invitations, and nobody is at the terminal to be asked")
			}
			return a.onBatch(ctx, args[0], func(o opened, b store.Batch) error { return a.retry(ctx, o, b, yes) })
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "send without asking")
	return cmd
}

func (a *app) retry(ctx context.Context, o opened, b store.Batch, yes bool) error {
	if !yes {
		n, err := o.control.Retryable(ctx, b.ID)
		if err != nil {
			return err
		}
		if n > 0 && !a.ask(ctx, "Send %s again?", counted(n, "invitation", "invitations")) {
			return notSent(ctx, "")
		}
	}
	n, err := o.control.Retry(ctx, actor(), b.ID)
	if err != nil {
		return stateHint(err, b)
	}
	if n == 0 {
		fmt.Fprintf(a.stdout, "Nobody of batch %d can be sent to again.\n", b.ID)
		return nil
	}
	fmt.Fprintf(a.stdout, "%s of batch %d queued again.\n", counted(n, "person", "people"), b.ID)
	workers, err := o.st.Leases(ctx, store.WorkerLease(""))
	if err == nil && len(workers) == 0 {
		fmt.Fprintln(a.stderr, "usher: hint: nobody is working; start 'usher work', or run the file again with 'usher run'")
	}
	return err
}

func newResolve(a *app) *cobra.Command {
	var sent, notSent bool
	var session string
	cmd := &cobra.Command{
		Use:   "resolve BATCH [ROW…]",
		Short: "List those whose outcome is unknown, or settle them",
		Long: `Without rows, lists those of a batch whose outcome is unknown: the request was
sent, its answer lost, and the API does not tell. Find out (ask the provider, or
the person), then settle each row:

  usher resolve 7 12 15 --sent          they were invited
  usher resolve 7 18 --not-sent         nobody was invited; 'usher retry 7' sends again`,
		Args: argsError(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			rows, err := rowNumbers(args[1:])
			if err != nil {
				return err
			}
			if err := checkResolve(rows, sent, notSent, session); err != nil {
				return err
			}
			return a.onBatch(ctx, args[0], func(o opened, b store.Batch) error {
				if len(rows) == 0 {
					return a.listUnknown(ctx, o, b)
				}
				return a.resolve(ctx, o, b, rows, sent, session)
			})
		},
	}
	cmd.Flags().BoolVar(&sent, "sent", false, "these people were invited")
	cmd.Flags().BoolVar(&notSent, "not-sent", false, "these people were not invited")
	cmd.Flags().StringVar(&session, "session-id", "", "with --sent and one row: the session's id")
	return cmd
}

func checkResolve(rows []int, sent, notSent bool, session string) error {
	const hint = "usage: usher resolve BATCH [ROW… --sent [--session-id ID] | --not-sent]"
	switch {
	case len(rows) == 0 && (sent || notSent):
		return usagef(hint, "say which rows")
	case len(rows) > 0 && sent == notSent:
		return usagef(hint, "say either --sent or --not-sent")
	case session != "" && (!sent || len(rows) != 1):
		return usagef(hint, "--session-id goes with --sent and one row")
	}
	return nil
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

func (a *app) listUnknown(ctx context.Context, o opened, b store.Batch) error {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	n := 0
	for after := -1; ; {
		page, err := o.st.People(ctx, store.PeopleFilter{Batch: b.ID, States: []store.State{store.Unknown}, After: after, Limit: 500})
		if err != nil {
			return err
		}
		for _, p := range page {
			if n == 0 {
				fmt.Fprintln(t, "ROW\tNAME\tEXTERNAL ID\tSENT\tWHY")
			}
			fmt.Fprintf(t, "%d\t%s %s\t%s\t%s\t%s\n", p.Row, p.FirstName, p.LastName, p.ExternalID,
				p.SentAt.Local().Format("2006-01-02 15:04:05"), p.Error)
			n++
			after = p.Row
		}
		if len(page) == 0 {
			break
		}
	}
	if n == 0 {
		fmt.Fprintf(a.stdout, "Nobody of batch %d is unknown.\n", b.ID)
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "usher: hint: look each external id up with the provider, then 'usher resolve %d ROW --sent' (with --session-id ID, where WHY names the right one) or '--not-sent'\n", b.ID)
	return nil
}

func (a *app) resolve(ctx context.Context, o opened, b store.Batch, rows []int, sent bool, session string) error {
	err := o.control.Resolve(ctx, actor(), b.ID, rows, sent, session)
	var taken *jobs.SessionTakenError
	var settled *jobs.NotUnknownError
	switch {
	case errors.As(err, &taken):
		return withHint(fmt.Errorf("session %s is another person's; nothing was changed", session),
			fmt.Sprintf("'usher find %s' shows whose", session))
	case errors.As(err, &settled):
		return withHint(fmt.Errorf("%w; nothing was changed", err), fmt.Sprintf("'usher resolve %d' lists those who are", b.ID))
	case err != nil:
		return err
	}
	if b, err = o.st.Batch(ctx, b.ID); err == nil && b.State == store.BatchFinished {
		err = a.filing(o.st).write(ctx, b)
	}
	fmt.Fprintf(a.stdout, "%s settled.\n", counted(len(rows), "row", "rows"))
	return err
}
