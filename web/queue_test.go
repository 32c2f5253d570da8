package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"usher/store"
)

// onBothQueues opens an office at which everything has been tried, on both databases.
func onBothQueues(t *testing.T, test func(o *office)) {
	for name, at := range map[string]func(t *testing.T) string{"sqlite": sqliteAt, "postgres": postgresAt} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t, at(t), plainRefusal)
			o.invite("Una", o.bring("Una", everyKind))
			test(o)
		})
	}
}

// TestQueueOnlyOperatorsLook asks for the queue's pages as everybody, by all methods
// and in all spellings: whoever is no operator sees nothing of them, and an operator
// cannot act.
func TestQueueOnlyOperatorsLook(t *testing.T) {
	t.Parallel()
	onBothQueues(t, func(o *office) {
		queuePaths := []string{
			"/queue/", "/queue/jobs", "/queue/api/jobs?state=completed", "/queue/api/jobs/1", "/queue/api/queues", "/queue/api/states", "/queue/assets/",
			"/queue/index.html", "/queue/.vite/manifest.json", "/queue/../queue/api/jobs", "/queue//api/jobs", "//queue/api/jobs", "/queue/%2e%2e/queue/api/jobs",
			"/queue/x/%2e%2e/api/jobs", "/queue%2fapi/jobs", "/queue/%61pi/jobs", "/%71ueue/api/jobs", "/QUEUE/api/jobs", "/Queue/", "/queue", "/queue;x/api/jobs", "/queue/api%2fjobs",
			"/queue/api/jobs/cancel", "/queue/api/queues/b1/pause", "/queue/api/jobs/cancel?_method=POST",
		}
		for _, path := range queuePaths {
			for letter, name := range letters {
				for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
					_, w := o.knock(o.h, name, method, path, "X-HTTP-Method-Override", "PUT", "X-HTTP-Method", "PUT", "X-Method-Override", "PUT", "Content-Type", "application/json")
					looks := method == "GET" || method == "HEAD"
					to := w.Header().Get("Location")
					switch tidied := w.Code/100 == 3 && strings.HasPrefix(to, "/queue/"); {
					case tidied, turnedAway(letter, method, w), letter != "n" && w.Code == http.StatusNotFound:
					case letter != "o":
						o.Errorf("%s %s by %q: %d to %q", method, path, name, w.Code, to)
					case looks && w.Code == http.StatusBadRequest && strings.Contains(path, "/jobs/cancel"): // which is no job's number
					case looks != (w.Code == http.StatusOK) || !looks && w.Code != http.StatusMethodNotAllowed:
						o.Errorf("%s %s by an operator: %d to %q", method, path, w.Code, to)
					}
					if text := w.Body.String(); letter != "o" && (strings.Contains(text, `"data"`) || strings.Contains(text, "config__json")) {
						o.Errorf("%s %s by %q shows something:\n%s", method, path, name, text)
					}
				}
			}
		}
		if a := o.as("Olga", "GET", "/queue/api/jobs?state=completed&limit=100", nil); strings.Count(a.text, `"state":"completed"`) < 4 || strings.Contains(a.text, "cancelled") {
			o.Errorf("the jobs are not as they were: %s\n%s", a.Status, a.text)
		}
		if a := o.as("Olga", "GET", "/queue/api/queues", nil); !strings.Contains(a.text, `"name":"b1"`) || strings.Contains(strings.ReplaceAll(a.text, `"paused_at":null`, ""), "paused_at") {
			o.Errorf("the queues are not as they were: %s\n%s", a.Status, a.text)
		}
	})
}

// TestQueueNamesNobody reads all that the queue's pages tell of a list with somebody
// of each kind.
func TestQueueNamesNobody(t *testing.T) {
	t.Parallel()
	onBothQueues(t, func(o *office) {
		all := o.as("Olga", "GET", "/queue/api/queues", nil).text + o.as("Olga", "GET", "/queue/api/autocomplete?facet=queue_name", nil).text
		for id := range 20 {
			all += o.as("Olga", "GET", fmt.Sprintf("/queue/api/jobs/%d", id+1), nil).text
		}
		for _, kind := range []string{"import_upload", "invite", "lookup", "finish"} {
			if !strings.Contains(all, `"kind":"`+kind+`"`) {
				o.Errorf("no job of kind %s is there, so this test tells nothing of it", kind)
			}
		}
		o.tellsNothing(answered{text: all}, "the queue", "an operator")
		for _, of := range []string{"una", "session", "http", ".csv"} {
			if strings.Contains(strings.ToLower(all), of) {
				o.Errorf("%q is there:\n%s", of, all)
			}
		}
	})
}

// TestQueueDocument looks at the one page that there is: it says where it is, leads
// back, and may fetch nothing from elsewhere.
func TestQueueDocument(t *testing.T) {
	t.Parallel()
	o := openOffice(t, sqliteAt(t), plainRefusal)
	for _, path := range []string{"/queue/", "/queue/jobs/1", "/queue/nothing"} {
		a := o.as("Olga", "GET", path, nil, "Range", "bytes=0-5", "Accept", "text/html")
		if a.StatusCode != http.StatusOK || strings.Count(a.text, `<header class="usher-bar">`) != 1 || !strings.Contains(a.text, `<a href="/batches">Back to usher</a>`) || !strings.Contains(a.text, "To look only.") {
			t.Errorf("%s: %s\n%s", path, a.Status, a.text)
		}
		allowed := a.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(allowed, part) {
				t.Errorf("%s is not in the policy: %s", part, allowed)
			}
		}
		if strings.Contains(allowed, "unsafe") || strings.Contains(allowed, "*") || strings.Contains(allowed, "http") {
			t.Errorf("the policy lets more through than it needs to: %s", allowed)
		}
		_, nonce, _ := strings.Cut(allowed, "'nonce-")
		nonce, _, _ = strings.Cut(nonce, "'")
		if again := o.as("Olga", "GET", path, nil); len(nonce) < 20 || !strings.Contains(a.text, `nonce="`+nonce+`"`) || strings.Contains(again.text, nonce) {
			t.Errorf("the nonce %q is not one, or not of this page alone", nonce)
		}
	}
	for _, path := range []string{"/queue/index.html", "/queue/assets/"} {
		if a := o.as("Olga", "GET", path, nil); a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %s, %s", path, a.Status, a.Header.Get("Content-Security-Policy"))
		}
	}
	if a := o.as("Olga", "HEAD", "/queue/", nil); a.StatusCode != http.StatusOK || a.ContentLength > 0 {
		t.Errorf("the head of the page: %s, %d bytes", a.Status, a.ContentLength)
	}
	for name, link := range map[string]bool{"Olga": true, "Una": false, "Vera": false} {
		if a := o.as(name, "GET", "/batches", nil); strings.Contains(a.text, `<a href="/queue/">Queue</a>`) != link {
			t.Errorf("%s has the link to the queue: %v", name, !link)
		}
	}
}

// TestQueueLeftOpen: what the queue's pages ask by themselves, for as long as they are
// open, does not prolong a sign-in, as what somebody does.
func TestQueueLeftOpen(t *testing.T) {
	t.Parallel()
	database := sqliteAt(t)
	o := openOffice(t, database, plainRefusal)
	st, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	const soon = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '20 minutes')"
	if _, err := st.SQL().ExecContext(t.Context(), "UPDATE web_sessions SET expires_at = "+soon); err != nil {
		t.Fatal(err)
	}
	later := func() (n int) {
		if err := st.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM web_sessions WHERE expires_at > "+soon).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, path := range []string{"/queue/api/states", "/queue/api/queues", "/queue/api/jobs"} {
		if a := o.as("Olga", "GET", path, nil); a.StatusCode != http.StatusOK || later() != 0 {
			t.Errorf("%s: %s, %d are signed in for longer", path, a.Status, later())
		}
	}
	if a := o.as("Olga", "GET", "/queue/", nil); a.StatusCode != http.StatusOK || later() != 1 {
		t.Errorf("opening the pages: %s, %d are signed in for longer", a.Status, later())
	}
}

// TestQueueInBrowser opens the queue's pages in a browser, in which nothing is fetched
// from elsewhere and nothing goes wrong, also when somebody changes from light to dark.
func TestQueueInBrowser(t *testing.T) {
	t.Parallel()
	o := openOffice(t, sqliteAt(t), plainRefusal)
	o.invite("Una", o.bring("Una", everyKind))
	b := browse(t, o.URL)
	o.h.identify = func(*http.Request) (visitor, error) { return visitor{Name: "Olga", Role: "operator"}, nil }
	b.do(chromedp.EmulateViewport(1280, 800))
	b.open("/batches")
	b.press("Queue")
	b.until(`location.pathname.startsWith("/queue/")`)
	b.says("To look only.")
	b.press("Completed")
	b.says(`{"batch":1,"row":2}`)
	b.picture("queue-list.png")
	b.until(`[...document.querySelectorAll("input[type=checkbox]")].every(e => e.offsetParent === null)`)
	b.open("/queue/jobs/2")
	b.says("Job Details")
	b.says("Attempts")
	b.until(`[...document.querySelectorAll("button")].filter(e => /^(Retry|Cancel|Delete)$/.test(e.innerText.trim())).every(e => e.offsetParent === null)`)
	b.picture("queue-job.png")
	b.open("/queue/queues")
	b.says("lookup-1")
	b.until(`[...document.querySelectorAll("button[title]")].every(e => e.offsetParent === null)`)
	for _, scheme := range []string{"dark", "light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			t.Fatal(err)
		}
		b.until(fmt.Sprintf(`document.documentElement.classList.contains("dark") === %v`, scheme == "dark"))
	}
	b.picture("queue-dark.png")
	b.until(`document.querySelector(".usher-bar").getBoundingClientRect().height === 40`)
	b.open("/queue/queues/b1")
	b.says("b1")
	b.open("/queue/settings")
	b.until(`document.querySelector("#root").innerText.length > 50`)
	b.do(chromedp.EmulateViewport(320, 800))
	b.says("To look only.")
	b.picture("queue-narrow.png")
	b.press("Back to usher")
	b.until(`location.pathname === "/batches"`)
}
