package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"usher/batch"
	"usher/config"
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
	again       readingOptions
}

// readingOptions say how a list is read.
type readingOptions struct {
	batch.Reading
	reinviteAfter string
}

func (o *importOptions) flags(a *app, f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "name of the batch (default: the file's name)")
	f.StringVar(&o.report, "report", "", "where the report goes (default NAME.results.csv or, for a workbook, .xlsx; NAME.rehearsal.csv; here)")
	f.BoolVarP(&o.yes, "yes", "y", false, "send without asking")
	importFlags(a, f, &o.again)
	sourceFlag(f, &o.source)
}

// importFlags are the flags that shape the rows of an import, or of a check.
func importFlags(a *app, f *pflag.FlagSet, again *readingOptions) {
	f.BoolVar(&again.AllowDuplicates, "allow-duplicates", false, "invite people whom an earlier batch invited, or who were invited as the list says")
	f.StringVar(&again.reinviteAfter, "reinvite-after", "", "invite again people whose invitation is older than this, such as 90d")
	f.BoolVar(&again.ReinviteChanged, "reinvite-changed", false, "invite again people whose e-mail or phone has changed under the same external_id and name")
	f.StringVar(&again.Sheet, "sheet", "", "sheet of a workbook (default: the first with a header)")
	f.StringArrayVar(&again.Columns.Maps, "map", nil, `column that holds a field, such as email="Work mail" (may be repeated); phone="Mobile|Home" takes the first that is filled, external_id= takes none`)
	f.StringVar(&again.Columns.NameOrder, "name-order", "", "order of full names in one column: first-last or last-first")
	f.StringVar(&again.Columns.Profile, "profile", "", "use what --save-profile kept under this name")
	f.StringVar(&again.Columns.SaveAs, "save-profile", "", "keep --map, --name-order, --region, --sheet and --workflow-id, as they are given, under this name")
	a.setting(f, "reference-prefix", "defaults.reference_prefix", "put before each external_id of the list, such as acme-")
	a.setting(f, "quiet", "defaults.quiet_hours", "hours in which nobody is invited, such as 20:00-07:00 (several with commas)")
	a.setting(f, "quiet-days", "defaults.quiet_days", "days on which nobody is invited, such as sat,sun")
	a.setting(f, "holidays", "defaults.holidays", "dates on which nobody is invited, such as 2026-12-25 (several with commas)")
	a.setting(f, "quiet-zone", "defaults.quiet_zone", "time zone of these, such as Europe/Berlin")
	breakerFlags(a, f)
	a.setting(f, "region", "defaults.region", "country of phone numbers without a country code, such as GB")
	a.setting(f, "workflow-id", "defaults.workflow_id", "workflow of rows that name none")
	a.setting(f, "redirect-url", "defaults.redirect_url", "redirect URL of rows that name none")
	a.setting(f, "return", "defaults.return", "people come back to a page of usher afterwards, unless their row names another")
	f.Lookup("return").NoOptDefVal = "yes"
	a.setting(f, "send-email-invite", "defaults.send_email_invite", "yes or no: send an e-mail, for rows that do not say")
	a.setting(f, "send-phone-invite", "defaults.send_phone_invite", "yes or no: send an SMS, for rows that do not say")
}

// breakerFlags are the flags that say when a batch stops by itself.
func breakerFlags(a *app, f *pflag.FlagSet) {
	a.setting(f, "canary", "breaker.canary", "so many people go first, alone; the others follow when these are invited (0: none)")
	a.setting(f, "same-refusal", "breaker.same_refusal", "pause when so many in a row are refused for the same reason (0: never)")
	a.setting(f, "tolerate", "breaker.tolerate", "pause when more than so many per cent are refused, from 50 people on (100: never)")
}

// check refuses at once what could not be done later.
func (o *importOptions) check(a *app, rehearse bool) error {
	if _, err := reinviteAfter(o.again.reinviteAfter); err != nil {
		return err
	}
	if err := o.lookAtReport(a); err != nil {
		return err
	}
	asked := o.file != "-" && terminal(a.stdin) // else what is typed there is the list
	return mustAsk(o.yes || rehearse || asked, "add --yes to send without being asked, or try 'usher check' first")
}

// lookAtReport looks at the place that --report names.
func (o *importOptions) lookAtReport(a *app) (err error) {
	if !o.reportGiven {
		return nil
	}
	if err := emptyName("--report", o.report); err != nil {
		return err
	}
	if _, err := report.FormatOf(o.report); err != nil {
		return &usageError{fmt.Errorf("the report cannot go to %s: %w", o.report, err), "name a file that ends in .csv, .xlsx, .jsonl or .html"}
	}
	o.target, err = batch.Destination("report", "--report", o.report, a.feed(o.file, o.source))
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

// reading is how a list is read. Profiles lie where the environment says.
func (o readingOptions) reading(a *app) (r batch.Reading, err error) {
	r = o.Reading
	r.Columns.Folder = config.ProfileFolder(a.env)
	r.RegionGiven, r.WorkflowGiven = a.given("defaults.region"), a.given("defaults.workflow_id")
	r.ReinviteAfter, err = reinviteAfter(o.reinviteAfter)
	return r, err
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
			return a.doubted(cmd, o.again, args, a.stderr, a.importFile(cmd.Context(), o, asJSON))
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
	s, _, err := a.open(ctx, opening{Options: batch.Options{Command: "import", Send: true}})
	if err != nil {
		return err
	}
	defer s.Close()
	p, err := a.importAsked(ctx, s, o, newBar(a.stderr), func(b batch.Batch) error {
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already, and that is %s\n", b.ID, b.State)
		return nil
	})
	if errors.Is(err, batch.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, p.Batch)
	}
	printCounts(a.stderr, p.Batch.Counts, 0)
	a.hint(p.Batch.QuietHint())
	fmt.Fprintln(a.stdout, p.Batch.ID)
	return nil
}

// importAsked imports a list, asks, and sets its batch running; known is told of
// one that was imported before.
func (a *app) importAsked(ctx context.Context, s *batch.Service, o importOptions, bar *bar, known func(batch.Batch) error) (*batch.Pending, error) {
	reading, err := o.again.reading(a)
	if err != nil {
		return nil, err
	}
	p, err := s.Import(ctx, actor(), a.feed(o.file, o.source), batch.ImportOptions{Reading: reading, Name: o.name, Report: o.target, Tell: a.teller(bar)})
	bar.clear()
	if err != nil {
		return nil, err
	}
	defer p.Discard() // nothing, once it is started
	for _, hint := range p.HeldHints() {
		a.hint(hint)
	}
	if p.Known {
		if err := known(p.Batch); err != nil {
			return nil, err
		}
	}
	if words := p.AnewWords(); words != "" {
		fmt.Fprintf(a.stderr, "usher: %s\n", words)
	}
	if err := a.agree(ctx, p, o.yes); err != nil {
		return nil, err
	}
	return p, p.Start(ctx)
}

// agree asks whether what was imported is to be sent.
func (a *app) agree(ctx context.Context, p *batch.Pending, yes bool) error {
	if p.Ask == nil {
		return nil
	}
	a.tellNeverSent(p.Ask)
	if !yes && !a.ask(ctx, "%s", p.AskWords()) {
		return notSent(ctx, p.DeclinedHint())
	}
	return nil
}

// feed names what is imported: a file, the standard input, which is called "-",
// or a database source.
func (a *app) feed(file, source string) batch.Feed {
	if file == "-" {
		return batch.Feed{Reader: a.stdin, Name: "stdin"}
	}
	return batch.Feed{File: file, Source: source}
}

func sourceFlag(f *pflag.FlagSet, source *string) {
	f.StringVar(source, "source", "", "read a database source of usher.yaml instead of a file")
}

// fileOrSource takes one argument, or none with --source.
func fileOrSource(source *string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case *source == "":
			return exactArgs("FILE")(cmd, args)
		case len(args) > 0:
			return usagef("leave one of them out", "%s takes FILE or --source, and got both", cmd.CommandPath())
		case cmd.Flags().Changed("sheet"):
			return usagef("leave --sheet out", "a database source has no sheets")
		}
		return nil
	}
}

// nothingNew tells that a source has no rows to import.
func (a *app) nothingNew(source string) {
	fmt.Fprintf(a.stderr, "usher: source %s: nothing new\n", source)
}

// tellNeverSent says, before the first invitation from a database, which one it
// is and what it cannot know.
func (a *app) tellNeverSent(q *batch.Question) {
	if !q.First {
		return
	}
	fmt.Fprintf(a.stderr, "usher: the database is %s: %s\n", q.Database, batch.NeverSentWords)
	for _, path := range q.Others {
		fmt.Fprintf(a.stderr, "usher: hint: there is another database, %s; if people were invited from it, use it with --database sqlite:%s\n", path, path)
	}
}
