package main

import (
	"github.com/spf13/cobra"

	"usher/batch"
	"usher/report"
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
			return a.onBatch(cmd.Context(), "report", args[0], func(s *batch.Service, id int64) error {
				if err := batch.OpenTarget(cmd.Context(), "report", target, a.stdout, a.stderr); err != nil {
					return err
				}
				defer target.Close()
				return s.WriteReport(cmd.Context(), actor(), id, batch.ReportOptions{Format: f, Target: target, Force: force})
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "csv, xlsx, jsonl or html (default: as the file's name says, else csv)")
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
		f, err = report.FormatOf(out)
	}
	if err != nil {
		return f, &usageError{err, "say --format csv, xlsx, jsonl or html"}
	}
	return f, nil
}

// reportTarget looks at where the report goes.
func (a *app) reportTarget(f report.Format, out string) (*report.Target, error) {
	if out == "" {
		out = report.Standard
	}
	target, err := batch.Destination("report", "-o", out)
	if err == nil && target.Stdout() && f == report.XLSX && terminal(a.stdout) {
		return nil, usagef("name a file with -o, or send it into one", "a workbook cannot be shown on a terminal")
	}
	return target, err
}

// emptyName refuses a flag for a file that was given with nothing.
func emptyName(flag, value string) error {
	if value == "" {
		return usagef("name a file, or leave "+flag+" out", "%s is given without a name", flag)
	}
	return nil
}
