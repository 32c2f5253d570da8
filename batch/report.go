package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"usher/report"
	"usher/store"
)

// Destination looks at where a file is to go, before anything is done for it. What
// names the file in words, and flag how its place is given. It must not take the
// place of any of the inputs.
func Destination(what, flag, asked string, inputs ...Feed) (*report.Target, error) {
	target, err := report.Look(asked)
	if err != nil {
		return nil, fmt.Errorf("the %s cannot go to %w", what, err)
	}
	for _, f := range inputs {
		if f.isAt(target) {
			return nil, requestError("name another file with "+flag, "the %s would replace %s itself", what, f.called())
		}
	}
	return target, nil
}

// pipePatience is how long to wait for somebody to read from a pipe.
const pipePatience = 10 * time.Second

// OpenTarget opens a target that is written into, and not replaced. What names the
// file in words; the writers are the process's own streams.
func OpenTarget(ctx context.Context, what string, target *report.Target, stdout, stderr io.Writer) error {
	err := target.Open(ctx, map[int]io.Writer{1: stdout, 2: stderr}, pipePatience)
	var wrong *report.TargetError
	if errors.As(err, &wrong) {
		return fmt.Errorf("the %s cannot go to %w", what, err)
	}
	return err
}

// isAt reports whether a target is the file that is read, under whatever name.
func (f Feed) isAt(target *report.Target) bool {
	if f.Reader == nil {
		return target.Is(f.File)
	}
	file, ok := f.Reader.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && target.IsFile(info)
}

func (f Feed) called() string {
	if f.Reader != nil {
		return "-"
	}
	return f.File
}

// ReportFormat is a format of reports: csv, xlsx, jsonl or html.
type ReportFormat = report.Format

// TakenError means that a file is not usher's to replace; see [report.TakenError].
type TakenError = report.TakenError

// ReportOptions say how a report is handed out.
type ReportOptions struct {
	Format report.Format
	Target *report.Target // looked at, and open if it is no file
	Force  bool           // replace a file that was changed, or that usher did not write
}

// WriteReport writes the results of a batch, finished or not, to a target.
func (s *Service) WriteReport(ctx context.Context, by Actor, batch int64, o ReportOptions) error {
	if path := s.st.Path(); path != "" && o.Target.Is(path) {
		return requestError("name another file with -o", "the report would replace the database")
	}
	p := report.Placing{Memory: memory(s.st), Policy: policyOf(o.Force)}
	if err := o.Target.Free(ctx, p); err != nil {
		return err
	}
	return s.handingOut(ctx, by, batch, o.Format, func(write func(io.Writer) error) error {
		_, err := o.Target.Place(ctx, p, write)
		return err
	})
}

// Report writes the results of a batch, finished or not, into w.
func (s *Service) Report(ctx context.Context, by Actor, batch int64, f report.Format, w io.Writer) error {
	return s.handingOut(ctx, by, batch, f, func(write func(io.Writer) error) error { return write(w) })
}

// handingOut notes that a report is handed out, and then does so.
func (s *Service) handingOut(ctx context.Context, by Actor, batch int64, f report.Format, do func(write func(io.Writer) error) error) error {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return err
	}
	write, err := rowsWriter(ctx, s.st, b, f)
	if err != nil {
		return err
	}
	counts, err := s.st.Counts(ctx, batch)
	if err != nil {
		return err
	}
	if err := s.handOut(ctx, by, b, counts); err != nil {
		return err
	}
	err = do(write)
	var taken *report.TakenError
	switch {
	case err == nil || errors.As(err, &taken):
		return err
	case errors.Is(err, report.ErrTooLarge):
		return WithHint(fmt.Errorf("the report could not be written: %w", err), "write it as CSV")
	}
	return fmt.Errorf("the report could not be written: %w", err)
}

// handOut records that the report of a batch, with the links in it, is handed to
// somebody. It is recorded before: what is not known to be out must not be.
func (s *Service) handOut(ctx context.Context, by Actor, b store.Batch, counts Counts) error {
	return s.st.RecordAct(ctx, store.Act{Actor: by, What: store.ActReport, Batch: b.ID,
		Numbers: map[string]int{"rows": counts.Total(), "invited": counts[store.Invited]}})
}

// policyOf is what is done about a file that is not usher's, where a person
// named it.
func policyOf(force bool) report.Policy {
	if force {
		return report.Replace
	}
	return report.Refuse
}
