package main

import (
	"bufio"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"usher/report"
	"usher/store"
)

func newReport(a *app) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report BATCH",
		Short: "Write the results of a batch, finished or not",
		Args:  exactArgs("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := chosenFormat(format, out)
			if err != nil {
				return err
			}
			return a.onBatch(cmd.Context(), args[0], func(o opened, b store.Batch) error {
				return a.writeReportTo(cmd.Context(), o, b, f, out)
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "csv, xlsx or jsonl (default: as the file's name says, else csv)")
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write (default: standard output)")
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

func (a *app) writeReportTo(ctx context.Context, o opened, b store.Batch, f report.Format, out string) error {
	if out != "" && out != "-" {
		return reportError(report.WriteFile(ctx, o.st, b, f, out))
	}
	if f == report.XLSX && terminal(a.stdout) {
		return usagef("name a file with -o, or send it into one", "a workbook cannot be shown on a terminal")
	}
	w := bufio.NewWriter(a.stdout)
	if err := report.Write(ctx, o.st, b, f, w); err != nil {
		return reportError(err)
	}
	return w.Flush()
}

// reportError adds what to do.
func reportError(err error) error {
	if errors.Is(err, report.ErrTooLarge) {
		return withHint(err, "write it as CSV")
	}
	return err
}
