package batch_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"usher/batch"
	"usher/store"
	"usher/upstream/sandbox"
)

// routes are what the API calls what is asked for.
var routes = map[string]string{"create": "POST /v1/sessions", "list": "GET /v1/sessions", "session": "GET /v1/sessions/{id}", "workflow": "GET /v1/workflows/{id}"}

// What was counted is what the API's own log has, by request and by answer, and as
// many people were invited as it has sessions.
func TestTrafficIsWhatTheServerSaw(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.api = sandbox.New(sandbox.Options{Balance: 40, Rate: 200, Burst: 20, Faults: sandbox.Faults{Before5xx: 0.05, After5xx: 0.05, Seed: 3}})
		server := httptest.NewServer(h.api)
		h.Cleanup(server.Close)
		h.url = server.URL
		h.settings = map[string]string{"lookup.after": "100ms", "lookup.again": "200ms", "gate.probe_first": "200ms", "gate.probe_max": "300ms"}
		s := h.process()
		u := h.checked(s, h.receive(s, crowd(120)).ID)
		_, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 120})
		h.must(err)
		stop := h.work(s)
		u = h.imported(s, u.ID)
		h.until("the tokens have run out", func() bool { g, err := s.Gate(h.Context()); return err == nil && g.Reason == batch.GatePaymentRequired })
		h.api.TopUp(1000)
		h.finished(s, u.Batch, 120)
		stop()
		s.Close() // what is left is counted

		next := h.process()
		saw := h.api.Requests()
		story, err := next.GateStory(h.Context())
		h.must(err)
		var sum batch.Minute
		for _, m := range story.Minutes {
			sum.Sent, sum.Invited, sum.Limited, sum.Refused = sum.Sent+m.Sent, sum.Invited+m.Invited, sum.Limited+m.Limited, sum.Refused+m.Refused
		}
		limited := 0
		for _, by := range saw {
			limited += by[429]
		}
		if create := routes["create"]; sum.Sent != saw.Total(create) || sum.Limited != limited || sum.Refused != saw.Of(create, 402) || sum.Invited != 120 {
			h.Errorf("the hour has %+v, the API saw %v", sum, saw)
		}
		figures := h.figures(next)
		for request, route := range routes {
			for status, n := range saw[route] {
				if got := figures[`usher_requests_total{answer="`+strconv.Itoa(status)+`",request="`+request+`"}`]; got != float64(n) {
					h.Errorf("%s %d: counted %v, the API saw %d", route, status, got, n)
				}
			}
		}
		for name, want := range map[string]float64{
			"usher_invited_total": 120, `usher_people{state="invited"}`: 120, "usher_queue_people": 0, "usher_gate_open": 1, "usher_database_up": 1,
			`usher_batches{state="finished"}`: 1, "usher_lookups_waiting": 0, "usher_pace_rate_configured": 1000,
		} {
			if figures[name] != want {
				h.Errorf("%s is %v, want %v", name, figures[name], want)
			}
		}
		events := story.Events
		closed, opened := 0, 0
		for _, e := range events {
			switch {
			case e.Reason == store.GatePaymentRequired:
				closed++
			case e.Open:
				opened++
			}
		}
		if closed < 1 || opened < 1 || !events[0].Open && events[0].Words == "" {
			h.Errorf("the gate was closed %d times for want of tokens and opened %d times: %+v", closed, opened, events)
		}
	})
}

// The names and texts of the figures are as Prometheus wants them.
func TestMetricsAreWellNamed(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	all, err := s.Metrics()
	h.must(err)
	problems, err := testutil.GatherAndLint(all)
	if err != nil || len(problems) != 0 {
		h.Errorf("%v, %v", problems, err)
	}
}

// figures are those that are not histograms, by name and labels.
func (h *house) figures(s *batch.Service) map[string]float64 {
	h.Helper()
	all, err := s.Metrics()
	h.must(err)
	families, err := all.Gather()
	h.must(err)
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			labels := ""
			for _, l := range m.Label {
				labels += "," + l.GetName() + `="` + l.GetValue() + `"`
			}
			if labels != "" {
				name += "{" + labels[1:] + "}"
			}
			switch {
			case m.Gauge != nil:
				out[name] = m.Gauge.GetValue()
			case m.Counter != nil:
				out[name] = m.Counter.GetValue()
			}
		}
	}
	return out
}

// The dashboard asks for figures that there are.
func TestDashboardAsksForFigures(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	h := sqliteHouse(t)
	u := h.checked(h.process(), h.receive(h.process(), crowd(1)).ID)
	s := h.process()
	_, err = s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 1})
	h.must(err)
	stop := h.work(s)
	h.finished(s, h.imported(s, u.ID).Batch, 1)
	stop()
	all, err := s.Metrics()
	h.must(err)
	families, err := all.Gather()
	h.must(err)
	there := map[string]bool{}
	for _, f := range families {
		there[f.GetName()] = true
	}
	asked := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`usher_\w+`).FindAllString(target.Expr, -1) {
				if asked++; !there[strings.TrimSuffix(name, "_bucket")] {
					t.Errorf("%s asks for %s, which is not there", p.Title, name)
				}
			}
		}
	}
	for name := range there {
		if strings.HasPrefix(name, "usher_") && !strings.Contains(string(text), name) {
			t.Errorf("%s is on no panel", name)
		}
	}
	if asked < 10 {
		t.Errorf("the dashboard asks for %d figures only", asked)
	}
}
