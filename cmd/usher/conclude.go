package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"usher/report"
	"usher/store"
)

// conclusion is what is wanted of a batch that is done.
type conclusion struct {
	asJSON bool
	target *report.Target // that --report names, or nil
	again  bool           // the report is written even if it was before
}

// conclude sees to the report, tells the result, and turns it into an exit
// status.
func (e *runEnv) conclude(ctx context.Context, batch int64, c conclusion) error {
	var b store.Batch
	var counts store.Counts
	err := e.patiently(ctx, func() (err error) {
		if b, err = e.st.Batch(ctx, batch); err == nil {
			counts, err = e.st.Counts(ctx, batch)
		}
		return err
	})
	if err != nil {
		return err
	}
	if b, err = e.reported(ctx, b, c); err != nil {
		return err
	}
	out := e.stdout
	if c.target != nil && c.target.Stdout() {
		out = e.stderr // the report is there, and nothing else
	}
	if c.asJSON {
		shape := batchJSON(b, counts)
		shape.Rehearsal = e.rehearsal
		if err := writeJSON(out, shape); err != nil {
			return err
		}
	} else {
		e.summary(out, b, counts)
	}
	if n := counts[store.Duplicate]; n > 0 && n+counts[store.Rejected] == counts.Total() {
		fmt.Fprintf(e.stderr, "usher: hint: %s\n", invitedBeforeHint)
	}
	if counts.Problems() > 0 {
		return &exitStatus{code: exitProblems, hint: e.problemHint(b, counts)}
	}
	return nil
}

// invitedBeforeHint is what can be done for people who were invited already.
const invitedBeforeHint = "nobody was left to send to: the duplicates were invited already; 'usher find WHO' shows when, and the link, which can be sent on by hand; " +
	"'usher reinvite BATCH ROW' makes a new one"

// reported writes the report, and returns the batch with the place where that
// is now.
func (e *runEnv) reported(ctx context.Context, b store.Batch, c conclusion) (store.Batch, error) {
	if c.target == nil || !c.target.Special() {
		err := e.patiently(ctx, func() (err error) {
			if err = e.makeReport(ctx, b, c.again); err == nil {
				b, err = e.st.Batch(ctx, b.ID)
			}
			return err
		})
		return b, err
	}
	write, err := e.filing().writer(ctx, b, c.target.Path)
	if err != nil {
		return b, err
	}
	placed, err := c.target.Place(ctx, report.Placing{}, write)
	b.ReportPath = placed.Path
	return b, e.notReported(b, err)
}

// makeReportOf writes the report of a batch that is done.
func (e *runEnv) makeReportOf(ctx context.Context, batch int64) error {
	b, err := e.st.Batch(ctx, batch)
	if err != nil {
		return err
	}
	return e.makeReport(ctx, b, false)
}

// makeReport writes the report where the finishing job did not: that job may
// be done by another process, on another machine.
func (e *runEnv) makeReport(ctx context.Context, b store.Batch, again bool) error {
	done, err := e.st.Reported(ctx, b.ID, b.Run)
	if err != nil {
		return err
	}
	if _, missing := os.Stat(b.ReportPath); done && missing == nil && !again {
		return nil
	}
	if err := e.filing().write(ctx, b); err != nil {
		return e.notReported(b, err)
	}
	return e.st.MarkReported(ctx, b.ID, b.Run)
}

// notReported tells of a report that could not be written.
func (e *runEnv) notReported(b store.Batch, err error) error {
	hint := fmt.Sprintf("'usher report %d -o FILE' writes it elsewhere", b.ID)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case e.forgets:
		hint = "name another place with --report"
	}
	return withHint(fmt.Errorf("everybody is settled, but the report could not be written: %w", err), hint)
}

// filing puts reports where they belong. A rehearsal's database remembers
// nothing for long.
func (e *runEnv) filing() filing {
	f := e.app.filing(e.st)
	if e.forgets {
		f.memory.st = nil
	}
	if e.say != nil {
		f.say = e.say
	}
	return f
}

// summary prints the result for people.
func (e *runEnv) summary(w io.Writer, b store.Batch, counts store.Counts) {
	if e.rehearsal {
		fmt.Fprintln(w, "This was a rehearsal: nobody was contacted and nothing was charged.")
	}
	fmt.Fprintf(w, "Batch %d, %s: %s\n", b.ID, b.Name, stateWords(b, counts))
	printCounts(w, counts)
	e.aloud(w, b)
	if b.ReportPath != "" {
		fmt.Fprintf(w, "Report: %s\n", relative(b.ReportPath))
	}
}

// aloud tells of people whose links or sessions are not as they should be.
func (e *runEnv) aloud(w io.Writer, b store.Batch) {
	codes, err := e.st.CodeCounts(context.Background(), b.ID)
	if err != nil {
		e.log.Warn("what is odd about the batch could not be counted", zap.Error(err))
	}
	for _, odd := range []struct{ code, one, many, words string }{
		{store.CodeURLLost, "person is", "people are", "invited, but the API does not tell the session's URL"},
		{store.CodeSessionOfAnother, "person", "people", "got the session of somebody else as an answer, which was not given to them: the API, or a proxy before it, mixes its answers up. Look whether the links of this batch are right before you pass one on"},
		{store.CodeTimeDoesNotFit, "person has", "people have", "a session at the API that may be theirs, but its time does not fit; the report names it"},
	} {
		if n := codes[odd.code]; n > 0 {
			fmt.Fprintf(w, "%s %s (%s)\n", counted(n, odd.one, odd.many), odd.words, odd.code)
		}
	}
}

// relative shortens a path for people who stand in its folder.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(dir, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

func (e *runEnv) problemHint(b store.Batch, c store.Counts) string {
	switch {
	case e.rehearsal:
		return "the report says what is wrong with each row; mend them before you run the file for real"
	case c[store.Unknown] > 0:
		return fmt.Sprintf("'usher resolve %d' lists those whose outcome is unknown", b.ID)
	case c[store.Failed] > 0:
		return fmt.Sprintf("the report says why; 'usher retry %d' sends again to those who failed", b.ID)
	}
	return "the report says what is wrong with each rejected row; mend them and run the mended file"
}
