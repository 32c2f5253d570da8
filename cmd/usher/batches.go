package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"usher/batch"
)

func newBatches(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "batches",
		Short: "List the batches",
		Args:  argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withService(ctx, "batches", func(s *batch.Service) error { return a.batches(ctx, s, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) batches(ctx context.Context, s *batch.Service, asJSON bool) error {
	all, err := s.Batches(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.stderr, "usher: there are no batches yet; 'usher run FILE' makes one")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BATCH\tNAME\tSTATE\tROWS\tINVITED\tOPEN\tPROBLEMS\tCREATED")
	for _, b := range all {
		c := b.Counts
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", b.ID, b.Name, b.StateShort(), batch.Thousands(c.Total()),
			batch.Thousands(c[batch.Invited]), batch.Thousands(c.Open()), batch.Thousands(c.Problems()), localTime(b.CreatedAt))
	}
	return t.Flush()
}

// localTime is a time for people, with its zone; there may be none.
func localTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}
