package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
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
		Finished: func(ctx context.Context, b store.Batch) error { return writeReport(ctx, e.st, b) },
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

// workOn works on one batch until it is over, with progress.
func (e *runEnv) workOn(ctx context.Context, batch int64, maxWait time.Duration) error {
	if err := e.lockWork(ctx); err != nil {
		return err
	}
	s, err := e.service(batch)
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	bar := newBar(e.stderr)
	watched := e.watch(ctx, batch, maxWait, bar)
	bar.clear()
	if ctx.Err() != nil {
		fmt.Fprintln(e.stderr, "usher: stopping; what is in flight is brought to an end")
	}
	stopped := e.stop(s)
	if watched != nil {
		return watched
	}
	return stopped
}

// watch shows a batch's progress until it is over, and says how it ended.
func (e *runEnv) watch(ctx context.Context, batch int64, maxWait time.Duration, bar *bar) error {
	poll := 200 * time.Millisecond
	var shut time.Time // since when the gate has been closed
	for {
		start := time.Now()
		b, counts, gate, err := e.look(ctx, batch)
		switch {
		case ctx.Err() != nil:
			return &exitStatus{exitInterrupted, "interrupted; everything is kept", "run the same command again to go on"}
		case err != nil:
			return err
		case b.State == store.BatchFinished:
			bar.working(counts, gate, true)
			return nil
		case b.State == store.BatchPaused:
			return withHint(fmt.Errorf("batch %d was paused: %s", b.ID, pauseWords(b)), pausedHint(b))
		case b.State == store.BatchCancelled:
			return fmt.Errorf("batch %d was cancelled", b.ID)
		}
		if gate.Open() {
			shut = time.Time{}
		} else if shut.IsZero() {
			shut = start
		}
		if maxWait > 0 && !shut.IsZero() && time.Since(shut) >= maxWait {
			return &exitStatus{exitGate, fmt.Sprintf("stopped: the API could not be called for %s: %s", maxWait, gateWords(gate)),
				"everything is kept; run the same command again to go on"}
		}
		bar.working(counts, gate, false)
		// Counting a million rows takes a while: leave the database to the work.
		wait := max(poll, 50*time.Since(start))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (e *runEnv) look(ctx context.Context, batch int64) (store.Batch, store.Counts, store.Gate, error) {
	b, err := e.st.Batch(ctx, batch)
	if err != nil {
		return b, nil, store.Gate{}, err
	}
	gate, err := e.st.Gate(ctx, e.account)
	if err != nil {
		return b, nil, gate, err
	}
	counts, err := e.st.Counts(ctx, batch)
	return b, counts, gate, err
}
