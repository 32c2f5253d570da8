package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/batch"
)

// Figures are for this machine, where nothing stands before the pages, and for whoever
// shows the token.
func TestWhoMayMonitor(t *testing.T) {
	t.Parallel()
	const token, other = "Bearer 0123456789abcdef", "Bearer 0123456789abcdeF"
	for name, c := range map[string]struct {
		from, public, token string
		header              []string // name, value …
		may                 bool
	}{
		"this machine":                     {from: "127.0.0.1:4000", may: true},
		"this machine, IPv6":               {from: "[::1]:4000", may: true},
		"another machine":                  {from: "10.0.0.7:4000"},
		"passed on":                        {from: "127.0.0.1:4000", header: []string{"X-Forwarded-For", "10.0.0.7"}},
		"passed on, in the standard's way": {from: "127.0.0.1:4000", header: []string{"Forwarded", "for=10.0.0.7"}},
		"behind a proxy that says nothing": {from: "127.0.0.1:4000", public: "https://usher.example"},
		"says it is this machine":          {from: "10.0.0.7:4000", header: []string{"X-Forwarded-For", "127.0.0.1"}},
		"with the token":                   {from: "10.0.0.7:4000", token: token[7:], header: []string{"Authorization", token}, may: true},
		"with the token, by a proxy":       {from: "127.0.0.1:4000", public: "https://usher.example", token: token[7:], header: []string{"Authorization", token}, may: true},
		"with another token":               {from: "10.0.0.7:4000", token: token[7:], header: []string{"Authorization", other}},
		"here, with another token":         {from: "127.0.0.1:4000", token: token[7:], header: []string{"Authorization", other}},
		"with no token, where none is set": {from: "10.0.0.7:4000", header: []string{"Authorization", "Bearer "}},
		"the token in another form":        {from: "10.0.0.7:4000", token: token[7:], header: []string{"Authorization", "Basic " + token[7:]}},
	} {
		h := &Handler{o: Options{PublicURL: c.public, MetricsToken: c.token}}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = c.from
		for i := 0; i < len(c.header); i += 2 {
			r.Header.Set(c.header[i], c.header[i+1])
		}
		if got := h.mayMonitor(r); got != c.may {
			t.Errorf("%s: %v, want %v", name, got, c.may)
		}
	}
}

func TestMonitor(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.has(o.get("", "/metrics"), http.StatusOK, `usher_people{state="invited"} 2`, `usher_requests_total{answer="200",request="create"} 2`,
		`usher_requests_total{answer="400",request="create"} 1`, "usher_invited_total 2", "usher_gate_open 1", "usher_process_answer_seconds_bucket", "go_goroutines")
	o.hasNot(o.get("", "/metrics"), ofPeople...)
	o.has(o.get("", "/readyz"), http.StatusOK, "ready")
	o.has(o.post(olga, "/gate/close"), http.StatusSeeOther)
	o.has(o.get("", "/metrics"), http.StatusOK, "usher_gate_open 0", `usher_gate_closed{reason="by_person"} 1`, `usher_gate_closed{reason="rate_limited"} 0`)
}

// While the database is away the figures and the readiness say so, and both are good
// again by themselves.
func TestReadyWithoutDatabase(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	o.exec("ALTER TABLE leases RENAME TO away")
	o.exec("ALTER TABLE counts RENAME TO counts_away")
	o.until("it is not ready", func() bool { return o.get("", "/readyz").StatusCode == http.StatusServiceUnavailable })
	o.has(o.get("", "/metrics"), http.StatusOK, "usher_database_up 0", "go_goroutines")
	o.has(o.get("", "/healthz"), http.StatusOK, "ok")
	o.exec("ALTER TABLE away RENAME TO leases")
	o.exec("ALTER TABLE counts_away RENAME TO counts")
	o.until("it is ready", func() bool { return o.get("", "/readyz").StatusCode == http.StatusOK })
	o.has(o.get("", "/metrics"), http.StatusOK, "usher_database_up 1")
}

// A worker without pages serves what programs watch it by, and no page.
func TestMonitorOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	h, err := New(o.svc, Options{MonitorOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/batches": 404, "/signin": 404, "/gate": 404} {
		if res, _ := get(t, server.URL+path); res.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, res.Status, want)
		}
	}
}

// The page of the gate has the same numbers as the figures, for those who see the
// drawing and for those who do not.
func TestGatePage(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.until("what was sent is counted", func() bool {
		return strings.Contains(o.get(vera, "/gate").text, "3 requests were sent, 2 people were invited")
	})
	o.has(o.get(vera, "/gate"), http.StatusOK, "Requests may be sent", "25 requests a second: as it is set", "of 10,000", "<svg", `<rect class="sent"`,
		`<td class="num">3</td><td class="num">2</td><td class="num">0</td>`, "It was never closed.")
	o.hasNot(o.get(vera, "/gate"), "Stop all sending", "Ada")
	a := o.leadsTo(olga, o.post(olga, "/gate/close", "from", "gate", "why", "we <wait>"), "/gate?done=gate-closed")
	o.has(a, http.StatusOK, "Sending was stopped by a person", "we &lt;wait&gt;", "Closed: closed by a person", "Let sending go on now")
	o.leadsTo(olga, o.post(olga, "/gate/open", "from", "gate"), "/gate?done=gate-open")
	o.has(o.get(olga, "/workers"), http.StatusOK, "Nobody works")
}

func TestChart(t *testing.T) {
	t.Parallel()
	for most, want := range map[float64]int{0: 10, 10: 10, 11: 20, 21: 50, 51: 100, 1500: 2000, 90_000: 100_000} {
		if got := roundUp(most); got != want {
			t.Errorf("up to %v: %d, want %d", most, got, want)
		}
	}
	c := chartOf([]batch.Minute{{Allowed: 10, Sent: 5, Invited: 4, Limited: 1}, {Allowed: 0}, {Allowed: 10}})
	if c.Top != 10 || len(c.Bars) != 3 || c.Bars[0] != (bar{"sent", "57.0", "88.0", "10.0", "80.0"}) ||
		c.Allowed != "56.0,8.0 68.0,8.0 68.0,168.0 80.0,168.0 80.0,8.0 92.0,8.0" || c.Newest()[0] != c.Minutes[2] {
		t.Errorf("%+v", c)
	}
	if c := chartOf([]batch.Minute{{Allowed: -1, Sent: 5}}); c.Allowed != "" || c.Minutes[0].AllowedWords() != "any number" {
		t.Errorf("without a limit: %+v", c)
	}
}
