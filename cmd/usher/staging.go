package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"usher/config"
	"usher/importer"
	"usher/report"
	"usher/store"
	"usher/upstream"
)

// mostImports is how often a list is imported when the database goes away in the
// middle of it.
const mostImports = 5

// importPatiently imports a list, asks, and sets its batch running; known is told
// of one that was imported before. A database that goes away meanwhile is waited
// for, and the list is read again: of what was imported nothing stays, unless it
// was complete, and then it is recognised. Standard input cannot be read again.
func (e *runEnv) importPatiently(ctx context.Context, o importOptions, known func(*importer.Staged) error) (*importer.Staged, error) {
	for try := 1; ; try++ {
		staged, err := e.importOnce(ctx, &o, known)
		away := store.Passing(err) || errors.Is(err, importer.ErrLeaseLost)
		if !away || try == mostImports || o.file == "-" || e.st.Path() != "" || ctx.Err() != nil {
			return staged, err
		}
		e.unlockImport()
		fmt.Fprintf(e.stderr, "usher: the import was broken off, and begins again when the database answers (%s)\n", err)
		if err := e.patiently(ctx, func() error { return e.answers(ctx) }); err != nil {
			return nil, err
		}
	}
}

// answers asks the database for its clock.
func (e *runEnv) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	_, err := e.st.Now(ctx)
	return err
}

// importOnce imports a list, and sets its batch running once that is confirmed.
// A yes holds for the next try.
func (e *runEnv) importOnce(ctx context.Context, o *importOptions, known func(*importer.Staged) error) (staged *importer.Staged, err error) {
	if staged, err = e.stage(ctx, *o); err != nil {
		return nil, err
	}
	if staged.Existing {
		err = known(staged)
	}
	if err == nil {
		err = e.confirm(ctx, staged, o)
	}
	if err != nil {
		_ = staged.Close() // nobody was sent to
		return nil, err
	}
	return staged, nil
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
	path, err := e.reportOf(ctx, o, src)
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
		Account: e.account, By: actor(), Name: o.name, ReportPath: path, Defaults: importDefaults(e.cfg), Sheet: o.sheet, Columns: columns,
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
	e.tellHeldBack(staged.HeldBack, o.source)
	return staged, nil
}

// tellHeldBack tells of people who are not invited though that may be meant. The
// next run of a source begins after them, so it is their report that is imported.
func (a *app) tellHeldBack(h importer.HeldBack, source string) {
	if h.Elsewhere > 0 {
		fmt.Fprintf(a.stderr, "usher: hint: %s by the list's own word and not sent to; --allow-duplicates invites them\n",
			counted(h.Elsewhere, "row was invited already", "rows were invited already"))
	}
	if h.Changed > 0 {
		how := "--reinvite-changed invites them"
		if source != "" {
			how = "run the report of this batch with --reinvite-changed to invite them"
		}
		fmt.Fprintf(a.stderr, "usher: hint: %s invited before with another e-mail or phone, and not sent to; %s\n",
			counted(h.Changed, "row was", "rows were"), how)
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

// reportOf is where the report about a feed goes.
func (e *runEnv) reportOf(ctx context.Context, o importOptions, src feed) (string, error) {
	if o.source != "" {
		return e.sourceReportPath(ctx, o)
	}
	return e.reportPath(o, src.Name())
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
func (e *runEnv) confirm(ctx context.Context, s *importer.Staged, o *importOptions) error {
	if s.Existing && s.Batch.State != store.BatchRunning {
		return nil
	}
	if !s.Existing && !e.rehearsal {
		if err := e.checkWorkflows(ctx, s.Workflows); err != nil {
			return err
		}
	}
	open := s.Counts.Open()
	if open > 0 && !e.rehearsal {
		if err := e.tellNeverSent(ctx); err != nil {
			return err
		}
	}
	if open > 0 && !o.yes && !e.rehearsal && !e.ask(ctx, "Send %s?", counted(open, "invitation", "invitations")) {
		return notSent(ctx, "")
	}
	o.yes = true
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
