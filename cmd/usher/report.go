package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"usher/report"
	"usher/store"
)

func newReport(a *app) *cobra.Command {
	var format, out string
	var force bool
	cmd := &cobra.Command{
		Use:   "report BATCH",
		Short: "Write the results of a batch, finished or not",
		Args:  exactArgs("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("output") {
				if err := emptyName("-o", out); err != nil {
					return err
				}
			}
			f, err := chosenFormat(format, out)
			if err != nil {
				return err
			}
			target, err := a.reportTarget(f, out)
			if err != nil {
				return err
			}
			return a.onBatch(cmd.Context(), args[0], func(o opened, b store.Batch) error {
				return a.writeReportTo(cmd.Context(), o, b, f, target, force)
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "csv, xlsx or jsonl (default: as the file's name says, else csv)")
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write (default: standard output)")
	cmd.Flags().BoolVar(&force, "force", false, "with -o: replace a file that was changed, or that usher did not write")
	return cmd
}

func chosenFormat(format, out string) (report.Format, error) {
	f, err := report.CSV, error(nil)
	switch {
	case format != "":
		f, err = report.ParseFormat(format)
	case out != "" && out != "-":
		f, err = formatOf(out)
	}
	if err != nil {
		return f, &usageError{err, "say --format csv, xlsx or jsonl"}
	}
	return f, nil
}

// formatOf is the format that a file's name asks for: CSV unless it says
// another.
func formatOf(path string) (report.Format, error) {
	ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if ext == "" || ext == "txt" {
		return report.CSV, nil
	}
	return report.ParseFormat(ext)
}

// reportTarget looks at where the report goes.
func (a *app) reportTarget(f report.Format, out string) (*report.Target, error) {
	if out == "" {
		out = report.Standard
	}
	target, err := a.lookAt("report", "-o", out)
	if err == nil && target.Stdout() && f == report.XLSX && terminal(a.stdout) {
		return nil, usagef("name a file with -o, or send it into one", "a workbook cannot be shown on a terminal")
	}
	return target, err
}

func (a *app) writeReportTo(ctx context.Context, o opened, b store.Batch, f report.Format, target *report.Target, force bool) error {
	if path := o.st.Path(); path != "" && target.Is(path) {
		return usagef("name another file with -o", "the report would replace the database")
	}
	if err := a.openTarget(ctx, "report", target); err != nil {
		return err
	}
	defer target.Close()
	rehearsal, err := isRehearsal(ctx, o.st, b)
	if err != nil {
		return err
	}
	p := report.Placing{Memory: memory(o.st), Policy: policyOf(force)}
	if err := target.Free(ctx, p); err != nil {
		return err
	}
	_, err = target.Place(ctx, p, func(w io.Writer) error { return writeRows(ctx, o.st, b, f, rehearsal, w) })
	var taken *report.TakenError
	if err == nil || errors.As(err, &taken) {
		return err
	}
	return reportError(fmt.Errorf("the report could not be written: %w", err))
}

// policyOf is what is done about a file that is not usher's, where a person
// named it.
func policyOf(force bool) report.Policy {
	if force {
		return report.Replace
	}
	return report.Refuse
}

// reportError adds what to do.
func reportError(err error) error {
	if errors.Is(err, report.ErrTooLarge) {
		return withHint(err, "write it as CSV")
	}
	return err
}
