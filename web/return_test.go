package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// From a choice on the plan's page to what stands on the person's.
func TestReturnStory(t *testing.T) {
	t.Parallel()
	o := openReturnOffice(t, sqliteAt(t), nil)
	o.inviteToReturn()
	path := o.back("REF-0001", "failed")
	if text := o.as("Olga", "GET", "/batches/1", nil).text; strings.Contains(text, "their browser reported") {
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
	if text := o.as("Olga", "GET", "/batches/1", nil).text; !strings.Contains(text, "their browser reported") {
		t.Errorf("the page of the batch does not say what an outcome is:\n%s", text)
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
		for _, s := range []said{words.Done, words.Document, words.Face, words.Expired, words.Internal, words.Left, words.Failed, words.Ended} {
			if s.Title == "" || s.Text == "" || words.Close == "" || words.Onward == "" {
				t.Errorf("%s lacks words: %+v", lang, s)
			}
		}
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
