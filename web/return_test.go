package web

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

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
	if err != nil {
		o.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		o.Fatal(err)
	}
	return answered{res, string(text)}
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

// From a choice on the plan's page to what stands on the person's.
func TestReturnStory(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), nil)
	o.inviteToReturn()
	path := o.back("REF-0001", "failed")
	if text := o.as("Olga", "GET", "/batches/1", nil).text; strings.Contains(text, "browsers report") {
		t.Error("the page of the batch tells of what nobody said")
	}
	if a := o.comes("HEAD", path, nil); a.StatusCode != http.StatusOK || a.text != "" {
		t.Errorf("HEAD: %s %q", a.Status, a.text)
	}
	o.toldIs(2, 0, "", "")
	right := o.comes("GET", path, nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Referer", "https://verify.example/")
	if right.StatusCode != http.StatusOK || !strings.Contains(right.text, "Your document could not be read") {
		t.Errorf("back from another site: %s\n%s", right.Status, right.text)
	}
	o.toldIs(2, 1, "failed", "document_unreadable")
	for _, wrong := range []string{strings.Replace(path, "/return/", "/return/A", 1), strings.Replace(path, "?", "A?", 1), "/return/x?" + path[strings.Index(path, "?")+1:], "/return/?" + path[strings.Index(path, "?")+1:]} {
		a := o.comes("GET", wrong, nil)
		a.Header.Del("Date")
		right.Header.Del("Date")
		if a.StatusCode != right.StatusCode || a.text != right.text || fmt.Sprint(a.Header) != fmt.Sprint(right.Header) {
			t.Errorf("%s is told apart: %s %v\n%s", wrong, a.Status, a.Header, a.text)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Set-Cookie": "", "X-Robots-Tag": "noindex, nofollow"} {
		if got := right.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	text := o.as("Olga", "GET", "/batches/1/people/2", nil).text
	for _, want := range []string{"Outcome, as a browser reports it", "Not a result of the verification", "a browser, unproven", "a page of usher", "document_unreadable"} {
		if !strings.Contains(text, want) {
			t.Errorf("the person's page does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "/return/") || strings.Contains(text, "confirmed by the provider") {
		t.Errorf("the person's page says too much:\n%s", text)
	}
	if text := o.as("Olga", "GET", "/batches/1", nil).text; !strings.Contains(text, "browsers report") {
		t.Errorf("the page of the batch does not say what an outcome is:\n%s", text)
	}
}

// What browsers say is text wherever it is shown, and never looks like the
// provider's word.
func TestReturnHostile(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), nil)
	o.inviteToReturn()
	path, query, _ := strings.Cut(o.back("REF-0001", "success"), "?")
	said, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	o.comes("GET", path+"?"+query, nil)
	kinds := elements(t, o.as("Olga", "GET", "/batches/1/people/2", nil).text)
	for _, value := range append(evil, "confirmed", "=HYPERLINK(1)") {
		said.Set("status", value)
		said.Set("reason", value)
		a := o.comes("GET", path+"?"+said.Encode(), nil)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.text, "You have come back") || strings.Contains(a.text, "mark") {
			t.Errorf("%.40q: %s\n%s", value, a.Status, a.text)
		}
	}
	person := o.as("Olga", "GET", "/batches/1/people/2", nil).text
	for line := range elements(t, person) {
		if !kinds[line] {
			t.Errorf("the person's page has a new element: %s", line)
		}
	}
	if !strings.Contains(person, "&#34;confirmed&#34;") || strings.Contains(person, "<bdi>confirmed</bdi>") {
		t.Errorf("a browser's confirmed is not in quotes:\n%s", person)
	}
	n, _, _ := o.toldOf(2)
	o.comes("GET", path+"?"+said.Encode(), nil) // as the last one
	if again, _, _ := o.toldOf(2); n < len(evil) || again != n {
		t.Errorf("%d are kept, and %d after a repeat", n, again)
	}
	for _, large := range []string{strings.Repeat("x", 30_000), strings.Repeat("%00", 10_000)} {
		if a := o.comes("GET", path+"?status="+large+"&session_id="+large, nil); a.StatusCode != http.StatusOK {
			t.Errorf("an oversized one: %s", a.Status)
		}
	}
}

// A flood is kept once, or twenty times if it says something else each time, on both
// databases.
func TestReturnFlood(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{"sqlite": sqliteAt, "postgres": postgresAt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openReturnOffice(t, database(t), nil)
			o.inviteToReturn()
			same, other := o.back("REF-0001", "success"), o.back("REF-0002", "failed")
			var wait sync.WaitGroup
			for i := range 20 {
				wait.Go(func() {
					for j := range 50 {
						for _, path := range []string{same, fmt.Sprintf("%s&status=x", other), strings.Replace(other, "reason=", fmt.Sprintf("reason=r%d-%d-", i, j), 1), "/return/forged?session_id=s"} {
							w := httptest.NewRecorder()
							o.h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
							if w.Code != http.StatusOK {
								t.Errorf("%s: %d", path, w.Code)
							}
						}
					}
				})
			}
			wait.Wait()
			o.toldIs(2, 1, "success", "")
			if n, status, _ := o.toldOf(3); n != 20 || status != "failed" {
				t.Errorf("%d different ones are kept, the outcome is %q", n, status)
			}
		})
	}
}

// The page has words for every status and reason in every language, and nothing but
// words.
func TestReturnWords(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), map[string]string{"web.return_to": "https://acme.example/next?a=1&b=2"})
	queries := []string{
		"status=success", "status=failed&reason=document_unreadable", "status=failed&reason=face_mismatch", "status=abandoned&reason=session_expired",
		"status=failed&reason=internal_error", "status=abandoned&reason=user_cancelled", "status=failed&reason=unknown", "status=eaten&reason=by_a_dog",
	}
	same := map[string]string{"status=abandoned": queries[5], "status=failed": queries[6], "status=failed&reason=new": queries[6], "": queries[7], "status=success&reason=face_mismatch": queries[0]}
	for accept, lang := range map[string]string{
		"": "en", "de-AT,de;q=0.9,en;q=0.5": "de", "fr-CA": "fr", "es-419,es": "es", "nl": "nl", "it-CH": "it", "pt-BR,pt;q=0.9": "pt", "ja,zh;q=0.5": "en",
		"ja, it;q=0.1": "it", "en;q=0.1, de;q=0.8": "de", "*": "en", "!!": "en", strings.Repeat("de-", 5000): "en", strings.Repeat("de,", 1000): "en",
	} {
		seen := map[string]string{}
		page := func(query string) string {
			a := o.comes("GET", "/return/anything?session_id=s1&"+query, nil, "Accept-Language", accept)
			if a.StatusCode != http.StatusOK || !strings.Contains(a.text, `<html lang="`+lang+`">`) || !strings.Contains(a.text, `href="https://acme.example/next?a=1&amp;b=2"`) {
				t.Errorf("%.30s, %s: %s\n%s", accept, query, a.Status, a.text)
			}
			if strings.Contains(a.text, "s1") || strings.Contains(a.text, "<script") || strings.Contains(a.text, "usher ") {
				t.Errorf("%.30s, %s says too much:\n%s", accept, query, a.text)
			}
			return a.text
		}
		for _, query := range queries {
			text := page(query)
			if other, ok := seen[text]; ok {
				t.Errorf("%.30s: %s and %s are told alike", accept, query, other)
			}
			seen[text] = query
		}
		for query, as := range same {
			if seen[page(query)] != as {
				t.Errorf("%.30s: %s is not told as %s", accept, query, as)
			}
		}
	}
	for lang, words := range returnTexts {
		doc, err := html.Parse(strings.NewReader(fmt.Sprint(words)))
		if err != nil || doc == nil || strings.Contains(fmt.Sprint(words), "{}") {
			t.Errorf("%s: %v", lang, err)
		}
		for _, s := range []said{words.Done, words.Document, words.Face, words.Expired, words.Internal, words.Left, words.Failed, words.Ended} {
			if s.Title == "" || s.Text == "" || words.Close == "" || words.Onward == "" {
				t.Errorf("%s lacks words: %+v", lang, s)
			}
		}
	}
}

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
	db, err := sql.Open("sqlite", strings.TrimPrefix(path, "sqlite:"))
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

// axe-core looks at the page in each of its forms, and at what people come back with.
func TestReturnAccessible(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), map[string]string{"web.return_to": "https://a-company-with-a-very-long-name-that-does-not-fit.acme.example/next"})
	b := browse(t, o.URL)
	for name, query := range map[string]string{"done": "status=success", "document": "status=failed&reason=document_unreadable"} {
		b.open("/return/anything?session_id=s1&" + query)
		b.look("return-" + name)
	}
	o.inviteToReturn()
	o.comes("GET", o.back("REF-0001", "failed"), nil)
	o.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	for _, page := range []string{"/batches/1/people/2", "/batches/1"} {
		b.open(page)
		b.look("return" + strings.ReplaceAll(page, "/", "-"))
	}
	closed := openReturnOffice(t, sqliteAt(t), nil)
	b = browse(t, closed.URL)
	b.open("/return/?status=abandoned")
	b.look("return-closed")
}
