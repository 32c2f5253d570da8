package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
)

// actsShown is how many acts are shown unless more are asked for.
const actsShown = 100

func newActs(a *app) *cobra.Command {
	f := batch.ActFilter{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "acts [BATCH]",
		Short: "Say who did what, on which batch, when, and with which numbers",
		Long: `Lists what people and schedules did, the newest first: imports, retries, new
invitations, settled rows, pauses, reports handed out, the gate opened or closed
by hand. With BATCH it lists what was done on that batch.`,
		Args: argsError(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if f.Limit < 1 {
				return usagef("usage: "+cmd.UseLine(), "--limit %d shows nothing", f.Limit)
			}
			if len(args) == 0 {
				return a.withService(ctx, "acts", func(s *batch.Service) error { return a.acts(ctx, s, f, asJSON) })
			}
			return a.onBatch(ctx, "acts", args[0], func(s *batch.Service, id int64) error {
				f.Batch = id
				if _, err := s.Batch(ctx, id); err != nil {
					return err
				}
				return a.acts(ctx, s, f, asJSON)
			})
		},
	}
	cmd.Flags().IntVar(&f.Limit, "limit", actsShown, "how many are shown")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) acts(ctx context.Context, s *batch.Service, f batch.ActFilter, asJSON bool) error {
	shown := f.Limit
	f.Limit++
	all, err := s.Acts(ctx, f)
	if err != nil {
		return err
	}
	more := len(all) > shown
	all = all[:min(len(all), shown)]
	switch {
	case asJSON:
		return writeJSON(a.stdout, all)
	case len(all) == 0:
		fmt.Fprintln(a.stderr, "usher: nothing was done yet")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHEN\tWHO\tWHAT\tBATCH\tNUMBERS")
	for _, act := range all {
		of := ""
		if act.Batch > 0 {
			of = fmt.Sprint(act.Batch)
		}
		fmt.Fprintf(t, "%s\t%s (%s, %s)\t%s\t%s\t%s\n", localTime(&act.At), act.Actor, act.Role, act.Way, act.Act, of, act.Words())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if more {
		fmt.Fprintf(a.stderr, "usher: only the newest %d are shown; --limit shows more\n", shown)
	}
	return nil
}
