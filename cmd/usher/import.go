package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"usher/config"
	"usher/importer"
	"usher/importer/database"
	"usher/importer/table"
	"usher/report"
)

// importOptions are what 'usher run' and 'usher import' have in common.
type importOptions struct {
	file        string
	source      string
	name        string
	report      string
	reportGiven bool
	target      *report.Target // that --report names, or nil
	yes         bool
	again       againOptions
	sheet       string
	columns     columnOptions
}

// againOptions say who is invited though an earlier batch has them.
type againOptions struct {
	allowDuplicates bool
	reinviteAfter   string
	reinviteChanged bool
}

func (o *importOptions) flags(a *app, f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "name of the batch (default: the file's name)")
	f.StringVar(&o.report, "report", "", "where the report goes (default NAME.results.csv, or NAME.rehearsal.csv, here)")
	f.BoolVarP(&o.yes, "yes", "y", false, "send without asking")
	importFlags(a, f, &o.again)
	sheetFlag(f, &o.sheet)
	o.columns.flags(f)
	sourceFlag(f, &o.source)
}

func sheetFlag(f *pflag.FlagSet, sheet *string) {
	f.StringVar(sheet, "sheet", "", "sheet of a workbook (default: the first with a header)")
}

// openSource opens a file, or the standard input, which is called "-".
func (a *app) openSource(file string) (*table.Source, error) {
	if file == "-" {
		return table.OpenReader("stdin", a.stdin)
	}
	return table.OpenFile(file)
}

// importFlags are the flags that shape the rows of an import, or of a check.
func importFlags(a *app, f *pflag.FlagSet, again *againOptions) {
	f.BoolVar(&again.allowDuplicates, "allow-duplicates", false, "invite people whom an earlier batch invited, or who were invited as the list says")
	f.StringVar(&again.reinviteAfter, "reinvite-after", "", "invite again people whose invitation is older than this, such as 90d")
	f.BoolVar(&again.reinviteChanged, "reinvite-changed", false, "invite again people whose e-mail or phone has changed under the same external_id and name")
	a.setting(f, "reference-prefix", "defaults.reference_prefix", "put before each external_id of the list, such as acme-")
	a.setting(f, "region", "defaults.region", "country of phone numbers without a country code, such as GB")
	a.setting(f, "workflow-id", "defaults.workflow_id", "workflow of rows that name none")
	a.setting(f, "redirect-url", "defaults.redirect_url", "redirect URL of rows that name none")
	a.setting(f, "send-email-invite", "defaults.send_email_invite", "yes or no: send an e-mail, for rows that do not say")
	a.setting(f, "send-phone-invite", "defaults.send_phone_invite", "yes or no: send an SMS, for rows that do not say")
}

// check refuses at once what could not be done later.
func (o *importOptions) check(a *app, rehearse bool) error {
	if _, err := reinviteAfter(o.again.reinviteAfter); err != nil {
		return err
	}
	if err := o.lookAtReport(a); err != nil {
		return err
	}
	if !rehearse && !o.yes && (o.file == "-" || !terminal(a.stdin)) {
		return usagef("add --yes to send without being asked, or try 'usher check' first",
			"this sends real invitations, and nobody is at the terminal to be asked")
	}
	return nil
}

// lookAtReport looks at the place that --report names.
func (o *importOptions) lookAtReport(a *app) (err error) {
	if !o.reportGiven {
		return nil
	}
	if err := emptyName("--report", o.report); err != nil {
		return err
	}
	if _, err := targetFormat(o.report); err != nil {
		return err
	}
	o.target, err = a.lookAt("report", "--report", o.report, o.file)
	return err
}

func reinviteAfter(given string) (time.Duration, error) {
	if given == "" {
		return 0, nil
	}
	d, err := config.ParseDuration(given)
	if err != nil || d <= 0 {
		return 0, usagef("write it like 90d or 720h", "--reinvite-after %q is no length of time", given)
	}
	return d, nil
}

// read puts the options where an import takes them from.
func (o againOptions) read(to *importer.Options) (err error) {
	to.AllowDuplicates, to.ReinviteChanged = o.allowDuplicates, o.reinviteChanged
	to.ReinviteAfter, err = reinviteAfter(o.reinviteAfter)
	return err
}

func newImport(a *app) *cobra.Command {
	var o importOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE | --source NAME",
		Short: "Import a file and enqueue its invitations for the workers",
		Long: `Imports FILE as a batch and enqueues its invitations. 'usher work' sends them.
Prints the batch's number.`,
		Args: fileOrSource(&o.source),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = strings.Join(args, "")
			o.reportGiven = cmd.Flags().Changed("report")
			return a.importFile(cmd.Context(), o, asJSON)
		},
	}
	o.flags(a, cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the batch as JSON")
	return cmd
}

func (a *app) importFile(ctx context.Context, o importOptions, asJSON bool) error {
	if err := o.check(a, false); err != nil {
		return err
	}
	if o.target != nil && o.target.Special() {
		return usagef("name a file; 'usher report BATCH' prints the report", "the report cannot go to %s: a worker writes it, which has other streams and pipes", o.report)
	}
	e, err := a.prepare(ctx, "import", false, false)
	if err != nil {
		return err
	}
	defer e.close()
	staged, err := e.importPatiently(ctx, o, func(s *importer.Staged) error {
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already, and that is %s\n", s.Batch.ID, s.Batch.State)
		return nil
	})
	if errors.Is(err, database.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = staged.Close() }()
	b, err := e.st.Batch(ctx, staged.Batch.ID)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, batchJSON(b, staged.Counts))
	}
	printCounts(a.stderr, staged.Counts)
	fmt.Fprintln(a.stdout, b.ID)
	return nil
}
