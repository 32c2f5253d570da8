package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"usher/batch"
	"usher/config"
	"usher/report"
)

// checkOptions are what 'usher check' was asked for.
type checkOptions struct {
	file     string
	source   string
	again    readingOptions
	problems string
	force    bool
	repairs  bool
	json     bool
}

func newCheck(a *app) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check FILE | --source NAME",
		Short: "Say what is wrong with a file and what running it would take; send nothing",
		Args:  fileOrSource(&o.source),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = strings.Join(args, "")
			if cmd.Flags().Changed("problems") {
				if err := emptyName("--problems", o.problems); err != nil {
					return err
				}
			}
			err, out := a.check(cmd.Context(), o), a.stdout
			if o.json || o.problems == report.Standard {
				out = a.stderr
			}
			return a.doubted(cmd, o.again, args, out, err)
		},
	}
	importFlags(a, cmd.Flags(), &o.again)
	cmd.Flags().StringVar(&o.problems, "problems", "", "write the rows that are rejected to this file (.csv or .xlsx), to be mended and imported")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --problems: replace a file that was changed, or that usher did not write")
	cmd.Flags().BoolVar(&o.repairs, "repairs", false, "list what was repaired, the harmless repairs too")
	sourceFlag(cmd.Flags(), &o.source)
	paceFlags(a, cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// checkGC lets the heap grow by a fifth of what is in use. Of a large file a
// check holds one index of persons, in which there is nothing to look through:
// collecting often costs little, and a million rows stay under 100 MB.
const checkGC = 20

func (a *app) check(ctx context.Context, o checkOptions) error {
	debug.SetGCPercent(checkGC)
	reading, err := o.again.reading(a)
	if err != nil {
		return err
	}
	list, target, err := a.problemList(o)
	if err != nil {
		return err
	}
	defer list.Discard()
	s, cfg, err := a.open(ctx, opening{Options: batch.Options{Command: "check", Existing: true}})
	if err != nil {
		return err
	}
	defer s.Close()
	bar := newBar(a.stderr)
	options := batch.CheckOptions{Reading: reading, Problems: list, Tell: a.teller(bar)}
	if target != nil {
		options.Open = func() error { return batch.OpenTarget(ctx, "list of problems", target, a.stdout, a.stderr) }
		defer target.Close()
	}
	plan, err := s.Check(ctx, a.feed(o.file, o.source), options)
	bar.clear()
	if errors.Is(err, batch.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	if target != nil && target.Stdout() {
		a.stdout = a.stderr // the list is there, and nothing else
	}
	return a.tellPlan(o, plan, target, cfg)
}

// problemList makes the list that --problems names, or none. It must not take the
// place of the file that it is about.
func (a *app) problemList(o checkOptions) (*batch.ProblemList, *report.Target, error) {
	if o.problems == "" {
		return nil, nil, nil
	}
	if err := batch.CheckListName(o.problems); err != nil {
		return nil, nil, err
	}
	target, err := batch.Destination("list of problems", "--problems", o.problems, a.feed(o.file, o.source))
	if err != nil {
		return nil, nil, err
	}
	if o.json && target.Stdout() {
		return nil, nil, usagef("leave --json out, or name a file with --problems", "the list of problems and the plan cannot both go to standard output")
	}
	list, err := batch.NewProblemList(o.problems, target, o.force)
	return list, target, err
}

// tellPlan shows the plan; the exit status tells of problems.
func (a *app) tellPlan(o checkOptions, plan *batch.Plan, list *report.Target, cfg *config.Config) error {
	if o.json {
		if err := writeJSON(a.stdout, plan); err != nil {
			return err
		}
	} else {
		a.printPlan(plan, cfg, o.repairs)
		if n := plan.Counts[batch.Rejected]; n > 0 && list != nil && !list.Special() {
			fmt.Fprintf(a.stdout, "The %s rejected: %s. Mend it and import it like the file itself.\n", batch.Plural(n, "row that is", "rows that are"), o.problems)
		}
	}
	if plan.Counts.Problems() > 0 {
		return batch.WithDoubts(plan, &exitStatus{code: exitProblems})
	}
	return nil
}
