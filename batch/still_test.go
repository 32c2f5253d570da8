package batch

import (
	"strings"
	"testing"
	"time"

	"usher/store"
)

// TestStill: each thing that keeps a batch from going on is told, with what to do.
func TestStill(t *testing.T) {
	t.Parallel()
	b := Batch{ID: 7, State: Running, Counts: Counts{Queued: 3}}
	over, paused := b, b
	over.Counts = Counts{Invited: 3}
	paused.State, paused.PauseReason = Paused, "by_person"
	silent := b
	silent.Quiet = &Quiet{Now: true}
	many := []store.Batch{{ID: 1}, {ID: 2}}
	for name, c := range map[string]struct {
		of          Batch
		in          stillWords
		words, hint string // parts; empty for none
	}{
		"goes on":            {b, stillWords{workers: 1, serving: serving{0}}, "", ""},
		"its own run":        {b, stillWords{workers: 1, serving: serving{7}}, "", ""},
		"all settled":        {over, stillWords{}, "", ""},
		"paused":             {paused, stillWords{}, "", "'usher acts 7' says who"},
		"nobody":             {b, stillWords{}, "Nobody is working", ""},
		"quiet":              {silent, stillWords{workers: 1, serving: serving{0}}, "", "it goes on by itself"},
		"quiet, nobody":      {silent, stillWords{}, "Nobody is working", ""},
		"at another batch":   {b, stillWords{workers: 1, serving: serving{8}}, "at something else alone", "usher work"},
		"another API":        {b, stillWords{api: "http://old", set: "http://new", workers: 1}, "for the API at http://old, and these settings name http://new", "usher cancel 7"},
		"another API, alive": {b, stillWords{api: "http://old", set: "http://new", workers: 1, serving: serving{0}}, "", ""},
		"behind others":      {b, stillWords{workers: 1, serving: serving{0}, inTurn: many, running: 9}, "2 of the 9 batches", ""},
	} {
		words, hint := c.in.of(c.of)
		for got, want := range map[string]string{words: c.words, hint: c.hint} {
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// TestGateTold: who waits is told once that the gate is closed, for what, since when and
// what to do, and that it is open again; not every few seconds.
func TestGateTold(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 21, 4, 5, 0, time.Local)
	shut := Gate{Reason: store.GatePaymentRequired, ClosedAt: &at}
	var told gateTold
	var said []string
	for _, g := range []Gate{{Open: true}, shut, shut, {Open: true}, {Open: true}, shut, {Reason: store.GateByPerson}, {Open: true}} {
		told.tell(g, func(e Event) { said = append(said, EventWords(e)) })
	}
	want := []string{
		"nobody is invited since 21:04:05: the tokens have run out (402); top up the tokens; 'usher gate open' then goes on at once",
		"the gate is open again",
		"nobody is invited at present: closed by a person; 'usher gate open' goes on at once; 'usher acts' says who closed it",
		"the gate is open again",
	}
	if got := strings.Join(said, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("told:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// TestSlowPace: a slow pace is told as the time between requests, and not as none.
func TestSlowPace(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]string{
		0.0279: "a request every 35 s, learned of the API's limit",
		0.01:   "a request every 1 min 40 s, learned of the API's limit",
		0.5:    "0.5 requests/s, learned of the API's limit",
		25:     "25 requests/s",
	} {
		if got := (Pace{Rate: rate, Configured: 25}).Words(); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
}
