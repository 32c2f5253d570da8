package jobs

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/store"
	"usher/upstream"
)

// TestOutcomes goes through the table of outcomes row by row.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	type want struct {
		State   store.State
		Attempt string
		Counted bool
		Gate    string
		Pause   string
		Alive   bool
	}
	invited := want{store.Invited, store.OutcomeCreated, true, "", "", true}
	doubt := want{store.Sending, store.OutcomeInDoubt, true, "", "", false}
	notSent := want{store.Queued, store.OutcomeNotSent, false, "", "", false}
	unreachable := want{store.Queued, store.OutcomeNotSent, false, store.GateUnreachable, "", false}
	failed := want{store.Failed, store.OutcomeRefused, true, "", "", true}
	deferred := func(gate, pause string, alive bool) want {
		return want{store.Queued, store.OutcomeDeferred, false, gate, pause, alive}
	}
	withGate := func(w want, gate string) want { w.Gate = gate; return w }
	status := func(code int) error { return &upstream.StatusError{Status: code} }
	later := func(code int) error {
		return &upstream.StatusError{Status: code, HasRetryAfter: true, RetryAfter: time.Second}
	}
	transport := func(kind string, sent bool) error { return &upstream.TransportError{Kind: kind, Sent: sent} }
	for name, c := range map[string]struct {
		err      error
		workflow bool
		want     want
	}{
		"created":                       {nil, false, invited},
		"unreadable success":            {&upstream.AnswerError{Status: 200}, false, doubt},
		"408":                           {status(408), false, doubt},
		"409":                           {status(409), false, doubt},
		"425":                           {status(425), false, doubt},
		"500":                           {status(500), false, doubt},
		"502":                           {status(502), false, doubt},
		"503 with Retry-After":          {later(503), false, withGate(doubt, store.GateUpstreamDown)},
		"504":                           {status(504), true, doubt},
		"599":                           {status(599), false, doubt},
		"timeout after sending":         {transport(upstream.KindTimeout, true), false, doubt},
		"cut after sending":             {transport(upstream.KindCut, true), false, doubt},
		"could not connect":             {transport(upstream.KindConnect, false), false, unreachable},
		"could not resolve":             {transport(upstream.KindResolve, false), false, unreachable},
		"could not shake hands":         {transport(upstream.KindTLS, false), false, unreachable},
		"deadline before sending":       {transport(upstream.KindTimeout, false), false, notSent},
		"stale connection, nothing out": {transport(upstream.KindCut, false), false, notSent},
		"given up before sending":       {transport(upstream.KindCancelled, false), false, notSent},
		"407 of a proxy":                {status(407), false, unreachable},
		"400":                           {status(400), false, failed},
		"404 without a workflow":        {status(404), false, failed},
		"405":                           {status(405), false, failed},
		"413":                           {status(413), false, failed},
		"415":                           {status(415), false, failed},
		"418":                           {status(418), false, failed},
		"422":                           {status(422), true, failed},
		"404 with a workflow":           {status(404), true, deferred("", PausedWorkflowNotFound, true)},
		"401":                           {status(401), false, deferred(store.GateUnauthorized, "", false)},
		"403":                           {status(403), false, deferred(store.GateUnauthorized, "", false)},
		"402":                           {status(402), false, deferred(store.GatePaymentRequired, "", true)},
		"429":                           {status(429), false, deferred(store.GateRateLimited, "", true)},
		"429 with Retry-After":          {later(429), false, deferred(store.GateRateLimited, "", true)},
		"301":                           {status(301), false, withGate(doubt, store.GateMisconfigured)},
		"307":                           {status(307), false, withGate(doubt, store.GateMisconfigured)},
		"101":                           {status(101), false, doubt},
		"no page to come back to":       {&noReturnPageError{"none"}, false, want{store.Queued, store.OutcomeNotSent, false, "", PausedNoReturnPage, false}},
		"wrapped":                       {fmt.Errorf("create: %w", status(402)), false, deferred(store.GatePaymentRequired, "", true)},
	} {
		o := outcomeOf(c.err, c.workflow)
		got := want{o.state, o.attempt, o.counted, o.gate, o.pause, o.alive}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefusalCode(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{http.StatusBadRequest: "invalid_request", 422: "invalid_request", 413: "too_large",
		415: "unsupported_media_type", 404: "not_found", 418: "refused"} {
		if got := refusalCode(&upstream.StatusError{Status: status}); got != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
	if got := refusalCode(&upstream.StatusError{Status: 400, Code: "bad_phone"}); got != "bad_phone" {
		t.Errorf("the API's own code became %q", got)
	}
}

// TestVerdict goes through what a look-up can find.
func TestVerdict(t *testing.T) {
	t.Parallel()
	s := &Service{cfg: Config{Resend: true, LookupAfter: time.Second, LookupAgain: 10 * time.Second}}
	never := &Service{cfg: Config{LookupAfter: time.Second, LookupAgain: 10 * time.Second}}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	doubt := func(change func(*store.InDoubt)) store.InDoubt {
		d := store.InDoubt{Applicant: store.Applicant{Attempt: 1, Counted: 1, SendEmailInvite: true},
			BatchState: store.BatchRunning, Ended: now, Now: now.Add(time.Second)}
		if change != nil {
			change(&d)
		}
		return d
	}
	second := func(d *store.InDoubt) { d.Lookups = 1 }
	one := []upstream.Session{{ID: "s1", URL: "https://x/s1"}}
	lost := []upstream.Session{{ID: "s1"}}
	for name, c := range map[string]struct {
		s     *Service
		d     store.InDoubt
		found []upstream.Session
		state store.State
		code  string
	}{
		"one":                        {s, doubt(nil), one, store.Invited, ""},
		"one, no URL":                {s, doubt(nil), lost, store.Invited, "url_lost"},
		"one, no URL, nobody told":   {s, doubt(func(d *store.InDoubt) { d.SendEmailInvite = false }), lost, store.Queued, ""},
		"the same, but never resend": {never, doubt(func(d *store.InDoubt) { d.SendEmailInvite = false }), lost, store.Invited, "url_lost"},
		"several":                    {s, doubt(nil), []upstream.Session{{ID: "s1"}, {ID: "s2"}}, store.Unknown, "several_sessions"},
		"none, once":                 {s, doubt(nil), nil, store.Sending, "in_doubt"},
		"none, twice":                {s, doubt(second), nil, store.Queued, ""},
		"none, twice, never resend":  {never, doubt(second), nil, store.Unknown, "not_found"},
		"none, five attempts": {s, doubt(func(d *store.InDoubt) { d.Lookups, d.Counted = 1, maxCounted }), nil,
			store.Unknown, "attempts_used_up"},
		"none, twice, cancelled": {s, doubt(func(d *store.InDoubt) { d.Lookups, d.BatchState = 1, store.BatchCancelled }), nil,
			store.Cancelled, ""},
		"id known, no URL, once":  {s, doubt(func(d *store.InDoubt) { d.SessionID = "s1" }), lost, store.Sending, "url_missing"},
		"id known, no URL, twice": {s, doubt(func(d *store.InDoubt) { d.Lookups, d.SessionID = 1, "s1" }), lost, store.Invited, "url_lost"},
		"id known, with its URL":  {s, doubt(func(d *store.InDoubt) { d.Rivals, d.SessionID = 1, "s1" }), one, store.Invited, ""},
		"one, but it has rivals":  {s, doubt(func(d *store.InDoubt) { d.Rivals = 1 }), one, store.Sending, "in_doubt"},
		"the same, twice":         {s, doubt(func(d *store.InDoubt) { d.Lookups, d.Rivals = 1, 1 }), one, store.Unknown, "external_id_shared"},
	} {
		v := c.s.verdict(c.d, findings{ours: c.found})
		if v.State != c.state || v.ErrorCode != c.code {
			t.Errorf("%s: %s %q, want %s %q", name, v.State, v.ErrorCode, c.state, c.code)
		}
	}
	if v := s.verdict(doubt(nil), findings{}); v.LookupIn != 9*time.Second {
		t.Errorf("the second look-up is in %s, want 9s", v.LookupIn)
	}
}

// TestMadeWithin looks at which sessions can be an attempt's.
func TestMadeWithin(t *testing.T) {
	t.Parallel()
	s := &Service{cfg: Config{LookupAfter: 30 * time.Second}}
	from := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := store.InDoubt{From: from, To: from.Add(15 * time.Second)}
	for made, want := range map[time.Duration]bool{
		-time.Hour: false, -10 * time.Second: false, -time.Second: true, 0: true, 10 * time.Second: true,
		time.Minute: true, time.Hour: false,
	} {
		if got := s.madeWithin(d, from.Add(made)); got != want {
			t.Errorf("made %s after the attempt began: %v, want %v", made, got, want)
		}
	}
}

// TestAlike: two people who are refused for the same are so in the same words, in which
// nothing of them is.
func TestAlike(t *testing.T) {
	t.Parallel()
	one := store.Applicant{FirstName: "Zaphod", Email: "z@example.com", Phone: "+12025551000"}
	two := store.Applicant{FirstName: "Trillian", Email: "t@example.com", Phone: "+12025551001"}
	for _, c := range []struct {
		name, code string
		words      [2]string
		want       string
	}{
		{"words that quote", "", [2]string{"z@example.com: bad phone", "t@example.com: bad phone"}, "HTTP 422 …: bad phone"},
		{"a code", "invalid_phone", [2]string{"(202) 555-1000 is no phone", "(202) 555-1001 is no phone"}, "HTTP 422 invalid_phone … is no phone"},
		{"nothing said", "", [2]string{"", ""}, "HTTP 422"},
		{"a code alone, twice", "bad", [2]string{"bad", "bad"}, "HTTP 422 bad"},
	} {
		for i, a := range []store.Applicant{one, two} {
			got := alike(a, &upstream.StatusError{Status: 422, Code: c.code, Message: c.words[i]})
			if got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
	other := alike(one, &upstream.StatusError{Status: 422, Message: "bad email"})
	if other == alike(one, &upstream.StatusError{Status: 422, Message: "bad phone"}) {
		t.Error("two fields are refused in the same words")
	}
}

func TestWithoutValues(t *testing.T) {
	t.Parallel()
	a := store.Applicant{FirstName: "Zaphod", LastName: "Beeblebrox", Email: "z@example.com", Phone: "+12025551000", ExternalID: "EMP-7"}
	for words, want := range map[string]string{
		"Bad phone (202) 555-1000 for BEEBLEBROX": "Bad phone … for …",
		"zaphod: z@example.com taken (EMP-7)":     "…: … taken (…)",
		"somebody.else@example.org is taken":      "… is taken",
		"the field phone is required, code 400":   "the field phone is required, code 400",
	} {
		if got := withoutValues(a, words); got != want {
			t.Errorf("%q became %q, want %q", words, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for step, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute,
		5: 16 * time.Minute, 6: 30 * time.Minute, 1000: 30 * time.Minute} {
		if got := stepOf(backoff(time.Minute, 30*time.Minute), step); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
	for range 1000 {
		if d := jitter(time.Second); d < time.Second || d > 1100*time.Millisecond {
			t.Fatalf("jitter made %s of a second", d)
		}
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	p := &pacer{s: &Service{}, waiting: map[int64][]*waiter{}, wake: make(chan struct{}, 1)}
	of := map[*waiter]int64{}
	for i := range 6 {
		w := &waiter{make(chan turn, 1)}
		of[w] = 1
		p.enter(1, w)
		if i < 2 {
			w := &waiter{make(chan turn, 1)}
			of[w] = 2
			p.enter(2, w)
		}
	}
	var order []int64
	for w := p.next(); w != nil; w = p.next() {
		order = append(order, of[w])
	}
	if diff := cmp.Diff([]int64{1, 2, 1, 2, 1, 1, 1, 1}, order); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	if p.length() != 0 {
		t.Errorf("%d still wait", p.length())
	}
}
