package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/cmd/usher/process"
	"usher/schedule/message"
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
			return a.doubted(cmd, o.again, args, a.stderr, a.runFile(cmd.Context(), o))
		},
	}
	o.importOptions.flags(a, cmd.Flags())
	cmd.Flags().BoolVar(&o.sandbox, "sandbox", false, "rehearse against a sandbox; nobody is contacted")
	cmd.Flags().BoolVar(&o.keep, "keep", false, "with --sandbox: go on from earlier rehearsals, kept in "+batch.KeptRehearsals)
	cmd.Flags().DurationVar(&o.maxWait, "max-wait", 0, "give up (exit status 4) when nobody may be invited for this long: the gate is closed, or it is quiet")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
	return cmd
}

// running is a run that is under way.
type running struct {
	*app
	*batch.Service
	o   runOptions
	bar *bar
	own *message.Own
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
		if err := batch.OpenTarget(ctx, "report", o.target, a.stdout, a.stderr); err != nil {
			return err
		}
		defer o.target.Close()
	}
	to := opening{Options: batch.Options{Command: "run", Send: true, Watched: terminal(a.stderr)}}
	if o.sandbox {
		var err error
		if to.Rehearsal, err = a.rehearsal(o.keep); err != nil {
			return err
		}
	}
	s, _, err := a.open(ctx, to)
	if err != nil {
		return err
	}
	defer s.Close()
	r := &running{a, s, o, newBar(a.stderr), a.telling(s).Own(ctx, false)}
	err = r.run(ctx)
	a.lastWords(r.own)
	return s.Ended(worse(s.Remembers(), err))
}

// rehearsal starts a sandbox.
func (a *app) rehearsal(keep bool) (*batch.Rehearsal, error) {
	for _, f := range a.settings["database"] {
		if f.Changed {
			return nil, usagef("leave --database out; --keep keeps a rehearsal in "+batch.KeptRehearsals,
				"--sandbox has a database of its own")
		}
	}
	r, err := batch.NewRehearsal(keep)
	if err == nil {
		fmt.Fprintln(a.stderr, "usher: this is a rehearsal: nobody is contacted and nothing is charged")
	}
	return r, err
}

func (r *running) run(ctx context.Context) error {
	p, err := r.importAsked(ctx, r.Service, r.o.importOptions, r.bar, r.recognised)
	if errors.Is(err, batch.ErrNothingNew) {
		r.nothingNew(r.o.source)
		return r.goOn(ctx, 0)
	}
	if err != nil {
		return err
	}
	finished := p.Batch.State == batch.Finished
	if !finished {
		if err := r.workOn(ctx, p.Batch.ID); err != nil {
			return err
		}
	}
	concluded := r.conclude(ctx, p.Batch.ID, true, finished)
	if concluded != nil && !onlyProblems(concluded) {
		return concluded
	}
	return worse(r.goOn(ctx, p.Batch.ID), concluded)
}

func (r *running) workOn(ctx context.Context, id int64) error {
	debug.SetGCPercent(process.WorkGC)
	defer r.own.Begin(id)()
	defer r.bar.clear()
	return r.RunToEnd(ctx, id, batch.RunOptions{MaxWait: r.o.maxWait, Tell: r.teller(r.bar)})
}

// goOn completes earlier runs of a source that were stopped.
func (r *running) goOn(ctx context.Context, but int64) error {
	if r.o.source == "" {
		return nil
	}
	earlier, err := r.Unfinished(ctx, r.o.source)
	if err != nil {
		return err
	}
	var problems error
	for i, b := range earlier {
		if b.ID == but {
			continue
		}
		fmt.Fprintf(r.stderr, "usher: batch %d of source %s is not done yet: going on where it was\n", b.ID, r.o.source)
		result := but == 0 && i == len(earlier)-1 // --json and --report are of one batch
		if result {
			if err := r.MoveReport(ctx, b.ID, r.o.target); err != nil {
				return err
			}
		}
		if err := r.workOn(ctx, b.ID); err != nil {
			return err
		}
		err := r.conclude(ctx, b.ID, result, false)
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
func (a *app) recognised(b batch.Batch) error {
	switch b.State {
	case batch.Paused:
		return batch.WithHint(fmt.Errorf("this file is batch %d already, and that is paused: %s", b.ID, b.PauseWords()), b.PausedHint())
	case batch.Finished:
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already, and that is finished: nothing is sent again\n", b.ID)
	default:
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already: going on where it was\n", b.ID)
	}
	return nil
}

// conclude sees to the report, tells the result, and turns it into an exit
// status. What --json and --report ask for is for the result alone.
func (r *running) conclude(ctx context.Context, id int64, result, again bool) error {
	var c batch.Conclusion
	if result {
		c = batch.Conclusion{Report: r.o.target, Again: again && r.o.target != nil}
	}
	done, err := r.Conclude(ctx, actor(), id, c, r.teller(r.bar))
	if err != nil {
		return err
	}
	out := r.stdout
	if c.Report != nil && c.Report.Stdout() {
		out = r.stderr // the report is there, and nothing else
	}
	b := done.Batch
	switch {
	case !r.o.json:
		r.summary(out, done)
	case result:
		if err := writeJSON(out, b); err != nil {
			return err
		}
	default:
		return nil
	}
	if n := b.Counts[batch.Duplicate]; n > 0 && n+b.Counts[batch.Rejected] == b.Counts.Total() {
		fmt.Fprintf(r.stderr, "usher: hint: %s\n", invitedBeforeHint)
	}
	if b.Counts.Problems() > 0 {
		return &exitStatus{code: exitProblems, hint: b.ProblemHint()}
	}
	return nil
}

// invitedBeforeHint is what can be done for people who were invited already.
const invitedBeforeHint = "nobody was left to send to: the duplicates were invited already; 'usher find WHO' shows when, and the link, which can be sent on by hand; " +
	"'usher reinvite BATCH ROW' makes a new one"

// summary prints the result for people.
func (r *running) summary(w io.Writer, done batch.Concluded) {
	b := done.Batch
	if b.Rehearsal {
		fmt.Fprintln(w, "This was a rehearsal: nobody was contacted and nothing was charged.")
	}
	fmt.Fprintf(w, "Batch %d, %s: %s\n", b.ID, b.Name, b.StateWords())
	printCounts(w, b.Counts, done.NotSent())
	for _, words := range done.Aloud() {
		fmt.Fprintln(w, words)
	}
	if b.Report != "" {
		fmt.Fprintf(w, "Report: %s\n", relative(b.Report))
	}
}
