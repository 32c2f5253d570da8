package batch

import (
	"context"
	"errors"
	"time"

	"usher/importer"
	"usher/report"
	"usher/store"
)

// ImportOptions say how a feed becomes a batch.
type ImportOptions struct {
	Reading
	Name string // of the batch; that of the feed when empty
	// Report is where the report goes; nil for a name made of the feed's. One that
	// is no file is for the caller to write, with [Service.Conclude].
	Report *report.Target
	// Tell is told how far it is.
	Tell Teller
	// whole stands for all of these for an upload, whose job begins again by itself
	// and which has no report on the server.
	whole *importer.Options
}

// importing are the options for the importer.
func (p *Pending) importing(ctx context.Context, name string) (o importer.Options, err error) {
	if p.o.whole != nil {
		return *p.o.whole, nil
	}
	if o, err = p.o.options(p.s); err != nil {
		return o, err
	}
	o.Name, o.By, o.Activating = p.o.Name, p.by, beginning(p.s.quietDefault(), p.s.breakers())
	o.ReportPath, err = p.s.reportPath(ctx, p.feed, p.o.Report, name)
	return o, err
}

// Pending is an import that is complete, or a batch that was imported before,
// whose people are not sent to before [Pending.Start]. Unless it is started it
// must be discarded; until then it keeps others from importing.
type Pending struct {
	Batch Batch
	// Known means that the same list was imported before: this is its batch, and
	// nothing was imported now.
	Known bool
	// Ask is what has to be agreed to before it is started; nil if that sends
	// nobody anything, or nothing real.
	Ask *Question
	// Held are people who are not invited though that may be meant.
	Held importer.HeldBack

	cancelled int64 // the batch of the same list that was given up; 0 if there is none

	s       *Service
	by      Actor
	feed    Feed
	o       ImportOptions
	tries   int
	staged  *importer.Staged
	release func() // lets others import, on SQLite
}

// mostImports is how often a list is imported when the database goes away in the
// middle of it.
const mostImports = 5

// Import imports a feed. Nobody of it is sent to yet. An import of the same
// account that is under way is waited for, for a while. A database that goes away
// meanwhile is waited for too, and the list is read again: of what was imported
// nothing stays, unless it was complete, and then it is recognised. What can be
// read only once is not read again.
func (s *Service) Import(ctx context.Context, by Actor, f Feed, o ImportOptions) (*Pending, error) {
	if s.api == nil {
		return nil, errLooks
	}
	p := &Pending{s: s, by: by, feed: f, o: o, release: func() {}}
	if err := p.patiently(ctx, p.stage); err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}

// patiently does something again, after the whole import, when the database was
// away or another process took the import over.
func (p *Pending) patiently(ctx context.Context, do func(context.Context) error) error {
	for p.tries++; ; p.tries++ {
		err := do(ctx)
		away := store.Passing(err) || errors.Is(err, importer.ErrLeaseLost)
		if !away || p.tries >= mostImports || p.o.whole != nil || p.feed.Reader != nil || p.s.st.Path() != "" || ctx.Err() != nil {
			return err
		}
		p.Discard()
		p.o.Tell.tell(ImportBroken{err})
		if err := p.s.patiently(ctx, p.o.Tell, p.s.answers); err != nil {
			return err
		}
	}
}

// stage reads the feed into an importing batch.
func (p *Pending) stage(ctx context.Context) (err error) {
	s := p.s
	if p.release, err = s.lockImport(ctx); err != nil {
		p.release = func() {}
		return err
	}
	src, err := s.openFeed(ctx, p.feed)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	options, err := p.importing(ctx, src.Name())
	if err != nil {
		return err
	}
	if err := s.readyForReturns(options.Defaults.Return); err != nil {
		return err
	}
	options.Progress = func(r importer.Progress) { p.o.Tell.tell(Importing{Progress(r)}) }
	if p.staged, err = p.stageInTurn(ctx, src, options); err != nil {
		if errors.Is(err, context.Canceled) {
			return &InterruptedError{"interrupted; nothing of the file was kept and nobody was sent to", "run the same command again"}
		}
		return err
	}
	if err := p.o.save(s.cfg.Defaults, p.o.Tell); err != nil {
		return err
	}
	if err := p.giveReport(ctx, options.ReportPath); err != nil {
		return err
	}
	p.Batch, p.Known, p.Held = batchOf(p.staged.Batch, p.staged.Counts), p.staged.Existing, p.staged.HeldBack
	if err := p.seeCancelled(ctx); err != nil {
		return err
	}
	if p.Known && p.staged.Batch.State != store.BatchRunning {
		return nil
	}
	if !p.Known && !s.Rehearsal() {
		if err := s.checkWorkflows(ctx, p.staged.Workflows); err != nil {
			return err
		}
	}
	return p.ask(ctx)
}

// giveReport gives a batch that came by a page, and so has no report on the server,
// the one of whoever brings the same list as a file.
func (p *Pending) giveReport(ctx context.Context, path string) error {
	b := &p.staged.Batch
	if !p.staged.Existing || b.Owner == "" || b.ReportPath != "" || path == "" {
		return nil
	}
	b.ReportPath = path
	return p.s.st.SetReportPath(ctx, b.ID, path)
}

// quiet are the quiet times of the batch; of one that was imported before, those that
// it has.
func (p *Pending) quiet() QuietRule {
	if p.Known {
		return ruleOf(p.staged.Batch.Quiet)
	}
	return p.s.quietDefault()
}

func (p *Pending) ask(ctx context.Context) error {
	n := p.staged.Counts.Open()
	if n == 0 || p.s.Rehearsal() {
		return nil
	}
	q, err := p.s.question(ctx, n, p.quiet())
	p.Ask = &q
	return err
}

// importPatience is how long to wait for another import: longer than the lease
// of one that has died.
const importPatience = 15 * time.Second

// stageInTurn waits for its turn when another import is running: it may be a
// short one, or one that has died, of which only time can tell.
func (p *Pending) stageInTurn(ctx context.Context, src importer.Feed, o importer.Options) (*importer.Staged, error) {
	end := time.Now().Add(importPatience)
	for told := false; ; told = true {
		staged, err := p.s.im.Stage(ctx, src, o)
		var busy *importer.BusyError
		if !errors.As(err, &busy) || time.Now().After(end) {
			return staged, err
		}
		if !told {
			p.o.Tell.tell(WaitingForImport{busy.Detail})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second / 2):
		}
	}
}

// Start sets the batch running: from now on its people are sent to. For one that
// was imported before, only the report that was asked for counts from now on. If
// the database goes away, the yes holds for the same list, imported again.
func (p *Pending) Start(ctx context.Context) error {
	first := true
	err := p.patiently(ctx, func(ctx context.Context) error {
		if !first {
			if err := p.stage(ctx); err != nil {
				return err
			}
		}
		first = false
		return p.activate(ctx)
	})
	if err != nil {
		p.Discard()
		return err
	}
	p.letGo()
	return nil
}

func (p *Pending) activate(ctx context.Context) error {
	if p.Known {
		return p.s.moveReport(ctx, p.staged.Batch, p.o.Report)
	}
	if err := p.staged.Activate(ctx); err != nil {
		return err
	}
	b, err := p.s.st.Batch(ctx, p.Batch.ID)
	if err == nil {
		p.Batch = batchOf(b, p.staged.Counts)
	}
	return nil // it runs, whatever its times are
}

// Discard removes what was imported and not started, wholly. It may be called
// more than once, and after Start.
func (p *Pending) Discard() {
	if p.staged != nil {
		_ = p.staged.Close() // nobody was sent to
	}
	p.letGo()
}

// letGo lets others import.
func (p *Pending) letGo() {
	p.release()
	p.release = func() {}
}
