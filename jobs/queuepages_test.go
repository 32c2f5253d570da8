package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"usher/jobs"
	"usher/store"
	"usher/upstream"
	"usher/upstream/sandbox"
)

// queuePages are the pages of a fleet's queue.
func queuePages(t *testing.T, f *fleet) *jobs.QueuePages {
	t.Helper()
	p, err := jobs.NewQueuePages(t.Context(), f.st, "/queue", zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func askQueue(p http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// everyJob is all that the pages tell: of each state, of each job by itself, and of
// the queues.
func everyJob(t *testing.T, p http.Handler) (all string, jobs int) {
	t.Helper()
	var text strings.Builder
	for _, path := range []string{"states", "queues", "features", "version", "autocomplete?facet=job_kind", "autocomplete?facet=queue_name"} {
		w := askQueue(p, "GET", "/queue/api/"+path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		text.WriteString(w.Body.String())
	}
	for _, state := range []string{"available", "cancelled", "completed", "discarded", "pending", "retryable", "running", "scheduled"} {
		var page struct {
			Data []struct{ ID int64 }
		}
		if err := json.Unmarshal(askQueue(p, "GET", "/queue/api/jobs?limit=1000&state="+state).Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, job := range page.Data {
			jobs++
			text.WriteString(askQueue(p, "GET", fmt.Sprintf("/queue/api/jobs/%d", job.ID)).Body.String())
		}
	}
	return text.String(), jobs
}

// TestQueuePagesNameNobody: whatever goes wrong with jobs, in River's table and on
// its pages there are keys and no person, no session, and no name of a file.
func TestQueuePagesNameNobody(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{After5xx: 0.2, Cut: 0.2, Garbage: 0.1, Seed: 3}}, func(t *testing.T, f *fleet) {
		const path = "/home/secret/zaphod.beeblebrox.results.csv"
		core, logged := observer.New(zap.DebugLevel)
		fails := map[int64]func() error{
			f.batch(t, 40): func() error { return &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission} },
			f.batch(t, 1):  func() error { panic("zaphod.beeblebrox broke") },
			f.batch(t, 1):  func() error { panic([]string{}[len(path)]) },
			f.batch(t, 1):  func() error { return fmt.Errorf("the report cannot go to %s", path) },
		}
		f.startLogged(t, core, func(c *jobs.Config) {
			c.Finished = func(_ context.Context, b store.Batch) error { return fails[b.ID]() }
			c.ImportUpload = func(context.Context, string) error { return errors.New("cannot read " + path) }
		})
		f.upload(t, "UPLOADKEY")
		for id := range fails {
			f.finished(t, id)
		}
		var all string
		f.until(t, func() bool {
			p := queuePages(t, f) // what others found stands for a while, which is long on a busy machine
			defer p.Close()
			all, _ = everyJob(t, p)
			for _, line := range logged.All() {
				all += fmt.Sprintln(line.Message, line.ContextMap())
			}
			return strings.Contains(all, "the job broke: string") && strings.Contains(all, "index out of range [42] with length 0") &&
				strings.Contains(all, "UPLOADKEY") && strings.Contains(all, "open: permission denied") && strings.Contains(all, "why is not told here")
		})
		if _, n := everyJob(t, queuePages(t, f)); n < 47 {
			t.Errorf("%d jobs on the pages", n)
		}
		for _, s := range f.api.Sessions() {
			if strings.Contains(all, s.ID) {
				t.Errorf("a session is there: %s", s.ID)
			}
		}
		for _, of := range []string{"zaphod", "beeblebrox", "/home", "results.csv", "@example.com", "+1519", "First", "x-1-", f.url} {
			if i := strings.Index(all, of); i >= 0 {
				t.Errorf("%q is there: …%s…", of, all[max(0, i-100):min(len(all), i+100)])
			}
		}
	})
}

// TestQueuePagesOnlyLook: nothing but GET and HEAD comes through, whatever it asks
// for, and what came through could change nothing.
func TestQueuePagesOnlyLook(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.batch(t, 3)
		p := queuePages(t, f)
		before, n := everyJob(t, p)
		if n != 3 {
			t.Fatalf("%d jobs, want 3", n)
		}
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", ""} {
			for _, path := range []string{"/queue/api/jobs/cancel", "/queue/api/queues/b1/pause", "/queue/", "/queue//api/jobs/delete", "/queue/%61pi/jobs/retry", "/"} {
				r := httptest.NewRequest("GET", path, strings.NewReader(`{"ids":["1","2","3"]}`))
				if r.Method = method; method == "" {
					r.Method = "HEAD "
				}
				r.Header.Set("X-HTTP-Method-Override", "POST")
				w := httptest.NewRecorder()
				p.ServeHTTP(w, r)
				if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
					t.Errorf("%s %s: %d", method, path, w.Code)
				}
			}
		}
		for _, path := range []string{"/queue/api/jobs/cancel", "/queue/api/queues/b1/pause?_method=PUT"} {
			if w := askQueue(p, "GET", path); w.Code == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
				t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
			}
		}
		if w := askQueue(p, "HEAD", "/queue/api/jobs?state=available"); w.Code != http.StatusOK {
			t.Errorf("HEAD: %d", w.Code)
		}
		if after, _ := everyJob(t, p); strings.Count(after, `"state":"available"`) != strings.Count(before, `"state":"available"`) {
			t.Errorf("something was changed:\n%s", after)
		}
	})
}

// startLogged sets a worker process to work whose log is kept.
func (f *fleet) startLogged(t testing.TB, core zapcore.Core, change func(*jobs.Config)) {
	t.Helper()
	api, err := upstream.New(upstream.Config{BaseURL: f.url, APIKey: "key", Concurrency: 32})
	if err != nil {
		t.Fatal(err)
	}
	cfg := jobs.Config{Worker: "logged", Account: f.account, Concurrency: 32, Timeout: 5 * time.Second, LookupAfter: 200 * time.Millisecond,
		LookupAgain: 400 * time.Millisecond, Resend: true, ProbeFirst: 300 * time.Millisecond, ProbeMost: time.Second, RetryAfterCap: time.Minute}
	change(&cfg)
	s, err := jobs.New(f.st, api, cfg, zap.New(core))
	if err == nil {
		err = s.Start(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}
