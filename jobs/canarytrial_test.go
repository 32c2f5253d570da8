package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// canaryDatabases runs a trial on SQLite with one worker and on PostgreSQL with three.
func canaryDatabases(t *testing.T, trial func(t *testing.T, dsn string, workers []string)) {
	t.Helper()
	t.Parallel()
	for name, dsn := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workers := []string{"canary-1", "canary-2", "canary-3"}
			if name == "sqlite" {
				workers = workers[:1]
			}
			trial(t, dsn(t), workers)
		})
	}
}

// canaryUntil waits until a batch is as it should be, on a machine that has other things
// to do.
func (f *fleet) canaryUntil(t *testing.T, batch int64, what string, is func(b store.Batch, c store.Counts) bool) store.Counts {
	t.Helper()
	ctx := context.Background()
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		b, err := f.st.Batch(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		counts, err := f.st.Counts(ctx, batch)
		if err != nil {
			t.Fatal(err)
		}
		if is(b, counts) {
			return counts
		}
		if time.Now().After(end) {
			t.Fatalf("%s never came to be: %s %s %s, to %d, %v", what, b.State, b.PauseReason, b.PauseDetail, b.CanaryTo, counts)
		}
	}
}

// canaryReads makes those of a batch what a mistaken list makes of them.
func (f *fleet) canaryReads(t *testing.T, set string) {
	t.Helper()
	ctx, err := context.Background(), error(nil)
	if f.st.Path() != "" {
		_, err = f.st.SQL().ExecContext(ctx, "UPDATE applicants SET "+set)
	} else {
		_, err = f.st.Pgx().Exec(ctx, "UPDATE applicants SET "+set)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// canaryNoWorkflow answers 400 with the workflow's name to every create.
func canaryNoWorkflow(f *fleet) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			f.api.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"message":"workflow_id onboard-7 is not yours"}`))
	})
}

// TestCanaryMistakes: a list of 5,000 whose columns are swapped, or whose workflow is
// wrong, costs the first five people at most.
func TestCanaryMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set     string
		reason  string
		refused int
		words   string
		answers func(*fleet) http.Handler
	}{
		"PhoneAndFirstName": {"phone = first_name, first_name = phone", store.PausedCanary, 5, "phone must be", nil},
		"EmailAndPhone":     {"phone = email, email = phone", store.PausedCanary, 5, "email must be", nil},
		"UnknownWorkflow":   {"workflow_id = 'missing-7'", jobs.PausedWorkflowNotFound, 0, `"missing-7"`, nil},
		"SomebodysWorkflow": {"workflow_id = 'onboard-7'", store.PausedCanary, 5, "workflow_id onboard-7 is not yours", canaryNoWorkflow},
	} {
		t.Run(name, func(t *testing.T) {
			canaryDatabases(t, func(t *testing.T, dsn string, workers []string) {
				f := openFleet(t, dsn, sandbox.Options{Balance: -1})
				creates := make(chan struct{}, 10_000)
				answers := http.Handler(f.api)
				if c.answers != nil {
					answers = c.answers(f)
				}
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost {
						creates <- struct{}{}
					}
					answers.ServeHTTP(w, r)
				}))
				t.Cleanup(server.Close)
				f.url = server.URL
				batch := f.canaryBatch(t, storetest.Rows(5000, 500))
				f.canaryReads(t, c.set)
				for _, name := range workers {
					f.start(t, name, nil)
				}
				counts := f.canaryUntil(t, batch, "its pause", func(b store.Batch, c store.Counts) bool {
					return b.State == store.BatchPaused && c[store.Sending] == 0
				})
				b, err := f.st.Batch(context.Background(), batch)
				if err != nil || b.PauseReason != c.reason || !strings.Contains(b.PauseDetail, c.words) {
					t.Errorf("paused for %q: %q, %v", b.PauseReason, b.PauseDetail, err)
				}
				if counts[store.Failed] != c.refused || counts[store.Queued] != storetest.Rows(5000, 500)-c.refused {
					t.Errorf("counts = %v", counts)
				}
				if n := len(creates); n > 5 {
					t.Errorf("%d requests, want 5 at most", n)
				}
			})
		})
	}
}

// TestCanaryInDoubt: the others wait until it is found out what became of the first people,
// whose answers were lost.
func TestCanaryInDoubt(t *testing.T) {
	canaryDatabases(t, func(t *testing.T, dsn string, workers []string) {
		f := openFleet(t, dsn, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 1}})
		batch := f.canaryBatch(t, 60)
		for _, name := range workers {
			f.start(t, name, nil)
		}
		f.canaryUntil(t, batch, "the doubt", func(b store.Batch, c store.Counts) bool { return len(f.api.Sessions()) > 0 })
		f.api.SetFaults(sandbox.Faults{})
		if counts := f.canaryUntil(t, batch, "its end", canaryOver); counts[store.Invited] != 60 {
			t.Errorf("counts = %v", counts)
		}
		f.canaryFirst(t, batch, 60)
		if n := f.once(t); n != 60 {
			t.Errorf("%d sessions, want 60", n)
		}
	})
}

func canaryOver(b store.Batch, _ store.Counts) bool { return b.State == store.BatchFinished }

// TestCanaryFrozen: a worker that is frozen as it sends to the first people is followed by
// another one, and sends to nobody when it thaws.
func TestCanaryFrozen(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresMigrated(t, migrateAt)
	f := openFleet(t, dsn, sandbox.Options{Balance: -1})
	batch := f.canaryBatch(t, 40)
	if err := f.st.SetReportPath(context.Background(), batch, t.TempDir()+"/report"); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	frozen := exec.Command(os.Args[0], "-test.run=^$")
	frozen.Env = append(os.Environ(), crashEnv+"="+freezeInCanary, crashDSN+"="+dsn, crashURL+"="+f.url)
	frozen.Stdout, frozen.Stderr = &said, &said
	if err := frozen.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = frozen.Process.Kill() })
	f.canaryUntil(t, batch, "its claim", func(_ store.Batch, c store.Counts) bool { return c[store.Sending] > 0 })
	f.start(t, "canary-2", func(c *jobs.Config) {
		c.Finished = func(context.Context, store.Batch) error { return nil }
	})
	if counts := f.canaryUntil(t, batch, "its end", canaryOver); counts[store.Invited] != 40 {
		t.Errorf("counts = %v", counts)
	}
	if err := frozen.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := frozen.Wait(); err != nil && !errors.As(err, &ended) {
		t.Fatalf("the frozen one: %v\n%s", err, said.String())
	}
	f.canaryFirst(t, batch, 40)
	if n := f.once(t); n != 40 {
		t.Errorf("%d sessions, want 40", n)
	}
}
