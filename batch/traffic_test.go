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

// What was counted is what the API's own log has, minute by minute, by request and by
// answer, and as many people were invited as it has sessions. The API answers 429,
// 402, 401 and 503 by turns: after 429 the limit goes; after 402 it is topped up and the gate opens by itself;
// after 401 a person closes the gate until there is a key that is right.
func TestTrafficIsWhatTheServerSaw(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.api = sandbox.New(sandbox.Options{Balance: 40, Rate: 0.01, Burst: 20, OmitRetryAfter: true, Faults: sandbox.Faults{Before5xx: 0.05, After5xx: 0.05, Seed: 3}})
		log := &trafficLog{Handler: h.api}
		server := httptest.NewServer(log)
		h.Cleanup(server.Close)
		h.url = server.URL
		h.settings = map[string]string{"lookup.after": "100ms", "lookup.again": "200ms", "gate.probe_first": "200ms", "gate.probe_max": "300ms"}
		s := h.process()
		u := h.checked(s, h.receive(s, crowd(120)).ID)
		_, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 120})
		h.must(err)
		stop := h.work(s)
		u = h.imported(s, u.ID)
		closedFor := func(reason string) func() bool {
			return func() bool { g, err := s.Gate(h.Context()); return err == nil && g.Reason == reason }
		}
		h.until("the rate is limited", func() bool { return h.api.Requests().Of(routes["create"], 429) > 0 })
		h.api.SetRate(0, 0)
		h.until("the tokens have run out", closedFor(batch.GatePaymentRequired))
		h.api.TopUp(40)
		h.until("more than those tokens are used", func() bool { return len(h.api.Sessions()) > 40 })
		h.api.SetKey("another")
		h.until("the key is refused", closedFor(store.GateUnauthorized))
		h.until("it is refused to a probe", func() bool { return h.api.Requests().Of(routes["create"], 401) > 0 })
		operator := batch.Actor{Name: "olga", Role: "operator", Way: batch.WayPage}
		h.must(s.CloseGate(h.Context(), operator, "the key is replaced"))
		h.api.SetKey("key")
		h.api.TopUp(1000)
		opened, err := s.OpenGate(h.Context(), operator)
		if err != nil || !opened {
			h.Fatalf("the operator opened the gate: %t, %v", opened, err)
		}
		h.finished(s, u.Batch, 120)
		stop()
		s.Close() // what is left is counted

		next := h.process()
		saw := h.api.Requests()
		story, err := next.GateStory(h.Context())
		h.must(err)
		log.sameAsTold(h, story.Minutes)
		people := 0
		for _, m := range story.Minutes {
			people += m.Invited
		}
		if people != 120 || saw.Of(routes["create"], 401) == 0 || saw.Of(routes["create"], 402) == 0 {
			h.Errorf("%d people were invited, the API saw %v", people, saw)
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
			`usher_pace_rate_source{source="configured"}`: 0, `usher_pace_rate_source{source="learned"}`: 1,
		} {
			if figures[name] != want {
				h.Errorf("%s is %v, want %v", name, figures[name], want)
			}
		}
		closed, opens := map[string]int{}, 0
		for _, e := range story.Events {
			if closed[e.Reason]++; e.Open {
				opens++
			}
			if e.Words == "" {
				h.Errorf("nothing is said of %+v", e)
			}
		}
		if closed[store.GatePaymentRequired] == 0 || closed[store.GateUnauthorized] == 0 || closed[store.GateByPerson] != 1 || opens < 2 {
			h.Errorf("the gate was closed for %v, and opened %d times: %+v", closed, opens, story.Events)
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
