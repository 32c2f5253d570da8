package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/store"
	"usher/upstream/sandbox"
)

// clerk is somebody at a terminal, with an API and a database of their own.
type clerk struct {
	*testing.T
	dir string
	dsn string
	env []string
}

func newClerk(t *testing.T, dsn string) *clerk {
	t.Helper()
	web := httptest.NewServer(sandbox.New(sandbox.Options{Balance: -1}))
	t.Cleanup(web.Close)
	return &clerk{t, t.TempDir(), dsn, []string{"USHER_DATABASE=" + dsn, "USHER_UPSTREAM_BASE_URL=" + web.URL, "USHER_UPSTREAM_API_KEY=k", "USHER_UPSTREAM_RATE=0"}}
}

// people writes a file of n people of one name.
func (c *clerk) people(file, name string, n int) string {
	c.Helper()
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,Last,%s%d@example.com,+1519222%04d\n", name, name, i, i)
	}
	path := filepath.Join(c.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		c.Fatal(err)
	}
	return path
}

// usher runs a command and returns what it wrote.
func (c *clerk) usher(ctx context.Context, want int, args ...string) (stdout, stderr string) {
	c.Helper()
	var out, log strings.Builder
	if code := inTime(ctx, c.T, args, c.env, &out, &log); code != want {
		c.Errorf("usher %s: exit status %d, want %d\n%s", args[0], code, want, log.String())
	}
	return out.String(), log.String()
}

func (c *clerk) store() *store.Store {
	c.Helper()
	st, err := store.Open(c.Context(), c.dsn, store.Options{})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(st.Close)
	return st
}

// Two files of one name, run at once, have one default name for their reports:
// each gets a file of its own.
func TestReportsOfTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	c := newClerk(t, postgresDatabase(t))
	report := filepath.Join(c.dir, "people.results.csv")
	var wait sync.WaitGroup
	for _, name := range []string{"ann", "bob"} {
		file := c.people(name+"/people.csv", name, 20)
		wait.Go(func() { c.usher(t.Context(), exitDone, "run", "--yes", "--report", report, file) })
	}
	wait.Wait()
	first, second := read(c.T, report), read(c.T, filepath.Join(c.dir, "people.results-2.csv"))
	for _, name := range []string{"ann", "bob"} {
		one, two := strings.Count(first, name+",Last"), strings.Count(second, name+",Last")
		if one+two != 20 || one*two != 0 {
			t.Errorf("%d rows of %s in the first, %d in the second", one, name, two)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// A worker of another process finishes the batch: what one process was asked
// to print comes out of that one.
func TestReportIsPrintedByWhoWasAsked(t *testing.T) {
	t.Parallel()
	c := newClerk(t, postgresDatabase(t))
	ctx, stop := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var workerOut string
	wait.Go(func() { workerOut, _ = c.usher(ctx, exitDone, "work") })
	out, log := c.usher(t.Context(), exitDone, "run", "--yes", "--report", "/dev/stdout", c.people("people.csv", "ann", 30))
	stop()
	wait.Wait()
	if n := strings.Count(out, "ann,Last"); n != 30 || !strings.HasPrefix(out, "row,status,") || strings.Contains(out, "Report:") {
		t.Errorf("%d people in %q", n, out)
	}
	if !strings.Contains(log, "Report: /dev/stdout") {
		t.Errorf("standard error: %q", log)
	}
	if workerOut != "" {
		t.Errorf("the worker printed %q", workerOut)
	}
	b, err := c.store().Batch(t.Context(), 1)
	if err != nil || b.ReportPath != "" {
		t.Errorf("the batch's report goes to %q, %v", b.ReportPath, err)
	}
}

// A batch that names what is written into, and not replaced, was made by an
// older usher. Nothing is written there by whoever comes along.
func TestReportPathThatIsNoFile(t *testing.T) {
	t.Parallel()
	c := newClerk(t, sqliteDatabase(t))
	c.usher(t.Context(), exitDone, "import", "--yes", "--report", filepath.Join(c.dir, "r.csv"), c.people("people.csv", "ann", 3))
	if err := c.store().SetReportPath(t.Context(), 1, "/dev/stdout"); err != nil {
		t.Fatal(err)
	}
	out, log := c.usher(t.Context(), exitDone, "cancel", "1")
	if strings.Contains(out+log, "ann") {
		t.Errorf("printed %q, %q", out, log)
	}
}

// failing is an output that cannot be written to.
type failing struct{ err error }

func (f failing) Close() error { return f.err }

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	if code := run(t.Context(), []string{"version"}, nil, strings.NewReader(""), file, &log); code != exitError ||
		strings.Count(log.String(), "usher: error: what was to be printed") != 1 {
		t.Errorf("a closed file: exit status %d, %q", code, log.String())
	}
	for code, want := range map[int]int{exitDone: exitError, exitProblems: exitError, exitGate: exitError, exitUsage: exitUsage, exitInterrupted: exitInterrupted} {
		log.Reset()
		if got := closed(failing{errors.New("quota exceeded")}, &log, code); got != want || !strings.Contains(log.String(), "quota exceeded") {
			t.Errorf("%d: exit status %d, %q", code, got, log.String())
		}
	}
}
