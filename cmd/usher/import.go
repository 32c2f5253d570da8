package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"usher/config"
	"usher/importer"
	"usher/report"
	"usher/store"
	"usher/upstream"
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
func (a *app) openSource(file string) (*importer.Source, error) {
	if file == "-" {
		return importer.OpenReader("stdin", a.stdin)
	}
	return importer.OpenFile(file)
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
	staged, err := e.stage(ctx, o)
	if errors.Is(err, importer.ErrNothingNew) {
		a.nothingNew(o.source)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = staged.Close() }()
	if staged.Existing {
		fmt.Fprintf(a.stderr, "usher: this file is batch %d already, and that is %s\n", staged.Batch.ID, staged.Batch.State)
	} else if err := e.confirm(ctx, staged, o, false); err != nil {
		return err
	}
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

// stage reads the file into an importing batch. Nobody of it is sent to yet.
func (e *runEnv) stage(ctx context.Context, o importOptions) (*importer.Staged, error) {
	if err := e.lockImport(ctx); err != nil {
		return nil, err
	}
	src, err := e.openFeed(ctx, e.cfg, o.file, o.source)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }()
	path, err := e.reportPath(o, reportName(src, o.source))
	if err != nil {
		return nil, err
	}
	columns, err := o.columns.read(e.app.env)
	if err != nil {
		return nil, err
	}
	bar := newBar(e.stderr)
	defer bar.clear()
	options := importer.Options{
		Account: e.account, Name: o.name, ReportPath: path, Defaults: importDefaults(e.cfg), Sheet: o.sheet, Columns: columns,
		Progress: func(p importer.Progress) { bar.importing(p) },
	}
	if err := o.again.read(&options); err != nil {
		return nil, err
	}
	staged, err := e.stageInTurn(ctx, src, options)
	if errors.Is(err, context.Canceled) {
		return nil, &exitStatus{exitInterrupted, "interrupted; nothing of the file was kept and nobody was sent to", "run the same command again"}
	}
	if err != nil {
		return nil, err
	}
	if err := o.columns.save(e.app.env, columns); err != nil {
		_ = staged.Close() // nobody was sent to
		return nil, err
	}
	bar.clear()
	e.tellHeldBack(staged.HeldBack)
	return staged, nil
}

// tellHeldBack tells of people who are not invited though that may be meant.
func (a *app) tellHeldBack(h importer.HeldBack) {
	if h.Elsewhere > 0 {
		fmt.Fprintf(a.stderr, "usher: hint: %s by the list's own word and not sent to; --allow-duplicates invites them\n",
			counted(h.Elsewhere, "row was invited already", "rows were invited already"))
	}
	if h.Changed > 0 {
		fmt.Fprintf(a.stderr, "usher: hint: %s invited before with another e-mail or phone, and not sent to; --reinvite-changed invites them\n",
			counted(h.Changed, "row was", "rows were"))
	}
}

// importPatience is how long to wait for another import: longer than the lease
// of one that has died.
const importPatience = 15 * time.Second

// stageInTurn waits for its turn when another import is running: it may be a
// short one, or one that has died, of which only time can tell.
func (e *runEnv) stageInTurn(ctx context.Context, src importer.Feed, o importer.Options) (*importer.Staged, error) {
	end := time.Now().Add(importPatience)
	for told := false; ; told = true {
		staged, err := e.im.Stage(ctx, src, o)
		var busy *importer.BusyError
		if !errors.As(err, &busy) || time.Now().After(end) {
			return staged, err
		}
		if !told {
			fmt.Fprintf(e.stderr, "usher: waiting for another import: %s\n", busy.Detail)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second / 2):
		}
	}
}

func importDefaults(cfg *config.Config) importer.Defaults {
	return importer.Defaults{
		SendEmailInvite: cfg.Defaults.SendEmailInvite, SendPhoneInvite: cfg.Defaults.SendPhoneInvite,
		WorkflowID: cfg.Defaults.WorkflowID, RedirectURL: cfg.Defaults.RedirectURL, Region: cfg.Defaults.Region,
		ReferencePrefix: cfg.Defaults.ReferencePrefix,
	}
}

// reportPath is where a batch's report goes, as an absolute path: another
// process, started elsewhere, may write it. It is empty for what only this
// process can write into.
func (e *runEnv) reportPath(o importOptions, name string) (string, error) {
	if o.target != nil {
		if o.target.Special() {
			return "", nil
		}
		return o.target.Path, nil
	}
	ending := resultsEnding
	if e.rehearsal {
		ending = rehearsalEnding
	}
	asked := filepath.Join(e.cfg.Report.Dir, report.Name(name, ending))
	target, err := e.lookAt("report", "--report", asked, o.file)
	if err != nil {
		return "", err
	}
	if target.Special() {
		return "", usagef("name a file with --report", "the report cannot go to %s: it is not a file", asked)
	}
	return target.Path, nil
}

// confirm asks before sending for real, and then sets the batch running.
func (e *runEnv) confirm(ctx context.Context, s *importer.Staged, o importOptions, rehearse bool) error {
	if s.Existing && s.Batch.State != store.BatchRunning {
		return nil
	}
	if !s.Existing && !rehearse {
		if err := e.checkWorkflows(ctx, s.Workflows); err != nil {
			return err
		}
	}
	open := s.Counts.Open()
	if open > 0 && !rehearse {
		if err := e.tellNeverSent(ctx); err != nil {
			return err
		}
	}
	if open > 0 && !o.yes && !rehearse && !e.ask(ctx, "Send %s?", counted(open, "invitation", "invitations")) {
		if ctx.Err() != nil {
			return &exitStatus{exitInterrupted, "interrupted; nothing was sent", ""}
		}
		return &exitStatus{exitError, "nothing was sent", ""}
	}
	return s.Activate(ctx)
}

// workflowsLooked is how many workflows are looked at before a batch starts.
const workflowsLooked = 20

// checkWorkflows asks the API once for each workflow a batch names, so that a
// mistaken one is told before anybody is sent to, and not for each row.
func (e *runEnv) checkWorkflows(ctx context.Context, ids []string) error {
	if len(ids) == 0 || len(ids) > workflowsLooked {
		return nil
	}
	if g, err := e.st.Gate(ctx, e.account); err != nil || !g.Open() {
		return err
	}
	for _, id := range ids {
		slots, err := e.st.ReserveSlots(ctx, e.account, pace(e.cfg), 1)
		if err != nil || slots.N == 0 {
			return err
		}
		err = e.api.CheckWorkflow(ctx, id)
		var status *upstream.StatusError
		switch {
		case errors.As(err, &status) && status.Status == 404 && strings.Contains(strings.ToLower(status.Code+status.Message), "workflow"):
			return withHint(fmt.Errorf("the API knows no workflow %q; nobody was sent to", id), "correct workflow_id in the file or --workflow-id")
		case err != nil:
			// Only a clear no counts: an API may have no such route.
			e.log.Debug("a workflow could not be looked at", zap.Error(err))
		}
	}
	return nil
}
