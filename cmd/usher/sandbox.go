package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/upstream/sandbox"
)

// sandboxOptions are what 'usher sandbox' was asked for.
type sandboxOptions struct {
	listen string
	sandbox.Options
}

func newSandbox(a *app) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve an API like the real one that contacts nobody",
		Long: `Serves an API with the same contract as the real one: its checks, its limits, its
balance and, when asked, its faults. It contacts nobody and keeps everything in
memory. Point usher to it with USHER_UPSTREAM_BASE_URL; any key will do. People
with an address at refused.example are refused.

  curl -X POST 'ADDRESS/sandbox/topup?tokens=100'    add tokens
  curl ADDRESS/sandbox/sessions                      what was created`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8089", "address to serve on")
	f.Float64Var(&o.Rate, "rate", 25, "requests a second, 0 for no limit")
	f.IntVar(&o.Burst, "burst", 35, "requests at once")
	f.IntVar(&o.Daily, "daily", 10_000, "requests a day, 0 for no limit")
	f.DurationVar(&o.Day, "day", 0, "how long a day is, to rehearse days (default: 24h)")
	f.DurationVar(&o.ListLag, "list-lag", 0, "how far the list of sessions is behind")
	f.BoolVar(&o.OmitRetryAfter, "no-retry-after", false, "refuse without Retry-After")
	f.IntVar(&o.Balance, "balance", -1, "tokens, -1 for any number")
	f.StringVar(&o.APIKey, "key", "", "the only key to accept (default: any)")
	f.DurationVar(&o.Latency, "latency", 0, "time before each answer")
	f.DurationVar(&o.LatencyJitter, "latency-jitter", 0, "up to this much more")
	f.BoolVar(&o.NoList, "no-list", false, "have no route that lists sessions")
	f.Float64Var(&o.Faults.Before5xx, "fault-before", 0, "share answered 503 before anything is created")
	f.Float64Var(&o.Faults.After5xx, "fault-after", 0, "share answered 500 after the session is created")
	f.Float64Var(&o.Faults.Cut, "fault-cut", 0, "share whose connection is cut after the session is created")
	f.Float64Var(&o.Faults.Slow, "fault-slow", 0, "share answered late")
	f.Float64Var(&o.Faults.Garbage, "fault-garbage", 0, "share answered with garbage")
	f.Uint64Var(&o.Faults.Seed, "seed", 1, "seed of the faults")
	return cmd
}

func (a *app) serveSandbox(ctx context.Context, o sandboxOptions) error {
	if err := o.Faults.Validate(); err != nil {
		return usagef("shares lie between 0 and 1, and together do not exceed 1", "%w", err)
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return batch.WithHint(fmt.Errorf("the sandbox cannot serve on %s: %w", o.listen, err), "choose another address with --listen")
	}
	fmt.Fprintf(a.stdout, "http://%s\n", listener.Addr())
	fmt.Fprintln(a.stderr, "usher: the sandbox is serving; Ctrl-C stops it")
	return sandbox.New(o.Options).Serve(ctx, listener)
}
