package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"usher/batch"
	"usher/cmd/usher/process"
	"usher/config"
	"usher/web"
)

func newWork(a *app) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Work on every running batch until stopped",
		Long: `Sends the invitations of every running batch, at the one pace that all workers
share, until it is stopped. On PostgreSQL start as many as you like. Ctrl-C or
SIGTERM stops it: what is in flight is brought to an end first.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.work(cmd.Context(), listen) },
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address to serve /metrics, /readyz and /healthz on, such as 127.0.0.1:9090")
	paceFlags(a, cmd.Flags())
	return cmd
}

// paceFlags are the flags of commands that work.
func paceFlags(a *app, f *pflag.FlagSet) {
	a.setting(f, "rate", "upstream.rate", "requests a second")
	a.setting(f, "concurrency", "work.concurrency", "requests in flight at once")
}

func (a *app) work(ctx context.Context, listen string) error {
	process.UseMemory(ctx)
	s, cfg, err := a.open(ctx, opening{batch.Options{Command: "work", Send: true, Profiles: config.ProfileFolder(a.env)}, true})
	if err != nil {
		return err
	}
	defer s.Close()
	workingSchedules(s).WorkBeside()
	a.telling(s).Begin()
	if listen == "" {
		return s.Work(ctx)
	}
	listener, err := listenOn(listen, "the figures", "127.0.0.1:9090")
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	options := pageOptions(cfg, false)
	options.Log, options.MonitorOnly = a.logLine, true
	h, err := web.New(s, options)
	if err != nil {
		return err
	}
	return beside(ctx, s.Work, h, listener, cfg.Work.StopTimeout)
}
