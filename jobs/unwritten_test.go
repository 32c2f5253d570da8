package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"usher/store"
)

// discreetError has words that name nobody.
type discreetError struct{ path, words string }

func (e discreetError) Error() string    { return e.path + ": " + e.words }
func (e discreetError) Discreet() string { return e.words }

// TestUnwrittenReport: a report that cannot be written is tried again for longer than
// River bears with errors; the log tells each reason once, without the file, and that
// the report is there in the end.
func TestUnwrittenReport(t *testing.T) {
	t.Parallel()
	var wrong error = discreetError{"/home/ann.roe/r.csv", "there is no such folder"}
	s := idle(t, silent{}, func(c *Config) {
		c.Finished = func(context.Context, store.Batch) error { return wrong }
	})
	core, lines := observer.New(zapcore.WarnLevel)
	s.log = zap.New(core)
	s.outages = newOutages(s.log)
	ctx := context.Background()
	k := s.inDoubt(t)
	s.sql(t, `UPDATE applicants SET state = 'invited'`)
	if err := s.finish(ctx, store.Batch{ID: k.Batch}); err != nil {
		t.Fatal(err)
	}
	work := func() error {
		return (&finishWorker{s: s}).Work(ctx, &river.Job[FinishArgs]{Args: FinishArgs{k.Batch, 1}})
	}
	for range 2 * river.MaxAttemptsDefault {
		var snoozed *rivertype.JobSnoozeError
		if err := work(); !errors.As(err, &snoozed) || snoozed.Duration < writeFirst || snoozed.Duration >= aheadMost {
			t.Fatalf("tried again after %v", err)
		}
	}
	wrong = discreetError{"/home/ann.roe/r.csv", "the disk is full"}
	_ = work()
	wrong = nil
	if err := work(); err != nil {
		t.Fatal(err)
	}
	if done, err := s.st.Reported(ctx, k.Batch, 1); err != nil || !done {
		t.Errorf("reported: %v, %v", done, err)
	}
	var said []string
	for _, l := range lines.All() {
		said = append(said, fmt.Sprintln(l.Message, l.ContextMap()))
	}
	all := strings.Join(said, "")
	if len(said) != 3 || !strings.Contains(said[0], "there is no such folder") || !strings.Contains(said[1], "the disk is full") ||
		!strings.Contains(said[2], "after all") || strings.Contains(all, "ann.roe") {
		t.Errorf("%d lines:\n%s", len(said), all)
	}
}

// TestDiscreetWords: words that are kept and shown name no file, and no type of Go's.
func TestDiscreetWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("write: %w", discreetError{"/ann", "the disk is full"}), "the disk is full"},
		{&fs.PathError{Op: "open", Path: "/ann", Err: syscall.EACCES}, "open: permission denied"},
		{fmt.Errorf("/ann: %w", syscall.EIO), "input/output error"},
		{errors.New("ann@example.com is odd"), "it could not be done, and why is not told here, since that may name somebody"},
	} {
		if got := DiscreetWords(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	u := unwritten{}
	if again, news := u.failed(1, "x"); !news || again >= aheadMost {
		t.Errorf("first: %v, %v", again, news)
	}
	if u.written(2) || !u.written(1) || u.written(1) {
		t.Error("a report is late exactly once, if it could not be written")
	}
}
