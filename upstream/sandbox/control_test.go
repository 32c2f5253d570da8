package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func noKey(r *http.Request) { r.Header.Del("x-api-key") }

func TestControlTopUp(t *testing.T) {
	t.Parallel()
	s := New(Options{APIKey: "secret"})
	w := call(s, "POST", "/sandbox/topup?tokens=12", "", noKey)
	if w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"balance":12}` || s.Balance() != 12 {
		t.Errorf("%d %s, balance %d", w.Code, w.Body, s.Balance())
	}
	for _, query := range []string{"", "?tokens=x", "?tokens=0", "?tokens=-3"} {
		if w := call(s, "POST", "/sandbox/topup"+query, "", noKey); w.Code != 400 {
			t.Errorf("%q: %d", query, w.Code)
		}
	}
	if w := call(s, "GET", "/sandbox/topup?tokens=5", "", noKey); w.Code != 405 || s.Balance() != 12 {
		t.Errorf("GET: %d, balance %d", w.Code, s.Balance())
	}
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	if w := call(s, "POST", "/sandbox/faults", `{"before_5xx":1,"slow_for":"2s"}`, noKey); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := create(s, nil); w.Code != 503 {
		t.Errorf("with the fault: %d, want 503", w.Code)
	}
	if got := decode(t, call(s, "GET", "/sandbox/faults", "", noKey)); got["before_5xx"] != 1.0 || got["slow_for"] != "2s" {
		t.Errorf("faults %v", got)
	}
	for _, body := range []string{"", "[]", `{"cut":2}`, `{"slow_for":"long"}`, `{"cut":0.9,"slow":0.9}`} {
		if w := call(s, "POST", "/sandbox/faults", body, noKey); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	call(s, "POST", "/sandbox/faults", `{}`, noKey)
	if w := create(s, nil); w.Code != 200 {
		t.Errorf("without faults: %d, want 200", w.Code)
	}
}

func TestControlSessionsAndStats(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: 3})
	create(s, map[string]any{"external_id": "r1"})
	create(s, map[string]any{"phone": nil})
	var sessions []Session
	if err := json.Unmarshal(call(s, "GET", "/sandbox/sessions", "", noKey).Body.Bytes(), &sessions); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Sessions(), sessions); diff != "" {
		t.Errorf("sessions (-kept +told):\n%s", diff)
	}
	var got stats
	if err := json.Unmarshal(call(s, "GET", "/sandbox/stats", "", noKey).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := stats{Sessions: 1, Balance: 2, Today: 2, Requests: Counts{"POST /v1/sessions": {200: 1, 400: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	if w := call(New(Options{}), "GET", "/sandbox/sessions", "", noKey); strings.TrimSpace(w.Body.String()) != "[]" {
		t.Errorf("no sessions: %s", w.Body)
	}
}

func TestSessionPage(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	id := decode(t, create(s, nil))["id"].(string)
	w := call(s, "GET", "/s/"+id+"?redirect_url=https%3A%2F%2Fe.com", "", noKey)
	if w.Code != 200 || !strings.Contains(w.Body.String(), "sandbox session") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "Ada") {
		t.Error("the page names the applicant")
	}
	if w := call(s, "GET", "/s/none", "", noKey); w.Code != 404 {
		t.Errorf("unknown: %d", w.Code)
	}
}

func TestEndOfSession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ end, status, reason string }{
		{"success", "SUBMITTED", ""}, {"failed", "FAILED", "document_unreadable"}, {"abandoned", "PENDING", "user_cancelled"},
	} {
		s := New(Options{Balance: -1})
		id := decode(t, create(s, map[string]any{"redirect_url": "https://e.com/done?mine=1"}))["id"].(string)
		w := call(s, "POST", "/s/"+id+"?end="+tt.end, "", noKey)
		want := url.Values{"mine": {"1"}, "session_id": {id}, "status": {tt.end}}
		if tt.reason != "" {
			want.Set("reason", tt.reason)
		}
		to := parseURL(t, w.Header().Get("Location"))
		if diff := cmp.Diff(want, to.Query()); diff != "" || w.Code != 303 || to.Host != "e.com" {
			t.Errorf("%s: %d to %s (-want +got):\n%s", tt.end, w.Code, to, diff)
		}
		if got := s.Sessions()[0].Status; got != tt.status {
			t.Errorf("%s: status %s, want %s", tt.end, got, tt.status)
		}
	}
	s := New(Options{Balance: -1})
	id := decode(t, create(s, nil))["id"].(string)
	if w := call(s, "POST", "/s/"+id+"?end=success", "", noKey); w.Header().Get("Location") != "/s/"+id {
		t.Errorf("without redirect: to %q", w.Header().Get("Location"))
	}
	for _, target := range []string{"/s/" + id + "?end=eaten", "/s/" + id, "/s/none?end=success"} {
		if w := call(s, "POST", target, "", noKey); w.Code != 404 {
			t.Errorf("%s: %d, want 404", target, w.Code)
		}
	}
}
