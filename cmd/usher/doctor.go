package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/config"
	"usher/schedule"
	"usher/schedule/folder"
)

func newDoctor(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the settings, the database, the API key, and what happens by itself; create nothing",
		Args:  argsError(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) doctor(ctx context.Context, asJSON bool) error {
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	if !asJSON {
		a.printSettings(cfg)
	}
	found, sick := a.examine(ctx, cfg), 0
	for _, f := range found {
		if f.Err != nil {
			sick++
		}
		switch {
		case asJSON:
		case f.Err == nil:
			fmt.Fprintf(a.stdout, "ok       %s: %s\n", f.What, f.Note)
		default:
			fmt.Fprintf(a.stdout, "problem  %s: %s\n", f.What, f.Err)
			if f.Hint != "" {
				fmt.Fprintf(a.stdout, "         %s\n", f.Hint)
			}
		}
	}
	if asJSON {
		if err := writeJSON(a.stdout, found); err != nil {
			return err
		}
	}
	if sick > 0 {
		return &exitStatus{code: exitError, words: batch.Counted(sick, "problem", "problems") + " found"}
	}
	return nil
}

// examine looks at all of the set-up.
func (a *app) examine(ctx context.Context, cfg *config.Config) []batch.Finding {
	found := batch.Examine(ctx, cfg, version)
	s, err := batch.Open(ctx, cfg, batch.Options{Command: "doctor", Look: true, Profiles: config.ProfileFolder(a.env)})
	if err != nil {
		return append(found, batch.Finding{What: "by itself", Note: "schedules, folders and messages can be looked at when the database is ready"})
	}
	defer s.Close()
	found = append(found, schedule.Examine(ctx, s)...)
	return slices.Concat(found, folder.Examine(ctx, s), a.telling(s).Examine(ctx))
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
