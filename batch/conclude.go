package batch

import (
	"context"
	"errors"
	"fmt"
	"os"

	"usher/report"
	"usher/store"
)

// Conclusion says what is wanted of a batch that is done.
type Conclusion struct {
	// Report is where the report goes if that is no file; nil, or a file, for where
	// the batch has it.
	Report *report.Target
	// Again writes the report even if it was written before.
	Again bool
}

// Concluded is a batch that is done, with its report written.
type Concluded struct {
	Batch Batch
	// Codes is how many people have an error code, or one that is no error but is to
	// be told aloud, by code.
	Codes map[string]int
	// StillRejected says in words who was rejected in earlier runs of the same source,
	// and is not mended.
	StillRejected string
}

// NotSent is how many failed as a person found that nothing was sent to them.
func (c Concluded) NotSent() int { return c.Codes[codeNotSent] }

const codeNotSent = store.CodeNotSent

// Conclude sees to it that the report of a batch that is done is written, and
// tells the result.
func (s *Service) Conclude(ctx context.Context, by Actor, batch int64, c Conclusion, tell Teller) (Concluded, error) {
	var b store.Batch
	var done Concluded
	var counts store.Counts
	err := s.patiently(ctx, tell, func(ctx context.Context) (err error) {
		if b, err = s.st.Batch(ctx, batch); err == nil {
			counts, err = s.st.Counts(ctx, batch)
		}
		return err
	})
	if err != nil {
		return done, err
	}
	if b, err = s.reported(ctx, by, b, counts, c, tell); err != nil {
		return done, err
	}
	if err = s.patiently(ctx, tell, func(ctx context.Context) error { return s.deliverNow(ctx, batch, deliverTries, tell) }); err != nil {
		return done, err
	}
	done.Batch = batchOf(b, counts)
	done.Batch.Rehearsal = s.Rehearsal()
	if done.Codes, err = s.st.CodeCounts(ctx, batch); err == nil {
		done.StillRejected, err = s.stillRejectedWords(ctx, b)
	}
	return done, err
}

// reported writes the report, and returns the batch with the place where that
// is now.
func (s *Service) reported(ctx context.Context, by Actor, b store.Batch, counts Counts, c Conclusion, tell Teller) (store.Batch, error) {
	if c.Report == nil || !c.Report.Special() {
		err := s.patiently(ctx, tell, func(ctx context.Context) (err error) {
			if err = s.makeReport(ctx, by, b, counts, c.Again); err == nil {
				b, err = s.st.Batch(ctx, b.ID)
			}
			return err
		})
		return b, err
	}
	write, err := s.filing().writer(ctx, b, c.Report.Path)
	if err != nil {
		return b, err
	}
	if err := s.handOut(ctx, by, b, counts); err != nil {
		return b, err
	}
	placed, err := c.Report.Place(ctx, report.Placing{}, write)
	b.ReportPath = placed.Path
	return b, s.notReported(b, err)
}

// makeReport writes the report where the finishing job did not: that job may
// be done by another process, on another machine.
func (s *Service) makeReport(ctx context.Context, by Actor, b store.Batch, counts Counts, again bool) error {
	done, err := s.st.Reported(ctx, b.ID, b.Run)
	if err != nil {
		return err
	}
	if _, missing := os.Stat(b.ReportPath); done && missing == nil && !again {
		return nil
	}
	if again {
		if err := s.handOut(ctx, by, b, counts); err != nil {
			return err
		}
	}
	if err := s.filing().write(ctx, b); err != nil {
		return s.notReported(b, err)
	}
	return s.st.MarkReported(ctx, b.ID, b.Run)
}

// notReported tells of a report that could not be written.
func (s *Service) notReported(b store.Batch, err error) error {
	hint := fmt.Sprintf("mend that and run it again, which writes the report and sends nothing again; 'usher report %d -o FILE' writes it elsewhere", b.ID)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case s.Forgets():
		hint = "name another place with --report"
	}
	return WithHint(fmt.Errorf("everybody is settled, but the report could not be written: %w", err), hint)
}

// MoveReport lets a place that was named for the report of a known batch count
// from now on. One that is no file, or nil, changes nothing.
func (s *Service) MoveReport(ctx context.Context, batch int64, to *report.Target) error {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return err
	}
	return s.moveReport(ctx, b, to)
}

func (s *Service) moveReport(ctx context.Context, b store.Batch, to *report.Target) error {
	if to == nil || to.Special() || to.Path == b.ReportPath {
		return nil
	}
	return s.st.SetReportPath(ctx, b.ID, to.Path)
}
