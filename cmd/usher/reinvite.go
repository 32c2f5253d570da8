package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/jobs"
	"usher/store"
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
			batch, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || batch < 1 {
				return usagef("'usher find WHO' shows batch and row of somebody", "%q is no batch number", args[0])
			}
			rows, err := rowNumbers(args[1:])
			if err != nil {
				return err
			}
			slices.Sort(rows)
			return a.reinvite(cmd.Context(), batch, slices.Compact(rows), yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "send without asking")
	return cmd
}

func (a *app) reinvite(ctx context.Context, batch int64, rows []int, yes bool) error {
	if !yes && !terminal(a.stdin) {
		return usagef("add --yes to send without being asked", "this sends real invitations, and nobody is at the terminal to be asked")
	}
	env, err := a.prepare(ctx, "reinvite", false, false)
	if err != nil {
		return err
	}
	defer env.close()
	if !yes && !a.ask(ctx, "Send %s to people who were invited already?", counted(len(rows), "new invitation", "new invitations")) {
		return notSent(ctx, "'usher find WHO' shows the link that somebody has; it can be sent on by hand")
	}
	fresh, err := env.control.Reinvite(ctx, actor(), batch, rows)
	var newer *store.NewerError
	if errors.As(err, &newer) {
		same, lookErr := env.underWay(ctx, newer.Newer, batch, rows)
		if lookErr != nil {
			return lookErr
		}
		if same {
			fmt.Fprintf(a.stderr, "usher: %s: going on with that\n", err)
			fresh, err = newer.Newer.Batch, nil
		}
	}
	if err != nil {
		return reinviteError(err)
	}
	return env.sendAgain(ctx, fresh)
}

// underWay reports whether a newer batch invites these very people again, and is
// not done: the same was asked for before, or is at this moment. If it lacks one
// of them, going on with it would forget that one.
func (e *runEnv) underWay(ctx context.Context, newer store.Holder, batch int64, rows []int) (bool, error) {
	b, err := e.st.Batch(ctx, newer.Batch)
	if err != nil || b.Source != fmt.Sprintf("reinvite:%d", batch) {
		return false, err
	}
	if b.State == store.BatchFinished && newer.State != store.Queued && newer.State != store.Sending {
		return false, nil // nothing is left to go on with
	}
	for _, row := range rows {
		_, err := e.st.Applicant(ctx, store.Key{Batch: newer.Batch, Row: row})
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// reinviteError adds what to do about people who cannot be invited again.
func reinviteError(err error) error {
	var state *store.RowStateError
	var newer *store.NewerError
	switch {
	case errors.As(err, &newer):
		return withHint(err, "nothing was sent; "+afterNewer(newer))
	case errors.As(err, &state):
		return withHint(err, "nothing was sent; "+otherWay(state))
	case errors.Is(err, store.ErrNotFound):
		return withHint(fmt.Errorf("there is no such row: %w", err), "nothing was sent; 'usher find WHO' shows batch and row of somebody")
	case errors.Is(err, store.ErrExists):
		return withHint(errors.New("somebody else has invited one of them again at this moment"), "nothing was sent; 'usher find WHO' shows how it stands")
	}
	return err
}

// afterNewer is what to do about somebody who was invited again since.
func afterNewer(e *store.NewerError) string {
	switch e.Newer.State {
	case store.Invited:
		return fmt.Sprintf("to send once more: 'usher reinvite %d %d'", e.Newer.Batch, e.Newer.Row)
	case store.Unknown:
		return fmt.Sprintf("'usher resolve %d' settles those whose outcome is unknown; for the others leave row %d out", e.Newer.Batch, e.Row)
	}
	return fmt.Sprintf("batch %d sends to that person already; for the others leave row %d out", e.Newer.Batch, e.Row)
}

// otherWay is what helps people who were not invited.
func otherWay(e *store.RowStateError) string {
	switch e.State {
	case store.Duplicate:
		if e.Holder.Batch > 0 {
			return fmt.Sprintf("the invitation is in batch %d: 'usher reinvite %d %d' sends to the e-mail and phone that it went to", e.Holder.Batch, e.Holder.Batch, e.Holder.Row)
		}
		return "the list said that this person was invited elsewhere; import the row with --allow-duplicates to invite from here"
	case store.Failed:
		return fmt.Sprintf("'usher retry %d' sends again to those who failed", e.Batch)
	case store.Unknown:
		return fmt.Sprintf("'usher resolve %d' settles those whose outcome is unknown", e.Batch)
	case store.Rejected, store.Cancelled:
		return "mend the row if need be and run it as a file"
	}
	return fmt.Sprintf("'usher status %d' shows how it stands", e.Batch)
}

// sendAgain works on the batch of the new invitations, and prints their links.
func (e *runEnv) sendAgain(ctx context.Context, batch int64) error {
	err := e.workOn(ctx, batch, 0)
	var held *jobs.HeldError
	if errors.As(err, &held) {
		fmt.Fprintf(e.stdout, "Batch %d has the new invitations. It is sent by the process that works on this database: %s\n", batch, held.Holder)
		return nil
	}
	if err != nil {
		return withHint(err, fmt.Sprintf("'usher work' goes on with batch %d", batch))
	}
	counts, err := e.st.Counts(ctx, batch)
	if err != nil {
		return err
	}
	if err := e.printLinks(ctx, batch); err != nil {
		return err
	}
	if counts.Problems() > 0 {
		return &exitStatus{code: exitProblems, hint: fmt.Sprintf("'usher report %d' says why; the earlier invitations are as they were", batch)}
	}
	return nil
}

func (e *runEnv) printLinks(ctx context.Context, batch int64) error {
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BATCH\tROW\tNAME\tSTATE\tLINK")
	for after := -1; ; {
		page, err := e.st.Applicants(ctx, batch, after, 500)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return t.Flush()
		}
		for _, p := range page {
			fmt.Fprintf(t, "%d\t%d\t%s %s\t%s\t%s\n", p.Batch, p.Row, p.FirstName, p.LastName, p.State, p.SessionURL+p.Error)
		}
		after = page[len(page)-1].Row
	}
}
