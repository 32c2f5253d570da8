package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"usher/config"
	"usher/jobs"
	"usher/store"
)

// opened is an open database for the commands that look or decide, and send
// nothing.
type opened struct {
	cfg     *config.Config
	st      *store.Store
	account int64
	control *jobs.Control
}

// withStore opens the database and runs f on it.
func (a *app) withStore(ctx context.Context, f func(o opened) error) error {
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	st, err := a.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer st.Close()
	id, err := account(ctx, st, withoutKey(cfg))
	if err != nil {
		return err
	}
	control, err := jobs.NewControl(st, zap.NewNop())
	if err != nil {
		return err
	}
	return f(opened{cfg, st, id, control})
}

// withoutKey leaves the key out: a command that looks must not open a gate
// because it was run with another key.
func withoutKey(cfg *config.Config) *config.Config {
	c := *cfg
	c.Upstream.APIKey = ""
	return &c
}

// onBatch runs f on the batch that an argument names.
func (a *app) onBatch(ctx context.Context, arg string, f func(o opened, b store.Batch) error) error {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || id < 1 {
		return usagef("'usher batches' lists them", "%q is no batch number", arg)
	}
	return a.withStore(ctx, func(o opened) error {
		b, err := o.st.Batch(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return withHint(fmt.Errorf("there is no batch %d", id), "'usher batches' lists them")
		}
		if err != nil {
			return err
		}
		return f(o, b)
	})
}

func newBatches(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "batches",
		Short: "List the batches",
		Args:  argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withStore(ctx, func(o opened) error { return a.batches(ctx, o, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) batches(ctx context.Context, o opened, asJSON bool) error {
	all, err := o.st.Batches(ctx, store.BatchFilter{})
	if err != nil {
		return err
	}
	shapes, err := o.shapes(ctx, all)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, shapes)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.stderr, "usher: there are no batches yet; 'usher run FILE' makes one")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BATCH\tNAME\tSTATE\tROWS\tINVITED\tOPEN\tPROBLEMS\tCREATED")
	for i, b := range all {
		c := shapes[i].Counts
		state := string(b.State)
		if shapes[i].Problems {
			state += " with problems"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", b.ID, b.Name, state, thousands(c.Total()),
			thousands(c[store.Invited]), thousands(c.Open()), thousands(c.Problems()), b.CreatedAt.Local().Format(time.DateTime))
	}
	return t.Flush()
}
