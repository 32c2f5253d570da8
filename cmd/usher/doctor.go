package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/config"
)

func newDoctor(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the settings, the database and the API key; create nothing",
		Args:  argsError(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

func (a *app) doctor(ctx context.Context) error {
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	a.printSettings(cfg)
	sick := 0
	for _, f := range batch.Examine(ctx, cfg, version) {
		if f.Err == nil {
			fmt.Fprintf(a.stdout, "ok       %s: %s\n", f.What, f.Note)
			continue
		}
		sick++
		fmt.Fprintf(a.stdout, "problem  %s: %s\n", f.What, f.Err)
		if f.Hint != "" {
			fmt.Fprintf(a.stdout, "         %s\n", f.Hint)
		}
	}
	if sick > 0 {
		return &exitStatus{code: exitError, words: batch.Counted(sick, "problem", "problems") + " found"}
	}
	return nil
}

func (a *app) printSettings(cfg *config.Config) {
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SETTING\tVALUE\tFROM")
	shown := cfg.Redacted()
	for _, k := range config.Keys() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Path, shown[k.Path], cfg.Source(k.Path))
	}
	_ = t.Flush()
	fmt.Fprintln(a.stdout)
}
