package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"usher/config"
	"usher/upstream"
)

func newDoctor(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the settings, the database and the API key; create nothing",
		Args:  argsError(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

// finding is one line of the doctor's.
type finding struct {
	what string
	err  error
	hint string
	note string // what is right about it
}

func (a *app) doctor(ctx context.Context) error {
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	a.printSettings(cfg)
	sick := 0
	for _, f := range append(checkDatabase(ctx, cfg), checkKey(ctx, cfg)) {
		if f.err == nil {
			fmt.Fprintf(a.stdout, "ok       %s: %s\n", f.what, f.note)
			continue
		}
		sick++
		fmt.Fprintf(a.stdout, "problem  %s: %s\n", f.what, f.err)
		if f.hint != "" {
			fmt.Fprintf(a.stdout, "         %s\n", f.hint)
		}
	}
	if sick > 0 {
		return &exitStatus{code: exitError, words: counted(sick, "problem", "problems") + " found"}
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

// checkKey asks the API for the sessions of a reference that nobody has: it
// tells whether the key is accepted, and creates nothing. Whether the key may
// create sessions shows only when one is created.
func checkKey(ctx context.Context, cfg *config.Config) finding {
	f := finding{what: "API key", note: "the API accepts it; whether it may create sessions, only sending shows"}
	api, err := client(cfg)
	if err != nil {
		_, f.hint = "", "set USHER_UPSTREAM_API_KEY or USHER_UPSTREAM_API_KEY_FILE"
		f.err = err
		return f
	}
	err = api.Ping(ctx)
	var status *upstream.StatusError
	switch {
	case err == nil:
	case errors.As(err, &status) && status.Status == 401:
		f.err, f.hint = errors.New("the API does not accept it (401)"), "check USHER_UPSTREAM_API_KEY"
	case errors.As(err, &status) && status.Status == 403:
		f.err, f.hint = errors.New("the API says that it may not do this (403)"), "a sandbox key of the provider cannot create sessions; use a live one"
	case errors.As(err, &status) && status.Status == 404:
		f.note = "the API answers, but has no list of sessions: lost answers cannot be looked up, and become 'unknown'"
	case errors.As(err, &status) && status.Status == 429:
		f.note = "not tried: the API limits the rate just now"
	default:
		f.err, f.hint = err, "check upstream.base_url and the network"
	}
	return f
}
