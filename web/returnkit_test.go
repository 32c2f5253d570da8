package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/upstream/sandbox"
)

// returnOffice is an office to which people come back, with the sandbox behind it.
type returnOffice struct {
	*office
	box *sandbox.Server
	api string
}

const returnSecretOfTests = "0123456789abcdef0123456789abcdef"

func openReturnOffice(t *testing.T, database string, settings map[string]string) *returnOffice {
	t.Helper()
	box := sandbox.New(sandbox.Options{Balance: -1})
	api := httptest.NewServer(box)
	t.Cleanup(api.Close)
	flags := map[string]string{
		"database": database, "upstream.base_url": api.URL, "upstream.api_key": "test", "upstream.rate": "100", "web.public_url": "https://usher.example",
		"web.return_secret": returnSecretOfTests,
	}
	for path, value := range settings {
		flags[path] = value
	}
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true, Profiles: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(svc, Options{Version: "test", UploadLimit: 8e6, Idle: time.Hour, Absolute: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	o := &returnOffice{&office{site: &site{t, serveAndWork(t, h, svc), h, svc}, who: map[string]*http.Client{}}, box, api.URL}
	o.who[""] = o.browser()
	o.add("Olga", batch.Operator)
	o.who["Olga"] = o.in("Olga")
	return o
}

const returnList = "First name,Last name,Email,Phone,external_id\n" +
	"Anneliese,Okonkwo,anneliese@example.com,+447700900101,REF-0001\n" +
	"Bert,Bell,bert@example.com,+447700900102,REF-0002\n"

// inviteToReturn brings the list by the page, chooses that its people come back, and
// invites them.
func (o *returnOffice) inviteToReturn() {
	o.Helper()
	at := o.bring("Olga", returnList)
	text := o.as("Olga", "GET", at, nil).text
	a := o.as("Olga", "POST", at+"/choices", url.Values{"revision": {o.hidden(text, "revision")}, "return": {"1"}, "send_email": {"1"}})
	if a.StatusCode != http.StatusSeeOther {
		o.Fatalf("choose: %s\n%s", a.Status, a.text)
	}
	o.checked("Olga", at)
	if text := o.as("Olga", "GET", at, nil).text; !strings.Contains(text, `name="return" value="1" checked`) {
		o.Fatalf("the choice is not kept:\n%s", text)
	}
	o.invite("Olga", at)
}

// back ends a session at the sandbox and returns where the browser is sent, here.
func (o *returnOffice) back(reference, end string) string {
	o.Helper()
	for _, s := range o.box.Sessions() {
		if s.ExternalID != reference {
			continue
		}
		res, err := http.DefaultTransport.RoundTrip(o.request(http.MethodPost, o.api+"/s/"+s.ID+"?end="+end, nil))
		if err != nil {
			o.Fatal(err)
		}
		_ = res.Body.Close()
		to, err := res.Location()
		if err != nil || to.Host != "usher.example" || to.Scheme != "https" {
			o.Fatalf("%s is sent to %v, %v", reference, to, err)
		}
		return to.RequestURI()
	}
	o.Fatalf("%s has no session", reference)
	return ""
}

func (o *returnOffice) request(method, address string, body io.Reader, headers ...string) *http.Request {
	o.Helper()
	r, err := http.NewRequestWithContext(o.Context(), method, address, body)
	if err != nil {
		o.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// comes opens an address as a browser without any cookie does.
func (o *returnOffice) comes(method, path string, body io.Reader, headers ...string) answered {
	o.Helper()
	res, err := http.DefaultTransport.RoundTrip(o.request(method, o.URL+path, body, headers...))
	return read(o.T, res, err)
}

// toldOf is how much is kept of a row, and its outcome.
func (o *returnOffice) toldOf(row int) (n int, status, reason string) {
	o.Helper()
	p, err := o.svc.Person(o.Context(), 1, row)
	if err != nil {
		o.Fatal(err)
	}
	return len(p.Returns), p.OutcomeStatus, p.OutcomeReason
}

func (o *returnOffice) toldIs(row, n int, status, reason string) {
	o.Helper()
	if gotN, gotStatus, gotReason := o.toldOf(row); gotN != n || gotStatus != status || gotReason != reason {
		o.Errorf("row %d: %d returns, %q, %q; want %d, %q, %q", row, gotN, gotStatus, gotReason, n, status, reason)
	}
}
