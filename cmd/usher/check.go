package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"usher/config"
	"usher/importer"
	"usher/importer/database"
	"usher/store"
)

// checkOptions are what 'usher check' was asked for.
type checkOptions struct {
	file     string
	source   string
	again    againOptions
	sheet    string
	columns  columnOptions
	problems string
	force    bool
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
			return a.check(cmd.Context(), o)
		},
	}
	importFlags(a, cmd.Flags(), &o.again)
	sheetFlag(cmd.Flags(), &o.sheet)
	o.columns.flags(cmd.Flags())
	cmd.Flags().StringVar(&o.problems, "problems", "", "write the rows that are rejected to this file (.csv or .xlsx), to be mended and imported")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --problems: replace a file that was changed, or that usher did not write")
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
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	options, err := a.checkedOptions(o, cfg)
	if err != nil {
		return err
	}
	list, err := a.newProblemList(o)
	if err != nil {
		return err
	}
	defer list.discard()
	src, err := a.openFeed(ctx, cfg, o.file, o.source)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	st, id, err := a.openToCheck(ctx, cfg)
	if err != nil {
		return err
	}
	if st != nil {
		defer st.Close()
	}
	if err := list.ready(ctx, a, st); err != nil {
		return err
	}
	options.Account, options.Problems, options.ProblemsXLSX = id, list.writer(), list.isWorkbook()
	bar := newBar(a.stderr)
	options.Progress = func(p importer.Progress) { bar.checking(p) }
	plan, err := importer.Check(ctx, st, src, options)
	bar.clear()
	if errors.Is(err, database.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	if err := o.columns.save(a.env, options.Columns); err != nil {
		return err
	}
	if err := list.keep(ctx); err != nil {
		return err
	}
	if list.onStdout() {
		a.stdout = a.stderr // the list is there, and nothing else
	}
	cost, err := costNow(ctx, st, id, plan.Tokens, pace(cfg))
	if err != nil {
		return err
	}
	return a.tellPlan(o, plan, list, cost, cfg)
}

// checkedOptions are what the command line says of how to read the source.
func (a *app) checkedOptions(o checkOptions, cfg *config.Config) (importer.Options, error) {
	options := importer.Options{Defaults: importDefaults(cfg), Sheet: o.sheet}
	err := o.again.read(&options)
	if err == nil {
		options.Columns, err = o.columns.read(a.env)
	}
	return options, err
}

// tellPlan shows the plan; the exit status tells of problems.
func (a *app) tellPlan(o checkOptions, plan *importer.Plan, list *problemList, cost cost, cfg *config.Config) error {
	if o.json {
		if err := writeJSON(a.stdout, checkShape{plan, cost}); err != nil {
			return err
		}
	} else {
		a.printPlan(plan, cost, cfg)
		if n := plan.Counts[store.Rejected]; n > 0 && list.isFile() {
			fmt.Fprintf(a.stdout, "The %s rejected: %s. Mend it and import it like the file itself.\n", plural(n, "row that is", "rows that are"), o.problems)
		}
	}
	if plan.Counts.Problems() > 0 {
		return &exitStatus{code: exitProblems}
	}
	return nil
}

// openToCheck opens the database if there is one: a check makes none.
func (a *app) openToCheck(ctx context.Context, cfg *config.Config) (*store.Store, int64, error) {
	if path, ok := strings.CutPrefix(cfg.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, 0, nil
		}
	}
	st, err := a.open(ctx, cfg)
	if err != nil {
		return nil, 0, err
	}
	id, err := account(ctx, st, withoutKey(cfg))
	if err != nil {
		st.Close()
		return nil, 0, err
	}
	return st, id, nil
}

// checkShape is a check in JSON. The shape is part of the interface.
type checkShape struct {
	*importer.Plan
	Cost cost `json:"cost"`
}

func (b *bar) checking(p importer.Progress) {
	if p.Total > 0 && p.Bytes < p.Total {
		b.show(fmt.Sprintf("checking %s %3d%%  %s", meter(p.Bytes, p.Total), 100*p.Bytes/p.Total, counted(p.Rows, "row", "rows")), false)
	}
}
