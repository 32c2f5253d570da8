package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"usher/config"
	"usher/importer"
	"usher/jobs"
	"usher/report"
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
	return env.ended(env.runFile(ctx, o))
}

func (e *runEnv) runFile(ctx context.Context, o runOptions) error {
	staged, err := e.importPatiently(ctx, o.importOptions, func(s *importer.Staged) error {
		if err := e.recognised(s.Batch, o); err != nil {
			return err
		}
		return e.moveReport(ctx, s.Batch, o.importOptions)
	})
	if errors.Is(err, importer.ErrNothingNew) {
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
		return b.ID == but || b.Source != importer.SourcePath(o.source)
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

// makeReportOf writes the report of a batch that is done.
func (e *runEnv) makeReportOf(ctx context.Context, batch int64) error {
	b, err := e.st.Batch(ctx, batch)
	if err != nil {
		return err
	}
	return e.makeReport(ctx, b, false)
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

// conclusion is what is wanted of a batch that is done.
type conclusion struct {
	asJSON bool
	target *report.Target // that --report names, or nil
	again  bool           // the report is written even if it was before
}

// conclude sees to the report, tells the result, and turns it into an exit
// status.
func (e *runEnv) conclude(ctx context.Context, batch int64, c conclusion) error {
	b, err := e.st.Batch(ctx, batch)
	if err != nil {
		return err
	}
	counts, err := e.st.Counts(ctx, batch)
	if err != nil {
		return err
	}
	if b, err = e.reported(ctx, b, c); err != nil {
		return err
	}
	out := e.stdout
	if c.target != nil && c.target.Stdout() {
		out = e.stderr // the report is there, and nothing else
	}
	if c.asJSON {
		shape := batchJSON(b, counts)
		shape.Rehearsal = e.rehearsal
		if err := writeJSON(out, shape); err != nil {
			return err
		}
	} else {
		e.summary(out, b, counts)
	}
	if n := counts[store.Duplicate]; n > 0 && n+counts[store.Rejected] == counts.Total() {
		fmt.Fprintf(e.stderr, "usher: hint: %s\n", invitedBeforeHint)
	}
	if counts.Problems() > 0 {
		return &exitStatus{code: exitProblems, hint: e.problemHint(b, counts)}
	}
	return nil
}

// invitedBeforeHint is what can be done for people who were invited already.
const invitedBeforeHint = "nobody was left to send to: the duplicates were invited already; 'usher find WHO' shows when, and the link, which can be sent on by hand; " +
	"'usher reinvite BATCH ROW' makes a new one"

// reported writes the report, and returns the batch with the place where that
// is now.
func (e *runEnv) reported(ctx context.Context, b store.Batch, c conclusion) (store.Batch, error) {
	if c.target == nil || !c.target.Special() {
		if err := e.makeReport(ctx, b, c.again); err != nil {
			return b, err
		}
		return e.st.Batch(ctx, b.ID)
	}
	write, err := e.filing().writer(ctx, b, c.target.Path)
	if err != nil {
		return b, err
	}
	placed, err := c.target.Place(ctx, report.Placing{}, write)
	b.ReportPath = placed.Path
	return b, e.notReported(b, err)
}

// makeReport writes the report where the finishing job did not: that job may
// be done by another process, on another machine.
func (e *runEnv) makeReport(ctx context.Context, b store.Batch, again bool) error {
	done, err := e.st.Reported(ctx, b.ID, b.Run)
	if err != nil {
		return err
	}
	if _, missing := os.Stat(b.ReportPath); done && missing == nil && !again {
		return nil
	}
	if err := e.filing().write(ctx, b); err != nil {
		return e.notReported(b, err)
	}
	return e.st.MarkReported(ctx, b.ID, b.Run)
}

// notReported tells of a report that could not be written.
func (e *runEnv) notReported(b store.Batch, err error) error {
	hint := fmt.Sprintf("'usher report %d -o FILE' writes it elsewhere", b.ID)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case e.forgets:
		hint = "name another place with --report"
	}
	return withHint(fmt.Errorf("everybody is settled, but the report could not be written: %w", err), hint)
}

// filing puts reports where they belong. A rehearsal's database remembers
// nothing for long.
func (e *runEnv) filing() filing {
	f := e.app.filing(e.st)
	if e.forgets {
		f.memory.st = nil
	}
	if e.say != nil {
		f.say = e.say
	}
	return f
}

// summary prints the result for people.
func (e *runEnv) summary(w io.Writer, b store.Batch, counts store.Counts) {
	if e.rehearsal {
		fmt.Fprintln(w, "This was a rehearsal: nobody was contacted and nothing was charged.")
	}
	fmt.Fprintf(w, "Batch %d, %s: %s\n", b.ID, b.Name, stateWords(b, counts))
	printCounts(w, counts)
	if lost, err := e.st.CountCode(context.Background(), b.ID, "url_lost"); err == nil && lost > 0 {
		fmt.Fprintf(w, "%s invited, but the API does not tell the session's URL (url_lost)\n", counted(lost, "person is", "people are"))
	}
	if b.ReportPath != "" {
		fmt.Fprintf(w, "Report: %s\n", relative(b.ReportPath))
	}
}

// relative shortens a path for people who stand in its folder.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(dir, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

func (e *runEnv) problemHint(b store.Batch, c store.Counts) string {
	switch {
	case e.rehearsal:
		return "the report says what is wrong with each row; mend them before you run the file for real"
	case c[store.Unknown] > 0:
		return fmt.Sprintf("'usher resolve %d' lists those whose outcome is unknown", b.ID)
	case c[store.Failed] > 0:
		return fmt.Sprintf("the report says why; 'usher retry %d' sends again to those who failed", b.ID)
	}
	return "the report says what is wrong with each rejected row; mend them and run the mended file"
}
