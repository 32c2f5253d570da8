package batch

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"usher/report"
	"usher/store"
)

// memories are what usher remembers of the files that it wrote: in a database,
// if there is one to remember it, and in its notes.
type memories struct {
	st    *store.Store
	notes notes
}

// memory is that of a database, which may be nil.
func memory(st *store.Store) memories { return memories{st: st} }

// inDatabase reports whether a path is remembered in the database. One that is
// no text, as some systems allow, has no place there.
func (m memories) inDatabase(path string) bool { return m.st != nil && utf8.ValidString(path) }

// FileSums are those that either knows: a list of problems may have been
// written before there was a database.
func (m memories) FileSums(ctx context.Context, path string) (sums []string, err error) {
	if m.inDatabase(path) {
		if sums, err = m.st.FileSums(ctx, path); err != nil {
			return nil, err
		}
	}
	return append(sums, m.notes.sums(path)...), nil
}

// RememberFile remembers what is about to be written.
func (m memories) RememberFile(ctx context.Context, path, sum string) error {
	if m.inDatabase(path) {
		return m.st.RememberFile(ctx, path, sum)
	}
	m.notes.remember(path, sum)
	return nil
}

// filing puts the reports of batches where they belong.
type filing struct {
	st     *store.Store
	memory memories
	tell   Teller
}

// filing puts reports where they belong. A rehearsal's database remembers
// nothing for long.
func (s *Service) filing() filing {
	f := filing{s.st, memory(s.st), s.o.Tell}
	if s.Forgets() {
		f.memory.st = nil
	}
	return f
}

// write writes the report of a batch to the place that the batch names. What
// is written into, and not replaced, only the process writes that was asked to.
func (f filing) write(ctx context.Context, b store.Batch) error {
	if b.ReportPath == "" {
		return nil
	}
	target, err := report.Look(b.ReportPath)
	if err != nil {
		return fmt.Errorf("the report cannot go to %w", err)
	}
	if target.Special() {
		return nil
	}
	return f.put(ctx, b, target)
}

// put writes the report to a target. If that is somebody's own, the report goes
// to the next free name, for good.
func (f filing) put(ctx context.Context, b store.Batch, target *report.Target) error {
	write, err := f.writer(ctx, b, target.Path)
	if err != nil {
		return err
	}
	p := report.Placing{Memory: f.memory, Policy: report.Beside}
	shared, err := f.st.ReportShared(ctx, b.ID, target.Path, hasDefaultName(b))
	if err != nil {
		return err
	}
	if shared {
		p.Belongs = "is the report of another batch"
	}
	placed, err := target.Place(ctx, p, write)
	if err != nil || placed.Instead == "" {
		return err
	}
	f.tell.tell(ReportElsewhere{target.Path, placed.Instead, placed.Path})
	return f.st.SetReportPath(ctx, b.ID, placed.Path)
}

// reportEnding is that of the name which the report about something has where nobody
// names it: that of a workbook is one.
func reportEnding(about string, rehearsal bool) string {
	ending, format := ".results", report.CSV
	if rehearsal {
		ending = ".rehearsal"
	}
	switch strings.ToLower(filepath.Ext(about)) {
	case ".xlsx", ".xlsm":
		format = report.XLSX
	}
	return ending + "." + string(format)
}

// hasDefaultName reports whether a batch's report is called after its source,
// as that of another file of the same name would be.
func hasDefaultName(b store.Batch) bool {
	base := filepath.Base(b.ReportPath)
	return slices.ContainsFunc([]string{".results.csv", ".results.xlsx", ".rehearsal.csv", ".rehearsal.xlsx"}, func(ending string) bool {
		return base == report.Name(b.Source, ending)
	})
}

// writer writes the report of a batch in the format that a name asks for.
func (f filing) writer(ctx context.Context, b store.Batch, path string) (func(io.Writer) error, error) {
	format, err := report.FormatOf(path)
	if err != nil {
		return nil, err
	}
	return rowsWriter(ctx, f.st, b, format)
}

// rowsWriter writes the report of a batch, or of a rehearsal.
func rowsWriter(ctx context.Context, st *store.Store, b store.Batch, format report.Format) (func(io.Writer) error, error) {
	rehearsal, err := isRehearsal(ctx, st, b)
	return func(w io.Writer) error {
		if format == report.HTML {
			return writePage(ctx, st, b, rehearsal, w)
		}
		return report.Write(ctx, reportRows(st, b, rehearsal), b, format, w)
	}, err
}

// reportRows reads the rows of a batch, or of a rehearsal, as its report has them.
func reportRows(st *store.Store, b store.Batch, rehearsal bool) rowsReader {
	var rows rowsReader = st
	if rehearsal {
		rows = report.Rehearsal(rows)
	}
	if b.State == store.BatchPaused {
		rows = report.Waiting(rows, waitingWords(b.PauseReason))
	}
	return rows
}

// isRehearsal reports whether a batch was sent to a sandbox of usher's own.
func isRehearsal(ctx context.Context, st *store.Store, b store.Batch) (bool, error) {
	name, err := st.AccountName(ctx, b.Account)
	return name == sandboxAccount, err
}

// reportPath is where a batch's report goes, as an absolute path: another
// process, started elsewhere, may write it. It is empty for what only this
// process can write into. Each run of a database source is a batch of its own
// and has a report of its own, even the second in one second.
func (s *Service) reportPath(ctx context.Context, f Feed, named *report.Target, name string) (string, error) {
	if named != nil {
		if named.Special() {
			return "", nil
		}
		return named.Path, nil
	}
	if f.Source == "" {
		return s.defaultPath(f, name)
	}
	for at := time.Now(); ; at = at.Add(time.Second) {
		path, err := s.defaultPath(f, f.Source+"-"+at.Format("20060102-150405")+".csv")
		if err != nil {
			return "", err
		}
		if taken, err := s.st.ReportNamed(ctx, path); err != nil || !taken {
			return path, err
		}
	}
}

// defaultPath is where the report about something goes if nobody names a place.
func (s *Service) defaultPath(f Feed, name string) (string, error) {
	asked := filepath.Join(s.cfg.Report.Dir, report.Name(name, reportEnding(name, s.Rehearsal())))
	target, err := Destination("report", "--report", asked, f)
	if err != nil {
		return "", err
	}
	if target.Special() {
		return "", requestError("name a file with --report", "the report cannot go to %s: it is not a file", asked)
	}
	return target.Path, nil
}
