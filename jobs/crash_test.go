package jobs_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream"
	"usher/upstream/sandbox"
)

// The crash tests run a worker as a child process and kill it with SIGKILL
// between two steps of the protocol. The child is this test binary.

const (
	crashEnv    = "USHER_TEST_CRASH" // the step to die at; "none" for none
	crashDSN    = "USHER_TEST_CRASH_DSN"
	crashURL    = "USHER_TEST_CRASH_URL"
	crashPeople = 40
)

// The steps at which a child dies.
const (
	dieBeforeSend   = "claimed, not sent"
	dieAfterSend    = "sent, not settled"
	dieLater        = "some settled, some in flight"
	dieBeforeReport = "finished, not reported"
	dieAfterReport  = "reported, not noted"
	dieBeforeLookup = "in doubt, being looked up"
	dieAfterLookup  = "looked up, not settled"
	freezeInCanary  = "the first people claimed, not sent, and frozen" // stopped, not killed
)

func TestMain(m *testing.M) {
	if step := os.Getenv(crashEnv); step != "" {
		os.Exit(crashChild(step))
	}
	os.Exit(storetest.MainWaiting(m))
}

// dying is an API client that ends its process at a step.
type dying struct {
	*upstream.Client
	step  string
	calls atomic.Int32
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func (d *dying) CreateSession(ctx context.Context, r upstream.SessionRequest) (upstream.Session, error) {
	n := d.calls.Add(1)
	if d.step == dieBeforeSend && n == 5 {
		die()
	}
	if d.step == freezeInCanary && n == 1 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
	s, err := d.Client.CreateSession(ctx, r)
	if d.step == dieAfterSend && n == 5 || d.step == dieLater && n == crashPeople/2 {
		die()
	}
	return s, err
}

func (d *dying) SessionsByExternalID(ctx context.Context, id string) ([]upstream.Session, error) {
	if d.step == dieBeforeLookup {
		die()
	}
	all, err := d.Client.SessionsByExternalID(ctx, id)
	if d.step == dieAfterLookup {
		die()
	}
	return all, err
}

// crashChild works on every batch until none is running, or it dies.
func crashChild(step string) int {
	ctx := context.Background()
	st, err := store.Open(ctx, os.Getenv(crashDSN), store.Options{})
	if err != nil {
		return fail(err)
	}
	if st.Path() != "" { // the parent runs one child at a time
		if err := st.EndLeases(ctx, ""); err != nil {
			return fail(err)
		}
	}
	account, err := st.Account(ctx, "test", "")
	if err != nil {
		return fail(err)
	}
	client, err := upstream.New(upstream.Config{BaseURL: os.Getenv(crashURL), APIKey: "key", Concurrency: 8})
	if err != nil {
		return fail(err)
	}
	cfg := jobs.Config{Worker: fmt.Sprintf("child-%d-%d", os.Getpid(), time.Now().UnixNano()), Account: account,
		Concurrency: 8, Timeout: time.Second, LookupAfter: 100 * time.Millisecond, LookupAgain: 300 * time.Millisecond,
		Resend: true, Lease: time.Second, ProbeFirst: time.Second, ProbeMost: time.Second, RetryAfterCap: time.Minute,
		Finished: func(_ context.Context, b store.Batch) error { return crashReport(step, b) }}
	s, err := jobs.New(st, &dying{Client: client, step: step}, cfg, zap.NewNop())
	if err != nil {
		return fail(err)
	}
	if err := s.Start(ctx); err != nil {
		return fail(err)
	}
	for {
		all, err := st.Batches(ctx, store.BatchFilter{})
		if err != nil {
			return fail(err)
		}
		done, err := st.Reported(ctx, all[0].ID, all[0].Run)
		if err != nil {
			return fail(err)
		}
		if all[0].State == store.BatchFinished && done {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := s.Stop(ctx); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// crashReport counts the reports in a file beside the database.
func crashReport(step string, b store.Batch) error {
	if step == dieBeforeReport {
		die()
	}
	f, err := os.OpenFile(b.ReportPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = fmt.Fprintln(f, "report")
	if step == dieAfterReport {
		die()
	}
	return err
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, step := range []string{dieBeforeSend, dieAfterSend, dieLater, dieBeforeReport, dieAfterReport} {
		for name, dsn := range databases(t) {
			t.Run(name+"/"+strings.ReplaceAll(step, ", ", " "), func(t *testing.T) {
				t.Parallel()
				crash(t, dsn(t), sandbox.Options{Balance: -1}, step)
			})
		}
	}
	for _, step := range []string{dieBeforeLookup, dieAfterLookup} {
		for name, dsn := range databases(t) {
			t.Run(name+"/"+strings.ReplaceAll(step, ", ", " "), func(t *testing.T) {
				t.Parallel()
				crash(t, dsn(t), sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 0.2, CutBefore: 0.2, Seed: 3}}, step)
			})
		}
	}
}

// databases names the databases a test runs on, each with how to get one.
func databases(t *testing.T) map[string]func(t *testing.T) string {
	t.Helper()
	return map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return storetest.SQLiteMigrated(t, migrateAt) },
		"postgres": func(t *testing.T) string { return storetest.PostgresMigrated(t, migrateAt) },
	}
}

func migrateAt(dsn string) error {
	st, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	return migrate(st)
}

func migrate(st *store.Store) error {
	_, err := jobs.Upgrade(context.Background(), st, func() {})
	return err
}

// crash runs a child that dies at a step, then one that does not, and looks
// whether everybody was invited, once.
func crash(t *testing.T, dsn string, o sandbox.Options, step string) {
	f := openFleet(t, dsn, o)
	report := filepath.Join(t.TempDir(), "report")
	batch := f.batchWith(t, crashPeople, report)
	if out, err := runChild(dsn, f.url, step); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child did not die: %v\n%s", err, out)
	}
	if out, err := runChild(dsn, f.url, "none"); err != nil {
		t.Fatalf("the second child: %v\n%s", err, out)
	}
	counts, err := f.st.Counts(context.Background(), batch)
	if err != nil || counts[store.Invited] != crashPeople || counts.Total() != crashPeople {
		t.Errorf("counts = %v, %v", counts, err)
	}
	if n := f.once(t); n != crashPeople {
		t.Errorf("%d people have sessions, want %d", n, crashPeople)
	}
	f.agree(t, batch)
	reports, err := os.ReadFile(report)
	if n := strings.Count(string(reports), "report"); err != nil || n < 1 || n > 2 || n == 2 && step != dieAfterReport {
		t.Errorf("%d reports, %v", n, err)
	}
}

func runChild(dsn, url, step string) ([]byte, error) {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), crashEnv+"="+step, crashDSN+"="+dsn, crashURL+"="+url)
	return cmd.CombinedOutput()
}

// agree compares what is stored of each applicant with what the API has.
func (f *fleet) agree(t *testing.T, batch int64) {
	t.Helper()
	ids := map[string]string{}
	for _, s := range f.api.Sessions() {
		ids[s.ExternalID] = s.ID
	}
	all, err := f.st.Applicants(context.Background(), batch, -1, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.SessionID != ids[a.ExternalID] || a.SessionURL == "" {
			t.Errorf("row %d: session %q, the API has %q", a.Row, a.SessionID, ids[a.ExternalID])
		}
	}
}

func openFleet(t testing.TB, dsn string, o sandbox.Options) *fleet {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	f := &fleet{st: st, api: sandbox.New(o)}
	server := httptest.NewServer(f.api)
	t.Cleanup(server.Close)
	f.url = server.URL
	if f.account, err = st.Account(ctx, "test", ""); err != nil {
		t.Fatal(err)
	}
	if f.control, err = jobs.NewControl(st, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	return f
}
