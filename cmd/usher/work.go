package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"usher/jobs"
)

func newWork(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Work on every running batch until stopped",
		Long: `Sends the invitations of every running batch, at the one pace that all workers
share, until it is stopped. On PostgreSQL start as many as you like. Ctrl-C or
SIGTERM stops it: what is in flight is brought to an end first.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.work(cmd.Context()) },
	}
	paceFlags(a, cmd.Flags())
	return cmd
}

// paceFlags are the flags of commands that work.
func paceFlags(a *app, f *pflag.FlagSet) {
	a.setting(f, "rate", "upstream.rate", "requests a second")
	a.setting(f, "concurrency", "work.concurrency", "requests in flight at once")
}

func (a *app) work(ctx context.Context) error {
	e, err := a.prepare(ctx, "work", false, false)
	if err != nil {
		return err
	}
	defer e.close()
	e.log = e.logger(e.cfg, false)
	e.say = func(words string) { e.log.Warn("a report went to another place", zap.String("detail", words)) }
	if err := e.lockWork(ctx); err != nil {
		return err
	}
	s, err := e.service(0)
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	e.log.Info("working", zap.String("worker", e.id), zap.String("version", version))
	<-ctx.Done()
	fmt.Fprintln(a.stderr, "usher: stopping; what is in flight is brought to an end (again Ctrl-C to stop at once)")
	return e.stop(s)
}

// service makes a worker for one batch, or for all.
func (e *runEnv) service(batch int64) (*jobs.Service, error) {
	debug.SetGCPercent(workGC)
	cfg := e.cfg
	var renewKey func(int) int
	if cfg.Upstream.APIKeyFile != "" {
		renewKey = e.renewKey
	}
	return jobs.New(e.st, e.api, jobs.Config{
		Worker: e.id, Detail: e.words, Account: e.account, OnlyBatch: batch,
		Pace: pace(cfg), Concurrency: cfg.Work.Concurrency, Timeout: cfg.Upstream.Timeout,
		LookupAfter: cfg.Lookup.After, LookupAgain: cfg.Lookup.Again,
		Resend: cfg.Upstream.Resend == "auto", RenewKey: renewKey,
		ProbeFirst: cfg.Gate.ProbeFirst, ProbeMost: cfg.Gate.ProbeMax, RetryAfterCap: cfg.Upstream.RetryAfterCap,
		SweepImports: func(ctx context.Context) error {
			_, err := e.im.SweepDead(ctx, e.account)
			return err
		},
		Finished: e.filing().write,
	}, e.log)
}

// workGC lets the heap grow to five times of what is in use. A worker has some
// 10 MB in use, and many goroutines whose stacks are looked through each time:
// at the default a tenth of its time went there.
const workGC = 400

// stop stops a worker, for work.stop_timeout at most. A second signal ends the
// program at once, as the first one has given the signal back to the system.
func (e *runEnv) stop(s *jobs.Service) error {
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.Work.StopTimeout)
	defer cancel()
	err := s.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("some requests did not end in time; what became of them is looked up when work goes on")
	}
	return err
}
