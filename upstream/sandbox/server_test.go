package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a server's clock that only moves when told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// call sends a request with a key and JSON as the content type.
func call(s *Server, method, target, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("x-api-key", "k")
	r.Header.Set("Content-Type", "application/json")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// person is a valid body with some fields changed; nil removes one.
func person(changes map[string]any) string {
	m := map[string]any{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "phone": "+15192223333"}
	for name, v := range changes {
		if v == nil {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func create(s *Server, changes map[string]any) *httptest.ResponseRecorder {
	return call(s, "POST", "/v1/sessions", person(changes))
}

func decode(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return m
}

func TestCreateAnswer(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := New(Options{Balance: -1, PublicURL: "https://box.test/", Now: at.Now})
	w := create(s, map[string]any{"external_id": "r1", "redirect_url": "https://e.com/x?a=1&b=ü"})
	got := decode(t, w)
	id, _ := got["id"].(string)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id %q is no UUID", id)
	}
	want := map[string]any{
		"id": id, "externalId": "r1",
		"session_url": "https://box.test/s/" + id + "?redirect_url=https%3A%2F%2Fe.com%2Fx%3Fa%3D1%26b%3D%C3%BC",
		"links":       got["links"],
	}
	if diff := cmp.Diff(want, got); diff != "" || w.Code != 200 {
		t.Errorf("answer %d (-want +got):\n%s", w.Code, diff)
	}
	if links, _ := got["links"].([]any); len(links) == 0 {
		t.Errorf("links %v, want an array", got["links"])
	}
	kept := []Session{{
		ID: id, URL: want["session_url"].(string), Status: "PENDING", FirstName: "Ada", LastName: "Lovelace",
		Email: "ada@example.com", Phone: "+15192223333", ExternalID: "r1", RedirectURL: "https://e.com/x?a=1&b=ü",
		SendEmailInvite: true, SendPhoneInvite: true, CreatedAt: at.Now(), UpdatedAt: at.Now(),
	}}
	if diff := cmp.Diff(kept, s.Sessions()); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if got := decode(t, create(s, nil)); got["externalId"] != nil || strings.Contains(got["session_url"].(string), "?") {
		t.Errorf("without reference and redirect: %v", got)
	}
}

func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := New(Options{APIKey: "k", Rate: 0.001, Burst: 4})
	noKey := func(r *http.Request) { r.Header.Del("x-api-key") }
	wrong := func(r *http.Request) { r.Header.Set("x-api-key", "wrong") }
	huge := strings.Repeat("x", maxBody+1)
	for _, tt := range []struct {
		name   string
		body   string
		change func(*http.Request)
		want   int
	}{
		{"no key before size", huge, noKey, 401},
		{"wrong key before size", huge, wrong, 401},
		{"size before rate", huge, nil, 413},
		{"body before workflow", person(map[string]any{"phone": nil, "workflow_id": "missing"}), nil, 400},
		{"workflow before balance", person(map[string]any{"workflow_id": "missing"}), nil, 404},
		{"balance", person(nil), nil, 402},
		{"the last of the burst", "", nil, 400},
		{"rate before body", "", nil, 429},
		{"key before rate", person(nil), noKey, 401},
	} {
		change := tt.change
		if change == nil {
			change = func(*http.Request) {}
		}
		if w := call(s, "POST", "/v1/sessions", tt.body, change); w.Code != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, w.Code, w.Body, tt.want)
		}
	}
	want := Counts{"POST /v1/sessions": {401: 3, 413: 1, 400: 2, 404: 1, 402: 1, 429: 1}}
	if diff := cmp.Diff(want, s.Requests()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := s.Requests(); got.Of("POST /v1/sessions", 401) != 3 || got.Total("POST /v1/sessions") != 9 {
		t.Errorf("sums of %v", got)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	if w := create(s, nil); w.Code != 200 {
		t.Errorf("any key: %d", w.Code)
	}
	s.SetKey("other")
	if w := create(s, nil); w.Code != 401 {
		t.Errorf("changed key: %d", w.Code)
	}
	s.SetKey("k")
	if w := call(s, "GET", "/v1/nothing", ""); w.Code != 404 {
		t.Errorf("unknown route: %d", w.Code)
	}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: 1})
	var got []int
	for range 2 {
		got = append(got, create(s, nil).Code)
	}
	w := create(s, nil)
	if w.Body.String() != "Insufficient funds or subscription." || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("402 is %q of %s", w.Body, w.Header().Get("Content-Type"))
	}
	s.TopUp(1)
	got = append(got, create(s, nil).Code, create(s, nil).Code)
	s.SetBalance(-1)
	s.TopUp(5)
	got = append(got, create(s, nil).Code, s.Balance())
	if diff := cmp.Diff([]int{200, 402, 200, 402, 200, -1}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := New(Options{Balance: -1, Rate: 0.5, Burst: 2, Now: at.Now})
	for i, want := range []int{404, 200, 429} {
		target := []string{"/v1/sessions/none", "/v1/sessions", "/v1/sessions"}[i]
		if w := call(s, "GET", target, ""); w.Code != want {
			t.Errorf("request %d: %d, want %d", i, w.Code, want)
		}
	}
	if after := call(s, "GET", "/v1/sessions", "").Header().Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After %q, want 2", after)
	}
	at.advance(1999 * time.Millisecond)
	if w := create(s, nil); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("too early: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	at.advance(time.Millisecond)
	if w := create(s, nil); w.Code != 200 {
		t.Errorf("after the wait: %d", w.Code)
	}
	s.SetRate(0, 0)
	for range 50 {
		if w := create(s, nil); w.Code != 200 {
			t.Fatalf("without limit: %d", w.Code)
		}
	}
}

func TestDailyLimit(t *testing.T) {
	t.Parallel()
	at := newClock() // an hour before midnight
	s := New(Options{Balance: -1, Daily: 2, Now: at.Now})
	create(s, nil)
	create(s, nil)
	if w := create(s, nil); w.Code != 429 || w.Header().Get("Retry-After") != "3600" {
		t.Errorf("third: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	at.advance(time.Hour)
	if w := create(s, nil); w.Code != 200 {
		t.Errorf("next day: %d", w.Code)
	}
	quiet := New(Options{Balance: -1, Daily: 1, OmitRetryAfter: true})
	create(quiet, nil)
	if w := create(quiet, nil); w.Code != 429 || w.Header().Get("Retry-After") != "" {
		t.Errorf("omitted: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestDateIsTheServersClock(t *testing.T) {
	t.Parallel()
	s := New(Options{Now: newClock().Now})
	if got := call(s, "GET", "/v1/sessions", "").Header().Get("Date"); got != "Sun, 01 Mar 2026 23:00:00 GMT" {
		t.Errorf("Date %q", got)
	}
}

func TestConcurrentCreates(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: 50})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 10 {
				create(s, nil)
			}
		})
	}
	callers.Wait()
	if n, b := len(s.Sessions()), s.Balance(); n != 50 || b != 0 {
		t.Errorf("%d sessions and %d tokens left, want 50 and 0", n, b)
	}
}

// TestOverHTTP covers what needs a connection: cuts, and the default address.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	s := New(Options{Balance: -1})
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	post := func() (*http.Response, error) {
		req, err := http.NewRequest("POST", srv.URL+"/v1/sessions", bytes.NewBufferString(person(nil)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-api-key", "k")
		req.Header.Set("Content-Type", "application/json")
		return srv.Client().Do(req)
	}
	resp, err := post()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		URL string `json:"session_url"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || !strings.HasPrefix(answer.URL, srv.URL+"/s/") {
		t.Errorf("session URL %q, want one under %s", answer.URL, srv.URL)
	}
	for _, f := range []Faults{{CutBefore: 1}, {Cut: 1}} {
		s.SetFaults(f)
		if _, err := post(); err == nil {
			t.Errorf("%+v: got an answer", f)
		}
	}
	if n := len(s.Sessions()); n != 2 {
		t.Errorf("%d sessions, want 2: the first and that of Cut", n)
	}
	if n := s.Requests().Of("POST /v1/sessions", Cut); n != 2 {
		t.Errorf("%d cuts counted, want 2", n)
	}
	page, err := srv.Client().Get(answer.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if html, _ := io.ReadAll(page.Body); !bytes.Contains(html, []byte("This is a sandbox session")) {
		t.Errorf("page %s", html)
	}
}

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
