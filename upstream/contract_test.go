package upstream

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/upstream/sandbox"
)

// The client and the sandbox were written apart from the contract alone; here
// they meet.

func rehearse(t *testing.T, opts sandbox.Options) (*sandbox.Server, *Client) {
	t.Helper()
	box := sandbox.New(opts)
	srv := httptest.NewServer(box)
	t.Cleanup(srv.Close)
	return box, newClient(t, srv.URL)
}

func TestContractCreate(t *testing.T) {
	t.Parallel()
	box, c := rehearse(t, sandbox.Options{Balance: 2, APIKey: testKey})
	r := person
	r.WorkflowID, r.RedirectURL = "wf-1", "https://example.com/done?a=1&b=2"
	got, err := c.CreateSession(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	made := box.Sessions()
	if len(made) != 1 {
		t.Fatalf("%d sessions made, want 1", len(made))
	}
	want := sandbox.Session{
		ID: got.ID, URL: got.URL, Status: "PENDING",
		FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Phone: r.Phone, ExternalID: r.ExternalID,
		SendEmailInvite: true, SendPhoneInvite: false, WorkflowID: r.WorkflowID, RedirectURL: r.RedirectURL,
	}
	if diff := cmp.Diff(want, made[0], cmpopts.IgnoreFields(sandbox.Session{}, "CreatedAt", "UpdatedAt")); diff != "" {
		t.Errorf("session made (-answered +made):\n%s", diff)
	}
	u, err := url.Parse(got.URL)
	if err != nil || u.Query().Get("redirect_url") != r.RedirectURL {
		t.Errorf("session URL %s does not carry the redirect URL", got.URL)
	}
	if got.ExternalID != r.ExternalID || !strings.HasPrefix(string(got.Links), `[{"rel":`) {
		t.Errorf("session %+v", got)
	}
	if box.Balance() != 1 {
		t.Errorf("balance %d, want 1", box.Balance())
	}
}

func TestContractRefusals(t *testing.T) {
	t.Parallel()
	changed := func(f func(*SessionRequest)) SessionRequest { r := person; f(&r); return r }
	for _, tt := range []struct {
		name    string
		opts    sandbox.Options
		request SessionRequest
		want    StatusError
	}{
		{"400", sandbox.Options{Balance: -1}, changed(func(r *SessionRequest) { r.Phone = "5192223333" }),
			StatusError{Status: 400, Code: "invalid_request", Message: "phone must be in E.164 format, such as +15192223333"}},
		{"401", sandbox.Options{Balance: -1, APIKey: "another"}, person,
			StatusError{Status: 401, Message: "API key missing or invalid"}},
		{"402", sandbox.Options{}, person,
			StatusError{Status: 402, Message: "Insufficient funds or subscription."}},
		{"404", sandbox.Options{Balance: -1}, changed(func(r *SessionRequest) { r.WorkflowID = "missing-1" }),
			StatusError{Status: 404, Code: "not_found", Message: "workflow not found"}},
		{"500", sandbox.Options{Balance: -1, Faults: sandbox.Faults{After5xx: 1}}, person,
			StatusError{Status: 500, Message: "internal error"}},
		{"503", sandbox.Options{Balance: -1, Faults: sandbox.Faults{Before5xx: 1}}, person,
			StatusError{Status: 503, Message: "service unavailable"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := rehearse(t, tt.opts)
			_, err := c.CreateSession(t.Context(), tt.request)
			if diff := cmp.Diff(tt.want, *as[*StatusError](t, err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestContractRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	_, c := rehearse(t, sandbox.Options{Balance: -1, Rate: 0.1, Burst: 1, Now: func() time.Time { return now }})
	if _, err := c.CreateSession(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	_, err := c.CreateSession(t.Context(), person)
	want := StatusError{Status: 429, Message: "rate limit exceeded", RetryAfter: 10 * time.Second, HasRetryAfter: true}
	if diff := cmp.Diff(want, *as[*StatusError](t, err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestContractLostAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults sandbox.Faults
		made   int
	}{
		"cut after":  {sandbox.Faults{Cut: 1}, 1},
		"cut before": {sandbox.Faults{CutBefore: 1}, 0},
	} {
		box, c := rehearse(t, sandbox.Options{Balance: -1, Faults: tt.faults})
		if e := failedCreate(t, t.Context(), c); !e.Sent {
			t.Errorf("%s: %+v, want sent", name, e)
		}
		found, err := c.SessionsByExternalID(t.Context(), person.ExternalID)
		if err != nil || len(found) != tt.made || len(box.Sessions()) != tt.made {
			t.Errorf("%s: found %v, %v; want %d", name, found, err, tt.made)
		}
		if n := box.Requests().Total("POST /v1/sessions"); n != 1 {
			t.Errorf("%s: %d POSTs, want 1", name, n)
		}
	}
}

func TestContractGarbageAndNoURL(t *testing.T) {
	t.Parallel()
	box, c := rehearse(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Garbage: 1}})
	_, err := c.CreateSession(t.Context(), person)
	if e := as[*AnswerError](t, err); e.Reason != ReasonNotJSON || len(box.Sessions()) != 1 {
		t.Errorf("%v with %d sessions", e, len(box.Sessions()))
	}
	box.SetFaults(sandbox.Faults{NoURL: 1})
	got, err := c.CreateSession(t.Context(), person)
	if err != nil || got.ID == "" || got.URL != "" {
		t.Errorf("session %+v, %v; want one without URL", got, err)
	}
	back, err := c.Session(t.Context(), got.ID)
	if err != nil || back.URL == "" {
		t.Errorf("read back %+v, %v; want its URL", back, err)
	}
}

func TestContractLookUps(t *testing.T) {
	t.Parallel()
	_, c := rehearse(t, sandbox.Options{Balance: -1, Workflows: []string{"wf/1"}})
	var want []string
	for i := range 1203 {
		r := person
		if i%2 == 1 {
			r.ExternalID = "other"
		}
		s, err := c.CreateSession(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			want = append(want, s.ID)
		}
	}
	found, err := c.SessionsByExternalID(t.Context(), person.ExternalID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, ids(found)); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if s := found[0]; s.Status != "PENDING" || s.CreatedAt.IsZero() || s.URL != "" {
		t.Errorf("row %+v", s)
	}
	if _, err := c.Session(t.Context(), "no such"); as[*StatusError](t, err).Status != 404 {
		t.Errorf("unknown session: %v", err)
	}
	if err := c.CheckWorkflow(t.Context(), "wf/1"); err != nil {
		t.Errorf("known workflow: %v", err)
	}
	if err := c.CheckWorkflow(t.Context(), "wf/2"); as[*StatusError](t, err).Status != 404 {
		t.Errorf("unknown workflow: %v", err)
	}
}

func TestContractPing(t *testing.T) {
	t.Parallel()
	box, c := rehearse(t, sandbox.Options{APIKey: testKey})
	if err := c.Ping(t.Context()); err != nil {
		t.Errorf("right key: %v", err)
	}
	box.SetKey("changed")
	if err := c.Ping(t.Context()); as[*StatusError](t, err).Status != http.StatusUnauthorized {
		t.Errorf("wrong key: %v", err)
	}
	if len(box.Sessions()) != 0 {
		t.Error("ping created a session")
	}
}

func TestContractSkew(t *testing.T) {
	t.Parallel()
	_, c := rehearse(t, sandbox.Options{Now: func() time.Time { return time.Now().Add(-time.Hour) }})
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d, ok := c.Skew(); !ok || d > -50*time.Minute || d < -70*time.Minute {
		t.Errorf("skew %v, %t, want about -1h", d, ok)
	}
}
