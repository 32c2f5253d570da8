package web

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"usher/batch"
)

// hook sends a webhook.
func (o *returnOffice) hook(signature, body string, headers ...string) int {
	o.Helper()
	return o.comes("POST", "/webhook/provider", strings.NewReader(body), append([]string{"deepidv-signature", signature, "Content-Type", "application/json"}, headers...)...).StatusCode
}

func TestWebhookPage(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), map[string]string{"web.webhook_secret": "whsec_test"})
	o.inviteToReturn()
	id := o.box.Sessions()[0].ID
	verified := `{"type":"session.status.verified","data":{"id":"` + id + `"}}`
	for name, c := range map[string]struct {
		signature, body string
		want            int
	}{
		"no secret":       {"", verified, 401},
		"a wrong secret":  {"whsec_tesT", verified, 401},
		"10 MB, no right": {"", strings.Repeat("x", 10<<20), 401},
		"10 MB":           {"whsec_test", strings.Repeat("x", 10<<20), 413},
		"too large":       {"whsec_test", verified + strings.Repeat(" ", 64<<10), 413},
		"no JSON":         {"whsec_test", "verified", 200},
		"nothing":         {"whsec_test", "", 200},
		"unknown type":    {"whsec_test", strings.Replace(verified, "verified", "eaten", 1), 200},
		"unknown session": {"whsec_test", strings.Replace(verified, id, "other", 1), 200},
	} {
		if got := o.hook(c.signature, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	row := 2
	if o.box.Sessions()[0].ExternalID == "REF-0002" {
		row = 3
	}
	o.toldIs(row, 0, "", "")
	// It comes from no browser of ours, whatever it says of where it comes from.
	for range 3 {
		if got := o.hook("whsec_test", verified, "Origin", "https://provider.example", "Sec-Fetch-Site", "cross-site"); got != 200 {
			t.Errorf("the provider's word: %d", got)
		}
	}
	o.toldIs(row, 1, batch.Confirmed, "verified")
	text := o.as("Olga", "GET", fmt.Sprintf("/batches/1/people/%d", row), nil).text
	if !strings.Contains(text, "Outcome, confirmed by the provider") || !strings.Contains(text, "<bdi>verified</bdi>") || strings.Contains(text, "Not a result of the verification") {
		t.Errorf("the person's page:\n%s", text)
	}
	if a := o.comes("GET", "/webhook/provider", nil, "deepidv-signature", "whsec_test"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("GET: %s", a.Status)
	}
	if a := o.comes("POST", "/batches/1/pause", nil, "Origin", "https://provider.example", "deepidv-signature", "whsec_test"); a.StatusCode != http.StatusForbidden {
		t.Errorf("another address from another site: %s", a.Status)
	}
}

func TestNoWebhooks(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), nil)
	for _, signature := range []string{"", "x"} {
		if got := o.hook(signature, `{"type":"session.created","data":{"id":"s1"}}`); got != http.StatusNotFound {
			t.Errorf("without a secret: %d", got)
		}
	}
}

// A database that is away is no reason not to be friendly; the provider is asked to
// come again.
func TestReturnWithoutDatabase(t *testing.T) {
	t.Parallel()
	path := sqliteAt(t)
	o := openReturnOffice(t, path, map[string]string{"web.webhook_secret": "whsec_test"})
	o.inviteToReturn()
	back := o.back("REF-0001", "success")
	db, err := sql.Open("sqlite", strings.TrimPrefix(path, "sqlite:")+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE returns RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	if a := o.comes("GET", back, nil); a.StatusCode != http.StatusOK || !strings.Contains(a.text, "Thank you") {
		t.Errorf("back: %s\n%s", a.Status, a.text)
	}
	body := bytes.NewBufferString(`{"type":"session.status.verified","data":{"id":"` + o.box.Sessions()[0].ID + `"}}`)
	if got := o.hook("whsec_test", body.String()); got != http.StatusServiceUnavailable {
		t.Errorf("the provider's word: %d", got)
	}
}
