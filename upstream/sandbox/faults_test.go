package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaultAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults Faults
		status int
		made   int
		text   string
	}{
		{"before", Faults{Before5xx: 1}, 503, 0, "unavailable"},
		{"after", Faults{After5xx: 1}, 500, 1, "internal error"},
		{"garbage", Faults{Garbage: 1}, 200, 1, "<html>"},
		{"no URL", Faults{NoURL: 1}, 200, 1, `"links"`},
	} {
		s := New(Options{Balance: 5, Faults: tt.faults})
		w := create(s, nil)
		if w.Code != tt.status || len(s.Sessions()) != tt.made || !strings.Contains(w.Body.String(), tt.text) {
			t.Errorf("%s: %d %s, %d made", tt.name, w.Code, w.Body, len(s.Sessions()))
		}
		if s.Balance() != 5-tt.made {
			t.Errorf("%s: balance %d after %d sessions", tt.name, s.Balance(), tt.made)
		}
		if strings.Contains(w.Body.String(), "session_url") {
			t.Errorf("%s: told the URL: %s", tt.name, w.Body)
		}
		if w := create(s, map[string]any{"phone": nil}); w.Code != 400 {
			t.Errorf("%s: hit an invalid request: %d", tt.name, w.Code)
		}
	}
}

// statuses of many creates, with 0 for a cut.
func statuses(s *Server, n int) (out []int) {
	for range n {
		out = append(out, func() (status int) {
			defer func() {
				if p := recover(); p != nil && p != http.ErrAbortHandler {
					panic(p)
				}
			}()
			return create(s, nil).Code
		}())
	}
	return out
}

func TestFaultsFollowTheirSeed(t *testing.T) {
	t.Parallel()
	f := Faults{Before5xx: 0.1, After5xx: 0.2, Cut: 0.1, CutBefore: 0.2, Seed: 7}
	s := New(Options{Balance: -1, Faults: f})
	first := statuses(s, 1000)
	s.SetFaults(f)
	if diff := cmp.Diff(first, statuses(s, 1000)); diff != "" {
		t.Errorf("the same seed gave (-first +second):\n%s", diff)
	}
	f.Seed = 8
	s.SetFaults(f)
	if cmp.Equal(first, statuses(s, 1000)) {
		t.Error("another seed gave the same faults")
	}
	counts := map[int]int{}
	for _, status := range first {
		counts[status]++
	}
	for status, want := range map[int]int{503: 100, 500: 200, 0: 300, 200: 400} {
		if got := counts[status]; got < want-60 || got > want+60 {
			t.Errorf("%d times %d, want about %d", got, status, want)
		}
	}
}

func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Balance: -1, Faults: Faults{Slow: 1, SlowFor: time.Minute}, Latency: time.Second})
		start := time.Now()
		if w := create(s, nil); w.Code != 200 || time.Since(start) != 61*time.Second {
			t.Errorf("%d after %v, want 200 after 61s", w.Code, time.Since(start))
		}

		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		start = time.Now()
		r := httptest.NewRequestWithContext(ctx, "POST", "/v1/sessions", strings.NewReader(person(nil)))
		r.Header.Set("x-api-key", "k")
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(httptest.NewRecorder(), r)
		if waited := time.Since(start); waited != 5*time.Second || len(s.Sessions()) != 2 {
			t.Errorf("client that leaves: %v, %d sessions, want 5s and 2", waited, len(s.Sessions()))
		}
	})
}

func TestLatencyJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Balance: -1, Latency: time.Second, LatencyJitter: time.Second})
		for range 20 {
			start := time.Now()
			create(s, nil)
			if took := time.Since(start); took < time.Second || took > 2*time.Second {
				t.Errorf("took %v, want 1s to 2s", took)
			}
		}
	})
}

func TestFaultsJSON(t *testing.T) {
	t.Parallel()
	want := Faults{Cut: 0.25, Slow: 0.5, Seed: 9, SlowFor: 1500 * time.Millisecond}
	b, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(b), `"slow_for":"1.5s"`) {
		t.Fatalf("%s, %v", b, err)
	}
	var got Faults
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("there and back (-want +got):\n%s", diff)
	}
}

func TestFaultsValidate(t *testing.T) {
	t.Parallel()
	if err := (Faults{Cut: 0.5, Slow: 0.5}).Validate(); err != nil {
		t.Errorf("together 1: %v", err)
	}
	for _, f := range []Faults{{Cut: -0.1}, {NoURL: 1.1}, {Cut: 0.6, Garbage: 0.6}, {SlowFor: -1}} {
		if f.Validate() == nil {
			t.Errorf("%+v is accepted", f)
		}
	}
}
