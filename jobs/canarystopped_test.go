package jobs_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"usher/store"
	"usher/upstream/sandbox"
)

// TestCanaryKilled: a worker that is killed as it sends to the first people is followed by
// another, and the others wait for that.
func TestCanaryKilled(t *testing.T) {
	t.Parallel()
	for _, step := range []string{dieBeforeSend, dieAfterSend} {
		for name, dsn := range databases(t) {
			t.Run(name+"/"+strings.ReplaceAll(step, ", ", " "), func(t *testing.T) {
				t.Parallel()
				at := dsn(t)
				f := openFleet(t, at, sandbox.Options{Balance: -1})
				batch := f.canaryBatch(t, 40)
				if err := f.st.SetReportPath(context.Background(), batch, t.TempDir()+"/report"); err != nil {
					t.Fatal(err)
				}
				if out, err := runChild(at, f.url, step); err == nil || !strings.Contains(err.Error(), "killed") {
					t.Fatalf("the child did not die: %v\n%s", err, out)
				}
				if n := len(f.api.Sessions()); n > 5 {
					t.Errorf("%d people were sent to before the first were invited", n)
				}
				if out, err := runChild(at, f.url, "none"); err != nil {
					t.Fatalf("the second child: %v\n%s", err, out)
				}
				f.canaryAll(t, batch, 40)
			})
		}
	}
}

// canaryAll fails the test unless n people of a batch are invited, each once, the first of
// them before the others.
func (f *fleet) canaryAll(t *testing.T, batch int64, n int) {
	t.Helper()
	if counts := f.canaryUntil(t, batch, "its end", canaryOver); counts[store.Invited] != n {
		t.Errorf("counts = %v", counts)
	}
	f.once(t)
	f.canaryFirst(t, batch, n)
}

// TestCanaryHeldUp: what the API answers to everybody, and what passes, is nobody's
// refusal: the first people are late, and the batch goes on.
func TestCanaryHeldUp(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"429": 429, "401": 401, "402": 402, "503": 503} {
		t.Run(name, func(t *testing.T) {
			canaryDatabases(t, func(t *testing.T, dsn string, workers []string) {
				f := openFleet(t, dsn, sandbox.Options{Balance: -1})
				var asked atomic.Int32
				f.behind(t, func(api http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodPost && asked.Add(1) <= 3 {
							w.WriteHeader(status)
							return
						}
						api.ServeHTTP(w, r)
					})
				})
				batch := f.canaryBatch(t, 30)
				for _, name := range workers {
					f.start(t, name, nil)
				}
				f.canaryAll(t, batch, 30)
				acts, err := f.st.Acts(context.Background(), store.ActFilter{Batch: batch, Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range acts {
					if a.What == store.ActPause {
						t.Errorf("it paused itself: %+v", a)
					}
				}
			})
		})
	}
}

// TestCanaryInterrupted: a worker that is stopped as it sends to the first people ends
// with them, and the next one lets the others go.
func TestCanaryInterrupted(t *testing.T) {
	canaryDatabases(t, func(t *testing.T, dsn string, _ []string) {
		f := openFleet(t, dsn, sandbox.Options{Balance: -1})
		asked, answer := make(chan struct{}, 100), make(chan struct{})
		f.behind(t, func(api http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					body, _ := io.ReadAll(r.Body)
					r.Body = io.NopCloser(strings.NewReader(string(body)))
					asked <- struct{}{}
					<-answer
				}
				api.ServeHTTP(w, r)
			})
		})
		batch := f.canaryBatch(t, 30)
		s := f.begin(t, "canary-1", nil)
		<-asked
		stopped := make(chan error, 1)
		go func() { stopped <- s.Stop(context.Background()) }()
		close(answer)
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if counts, err := f.st.Counts(context.Background(), batch); err != nil || counts[store.Failed] != 0 || counts[store.Sending] != 0 {
			t.Errorf("it was stopped with %v, %v", counts, err)
		}
		f.start(t, "canary-2", nil)
		f.canaryAll(t, batch, 30)
	})
}

// TestCanaryOfTwo: each of two batches has first people of its own, and a refused one holds
// up its own batch alone.
func TestCanaryOfTwo(t *testing.T) {
	canaryDatabases(t, func(t *testing.T, dsn string, workers []string) {
		f := openFleet(t, dsn, sandbox.Options{Balance: -1})
		wrong := f.canaryBatch(t, 30)
		f.canaryReads(t, "phone = first_name, first_name = phone")
		right := f.canaryBatch(t, 30)
		for _, name := range workers {
			f.start(t, name, nil)
		}
		f.canaryAll(t, right, 30)
		counts := f.canaryUntil(t, wrong, "its pause", func(b store.Batch, _ store.Counts) bool { return b.PauseReason == store.PausedCanary })
		if counts[store.Failed] != 5 || counts[store.Queued] != 25 {
			t.Errorf("the wrong one: %v", counts)
		}
	})
}

// TestCanaryRetriedAndResumed: a batch that is resumed and retried at one moment goes on
// with all of its people, in whatever order it is done.
func TestCanaryRetriedAndResumed(t *testing.T) {
	canaryDatabases(t, func(t *testing.T, dsn string, workers []string) {
		f := openFleet(t, dsn, sandbox.Options{Balance: -1})
		batch := f.canaryBatch(t, 30)
		f.canaryReads(t, "phone = first_name, first_name = phone")
		for _, name := range workers {
			f.start(t, name, nil)
		}
		f.canaryUntil(t, batch, "its pause", func(b store.Batch, c store.Counts) bool {
			return b.PauseReason == store.PausedCanary && c[store.Sending] == 0
		})
		f.canaryReads(t, "phone = first_name, first_name = phone") // the list is right after all
		var both sync.WaitGroup
		ctx, by := context.Background(), store.Actor{Name: "ann", Way: store.WayPage}
		both.Go(func() {
			if _, err := f.control.Retry(ctx, by, batch, nil); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() { _ = f.control.Resume(ctx, by, batch) }) // it may be going on already
		both.Wait()
		if counts := f.canaryUntil(t, batch, "its end", canaryOver); counts[store.Invited] != 30 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 30 {
			t.Errorf("%d sessions, want 30", n)
		}
	})
}
