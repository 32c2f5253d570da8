package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"usher/report"
	"usher/store"
)

// lookAt looks at where a person asked a file to go, before anything is done
// for it. What names the file in words, and flag how it is given.
func (a *app) lookAt(what, flag, asked string, inputs ...string) (*report.Target, error) {
	target, err := report.Look(asked)
	if err != nil {
		return nil, fmt.Errorf("the %s cannot go to %w", what, err)
	}
	for _, input := range inputs {
		if a.isInput(target, input) {
			return nil, usagef("name another file with "+flag, "the %s would replace %s itself", what, input)
		}
	}
	return target, nil
}

// isInput reports whether a target is the file that is read, under whatever
// name.
func (a *app) isInput(target *report.Target, input string) bool {
	if input != "-" {
		return target.Is(input)
	}
	f, ok := a.stdin.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && target.IsFile(info)
}

// pipePatience is how long to wait for somebody to read from a pipe.
const pipePatience = 10 * time.Second

// openTarget opens a target that is written into, and not replaced.
func (a *app) openTarget(ctx context.Context, what string, target *report.Target) error {
	err := target.Open(ctx, map[int]io.Writer{1: a.stdout, 2: a.stderr}, pipePatience)
	var wrong *report.TargetError
	if errors.As(err, &wrong) {
		return fmt.Errorf("the %s cannot go to %w", what, err)
	}
	return err
}

// targetFormat is the format of the report that a name asks for.
func targetFormat(path string) (report.Format, error) {
	f, err := formatOf(path)
	if err != nil {
		return f, &usageError{fmt.Errorf("the report cannot go to %s: %w", path, err), "name a file that ends in .csv, .xlsx or .jsonl"}
	}
	return f, nil
}

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
	say    func(words string)
}

func (a *app) filing(st *store.Store) filing {
	return filing{st, memory(st), func(words string) { fmt.Fprintln(overBar(a.stderr), "usher: "+words) }}
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
	f.say(fmt.Sprintf("%s %s, so the report went to %s", relative(target.Path), placed.Instead, relative(placed.Path)))
	return f.st.SetReportPath(ctx, b.ID, placed.Path)
}

// Endings of the names that reports have where nobody names them.
const (
	resultsEnding   = ".results.csv"
	rehearsalEnding = ".rehearsal.csv"
)

// hasDefaultName reports whether a batch's report is called after its source,
// as that of another file of the same name would be.
func hasDefaultName(b store.Batch) bool {
	base := filepath.Base(b.ReportPath)
	return base == report.Name(b.Source, resultsEnding) || base == report.Name(b.Source, rehearsalEnding)
}

// writer writes the report of a batch in the format that a name asks for.
func (f filing) writer(ctx context.Context, b store.Batch, path string) (func(io.Writer) error, error) {
	format, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	rehearsal, err := isRehearsal(ctx, f.st, b)
	return func(w io.Writer) error { return writeRows(ctx, f.st, b, format, rehearsal, w) }, err
}

// writeRows writes the report of a batch, or of a rehearsal.
func writeRows(ctx context.Context, st *store.Store, b store.Batch, format report.Format, rehearsal bool, w io.Writer) error {
	if rehearsal {
		return report.Write(ctx, report.Rehearsal(st), b, format, w)
	}
	return report.Write(ctx, st, b, format, w)
}

// isRehearsal reports whether a batch was sent to a sandbox of usher's own.
func isRehearsal(ctx context.Context, st *store.Store, b store.Batch) (bool, error) {
	name, err := st.AccountName(ctx, b.Account)
	return name == sandboxAccount, err
}

// emptyName refuses a flag for a file that was given with nothing.
func emptyName(flag, value string) error {
	if value == "" {
		return usagef("name a file, or leave "+flag+" out", "%s is given without a name", flag)
	}
	return nil
}
