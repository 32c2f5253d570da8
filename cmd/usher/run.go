package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"usher/config"
	"usher/importer"
	"usher/importer/database"
	"usher/jobs"
	"usher/store"
)

// runOptions are what 'usher run' was asked for.
type runOptions struct {
	importOptions
	sandbox bool
	keep    bool
	maxWait time.Duration
	json    bool
}

func newRun(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run FILE | --source NAME",
		Short: "Import a file, invite everybody in it, and write the report",
		Long: `Imports FILE, invites everybody in it at the pace the API allows, and writes a
results report. Stop it whenever you like: run it again and it goes on where it
was. Nobody is invited twice.

With --sandbox it rehearses against a sandbox of its own: no key is needed,
nobody is contacted, nothing is charged and nothing is remembered. What is left
is its report, NAME.rehearsal.csv, whose rows say that it was a rehearsal.`,
		Args: fileOrSource(&o.source),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = strings.Join(args, "")
			o.reportGiven = cmd.Flags().Changed("report")
			return a.runFile(cmd.Context(), o)
		},
	}
	o.importOptions.flags(a, cmd.Flags())
	cmd.Flags().BoolVar(&o.sandbox, "sandbox", false, "rehearse against a sandbox; nobody is contacted")
	cmd.Flags().BoolVar(&o.keep, "keep", false, "with --sandbox: go on from earlier rehearsals, kept in "+sandboxDatabase)
	cmd.Flags().DurationVar(&o.maxWait, "max-wait", 0, "give up (exit status 4) when the API may not be called for this long")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
	return cmd
}

// runFile is the whole job in one process.
func (a *app) runFile(ctx context.Context, o runOptions) error {
	if err := o.check(a, o.sandbox); err != nil {
		return err
	}
	if o.target != nil {
		if o.json && o.target.Stdout() {
			return usagef("leave --json out, or name a file with --report", "the report and the result cannot both go to standard output")
		}
		if err := a.openTarget(ctx, "report", o.target); err != nil {
			return err
		}
		defer o.target.Close()
	}
	env, err := a.prepare(ctx, "run", o.sandbox, o.keep)
	if err != nil {
		return err
	}
	defer env.close()
	file, _ := os.Stat(env.st.Path()) // nil where the database is a server
	err = env.runFile(ctx, o)
	if !env.forgets {
		err = worse(remembered(file, env.st.Path()), err)
	}
	return env.ended(err)
}

func (e *runEnv) runFile(ctx context.Context, o runOptions) error {
	staged, err := e.importPatiently(ctx, o.importOptions, func(s *importer.Staged) error {
		if err := e.recognised(s.Batch, o); err != nil {
			return err
		}
		return e.moveReport(ctx, s.Batch, o.importOptions)
	})
	if errors.Is(err, database.ErrNothingNew) {
		e.nothingNew(o.source)
		e.unlockImport()
		return e.goOn(ctx, o, 0)
	}
	if err != nil {
		return err
	}
	defer func() { _ = staged.Close() }()
	b := staged.Batch
	e.unlockImport()
	if b.State != store.BatchFinished {
		if err := e.workOn(ctx, b.ID, o.maxWait); err != nil {
			return err
		}
	}
	concluded := e.conclude(ctx, b.ID, conclusion{o.json, o.target, b.State == store.BatchFinished && o.target != nil})
	if concluded != nil && !onlyProblems(concluded) {
		return concluded
	}
	return worse(e.goOn(ctx, o, b.ID), concluded)
}

// goOn completes earlier runs of a source that were stopped. Each is a batch of
// its own, so reading the source again does not find them as it does a file.
func (e *runEnv) goOn(ctx context.Context, o runOptions, but int64) error {
	if o.source == "" {
		return nil
	}
	running, err := e.st.BatchesIn(ctx, e.account, store.BatchRunning)
	if err != nil {
		return err
	}
	running = slices.DeleteFunc(running, func(b store.Batch) bool {
		return b.ID == but || b.Source != database.SourcePath(o.source)
	})
	var problems error
	for i, b := range running {
		fmt.Fprintf(e.stderr, "usher: batch %d of source %s is not done yet: going on where it was\n", b.ID, o.source)
		c := conclusion{asJSON: o.json}
		result := but == 0 && i == len(running)-1 // --json and --report are of one batch
		if result {
			c.target = o.target
			if err := e.moveReport(ctx, b, o.importOptions); err != nil {
				return err
			}
		}
		if err := e.workOn(ctx, b.ID, o.maxWait); err != nil {
			return err
		}
		if o.json && !result {
			err = e.makeReportOf(ctx, b.ID)
		} else {
			err = e.conclude(ctx, b.ID, c)
		}
		if err != nil && !onlyProblems(err) {
			return err
		}
		problems = worse(err, problems)
	}
	return problems
}

// onlyProblems reports whether a batch was done, with rows that were not invited.
func onlyProblems(err error) bool {
	var status *exitStatus
	return errors.As(err, &status) && status.code == exitProblems
}

// worse is the error that ends the program, of two.
func worse(a, b error) error {
	if a == nil || b != nil && onlyProblems(a) {
		return b
	}
	return a
}

// recognised says what happens to a file that was imported before.
func (a *app) recognised(b store.Batch, o runOptions) error {
	switch b.State {
	case store.BatchPaused:
		return withHint(fmt.Errorf("this file is batch %d already, and that is paused: %s", b.ID, pauseWords(b)),
			pausedHint(b))
	case store.BatchFinished:
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already, and that is finished: nothing is sent again\n", b.ID)
	default:
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already: going on where it was\n", b.ID)
	}
	return nil
}

// pausedHint is what to do about a paused batch.
func pausedHint(b store.Batch) string {
	if b.PauseReason == jobs.PausedWorkflowNotFound {
		return fmt.Sprintf("'usher cancel %d', then run the file with the right workflow; 'usher resume %d' if the workflow is there now", b.ID, b.ID)
	}
	return fmt.Sprintf("'usher resume %d' sets it going again", b.ID)
}

// moveReport lets a --report that is given again count for a known batch.
func (e *runEnv) moveReport(ctx context.Context, b store.Batch, o importOptions) error {
	if o.target == nil || o.target.Special() || o.target.Path == b.ReportPath {
		return nil
	}
	return e.st.SetReportPath(ctx, b.ID, o.target.Path)
}

// runEnv is an open database with what is needed to import and to work.
type runEnv struct {
	*app
	cfg     *config.Config
	st      *store.Store
	log     *zap.Logger
	account int64
	api     apiClient
	control *jobs.Control
	im      *importer.Importer
	id      string // of this process
	words   string
	locked  bool // it has the worker's lock, on SQLite

	rehearsal bool              // what is sent goes to a sandbox of its own
	forgets   bool              // the database is removed at the end
	say       func(word string) // tells people something while others work; nil for standard error

	closers []func()
	// unlockImport lets others import, on SQLite.
	unlockImport func()
}

func (e *runEnv) close() {
	for i := len(e.closers) - 1; i >= 0; i-- {
		e.closers[i]()
	}
}
