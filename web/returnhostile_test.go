package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

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
