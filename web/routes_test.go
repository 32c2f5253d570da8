package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/batch"
	"usher/store/storetest"
)

// rights are who gets through to what, by hand: the first letters of everybody
// who does. n is nobody, v a viewer, x an uploader whose it is not, u the one whose
// it is, and o an operator. Whoever changes the table of routes changes this one.
var rights = map[string]string{
	"GET /healthz":           "nvxuo",
	"GET /readyz":            "nvxuo",
	"GET /metrics":           "nvxuo",
	"GET /assets/{name}":     "nvxuo",
	"GET /signin":            "nvxuo",
	"POST /signin":           "nvxuo",
	"POST /signout":          "nvxuo",
	"GET /return/{token...}": "nvxuo",
	webhookRoute:             "nvxuo",

	"GET /account":           "vxuo",
	"POST /account/password": "vxuo",
	"POST /account/signout":  "vxuo",
	"GET /{$}":               "vxuo",
	"GET /batches":           "vxuo",
	"POST /batches":          "vxuo",
	"GET /batches/live":      "vxuo",
	"GET /batches/{id}":      "vxuo",
	"GET /gate":              "vxuo",
	"GET /gate/live":         "vxuo",
	"GET /batches/{id}/live": "vxuo",
	"GET /batches/{id}/acts": "vxuo",
	"/":                      "vxuo",

	"GET /new":           "xuo",
	"POST /new":          "xuo",
	"POST /new/paste":    "xuo",
	"POST /new/source":   "xuo",
	"GET /template.csv":  "xuo",
	"GET /template.xlsx": "xuo",
	"GET /find":          "xuo",
	"POST /find":         "xuo",

	"GET /uploads/{id}":                        "uo",
	"GET /uploads/{id}/progress":               "uo",
	"GET /uploads/{id}/problems":               "uo",
	"POST /uploads/{id}/choices":               "uo",
	"POST /uploads/{id}/mend":                  "uo",
	"POST /uploads/{id}/cells":                 "uo",
	"POST /uploads/{id}/replace":               "uo",
	"POST /uploads/{id}/invite":                "uo",
	"POST /uploads/{id}/discard":               "uo",
	"POST /batches/{id}/pause":                 "uo",
	"POST /batches/{id}/resume":                "uo",
	"POST /batches/{id}/end-quiet":             "uo",
	"GET /batches/{id}/cancel":                 "uo",
	"POST /batches/{id}/cancel":                "uo",
	"GET /batches/{id}/retry":                  "uo",
	"POST /batches/{id}/retry":                 "uo",
	"GET /batches/{id}/rest":                   "uo",
	"POST /batches/{id}/rest":                  "uo",
	"POST /batches/{id}/report":                "uo",
	"GET /batches/{id}/people":                 "uo",
	"POST /batches/{id}/people":                "uo",
	"GET /batches/{id}/people/{row}":           "uo",
	"POST /batches/{id}/people/{row}/link":     "uo",
	"GET /batches/{id}/people/{row}/reinvite":  "uo",
	"POST /batches/{id}/people/{row}/reinvite": "uo",
	"GET /batches/{id}/unknown":                "uo",
	"POST /batches/{id}/unknown":               "uo",

	"GET /users":                "o",
	"POST /users":               "o",
	"POST /users/{id}/role":     "o",
	"POST /users/{id}/password": "o",
	"POST /users/{id}/signout":  "o",
	"POST /users/{id}/remove":   "o",
	"GET /schedules":            "o",
	"GET /schedule/live":        "o",
	"GET /schedule/new":         "o",
	"POST /schedule/new":        "o",
	"POST /schedule/next":       "o",
	"GET /schedules/{name}":     "o",
	"GET /workers":              "o",
	"GET /workers/live":         "o",
	"GET /messages":             "o",
	"GET /messages/live":        "o",
	"POST /messages/test":       "o",
	"POST /messages/{id}/again": "o",
	"GET /folders/live":         "o",
	"GET /folders/{id}/live":    "o",
	"GET /folders":              "o",
	"GET /folders/{id}":         "o",
	"POST /folders/{id}":        "o",
	"POST /gate/open":           "o",
	"POST /gate/close":          "o",
	"GET /queue/":               "o",
	"GET /queue/api/":           "o",
	"/queue/":                   "o",

	"GET /schedules/{name}/live":     "o",
	"GET /schedules/{name}/edit":     "o",
	"POST /schedules/{name}/edit":    "o",
	"POST /schedules/{name}/pause":   "o",
	"POST /schedules/{name}/resume":  "o",
	"POST /schedules/{name}/run":     "o",
	"POST /schedules/{name}/agree":   "o",
	"POST /schedules/{name}/decline": "o",
	"GET /schedules/{name}/remove":   "o",
	"POST /schedules/{name}/remove":  "o",
}

// letters are who each letter of rights is.
var letters = map[string]string{"n": "", "v": "Vera", "x": "Ulf", "u": "Una", "o": "Olga"}

// doors are the routes of a handler with nothing behind them: who gets through is
// told the pattern that let them.
func doors(h *Handler) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range h.routes() {
		rt.do = func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Through", r.Pattern)
			return nil
		}
		mux.Handle(rt.pattern, h.route(rt))
	}
	return h.guard(mux)
}

// knock asks at a door, with the address as it is written.
func (o *office) knock(doors http.Handler, name, method, target string, headers ...string) (through string, w *httptest.ResponseRecorder) {
	o.Helper()
	r := httptest.NewRequest(method, target, nil)
	if token := o.session(o.who[name]); token != "" {
		r.AddCookie(&http.Cookie{Name: "usher", Value: token})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w = httptest.NewRecorder()
	doors.ServeHTTP(w, r)
	return w.Header().Get("Through"), w
}

// of fills in an address with what is Una's.
func of(pattern, batchAt, uploadAt string) (method, path string) {
	if pattern == "/queue/" { // for all methods that no other route is for
		return "PUT", "/queue/api/queues/b1/pause"
	}
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		return "GET", "/nowhere"
	}
	path = strings.Replace(path, "/batches/{id}", batchAt, 1)
	path = strings.Replace(path, "/uploads/{id}", uploadAt, 1)
	return method, strings.NewReplacer("{$}", "", "{id}", "1", "{row}", "2", "{name}", "usher.css", "{token...}", "token").Replace(path)
}

// turnedAway reports whether an answer is one to somebody who may not.
func turnedAway(letter, method string, w *httptest.ResponseRecorder) bool {
	switch {
	case letter != "n":
		return w.Code == http.StatusForbidden
	case w.Code == http.StatusSeeOther:
		return method == "GET" && strings.HasPrefix(w.Header().Get("Location"), "/signin")
	}
	return w.Code == http.StatusUnauthorized
}

// TestRights walks all routes with everybody, by all methods and by other
// spellings of their addresses.
func TestRights(t *testing.T) {
	t.Parallel()
	o := openOffice(t, sqliteAt(t), plainRefusal)
	batchAt, uploadAt := o.invite("Una", o.bring("Una", everyKind)), o.bring("Una", strings.ReplaceAll(everyKind, "anneliese", "second"))
	all := doors(o.h)
	patterns := make([]string, 0, len(rights))
	for _, rt := range o.h.routes() {
		patterns = append(patterns, rt.pattern)
		if _, ok := rights[rt.pattern]; !ok {
			t.Errorf("it is not written down by hand who may use %q", rt.pattern)
		}
	}
	turn, each := 0, storetest.Rows(1, 5) // where all takes ten times as long, an address gets a fifth of the ways to write it, by turns
	for pattern, may := range rights {
		if !slices.Contains(patterns, pattern) {
			t.Errorf("there is no route %q", pattern)
			continue
		}
		method, path := of(pattern, batchAt, uploadAt)
		for letter, name := range letters {
			through, w := o.knock(all, name, method, path)
			if in := strings.Contains(may, letter); in != (through == pattern) || !in && !turnedAway(letter, method, w) {
				t.Errorf("%s by %q: through %q, %d to %q", pattern, name, through, w.Code, w.Header().Get("Location"))
			}
			for _, other := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"} {
				if turn++; turn%each == 0 {
					o.noMore(all, letter, other, path)
				}
			}
			for _, written := range spellings(path) {
				if turn++; turn%each == 0 {
					o.noMore(all, letter, method, written)
				}
			}
		}
	}
}

// noMore checks that whoever gets through somewhere is let through there by hand
// too, and that others are turned away, or to the same address written plainly.
func (o *office) noMore(all http.Handler, letter, method, target string) {
	o.Helper()
	through, w := o.knock(all, letters[letter], method, target, "X-HTTP-Method-Override", "GET", "X-Original-URL", "/healthz", "X-Rewrite-URL", "/healthz")
	to := w.Header().Get("Location")
	tidied := (w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect) && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//")
	switch {
	case through != "" && !strings.Contains(rights[through], letter):
		o.Errorf("%s %s by %q: gets through to %q", method, target, letters[letter], through)
	case through == "" && !turnedAway(letter, method, w) && !tidied && w.Code != http.StatusNotFound:
		o.Errorf("%s %s by %q: %d to %q", method, target, letters[letter], w.Code, to)
	case through == "" && letter == "n" && w.Code == http.StatusNotFound:
		o.Errorf("%s %s by nobody tells that there is nothing", method, target)
	}
}

// spellings are other ways to write an address.
func spellings(path string) []string {
	segments := strings.Split(path, "/")
	first := segments[1]
	all := []string{
		"/" + path, path + "/", path + "//", "/." + path, "/x/.." + path, "/%2e" + path, "/healthz/.." + path, "/assets/.." + path, "/healthz/%2e%2e" + path, "/assets/..%2f" + path,
		path + "?id=1", path + ";x", path + "%00", path + "%20", path + "%2f", "http://other.example" + path, path + "?Through=1&role=operator",
	}
	if first != "" {
		all = append(all, strings.Replace(path, first[:1], "%"+hexOf(first[0]), 1), strings.ToUpper(path), strings.Replace(path, "/", `/\`, 1))
	}
	if len(segments) > 2 {
		rest := strings.Join(append([]string{""}, segments[3:]...), "/")
		if len(segments) == 3 {
			rest = ""
		}
		for _, id := range []string{
			"%31", "+1", "01", "1%20", "%201", "1.0", "1e0", "0x1", "0", "-1", "1,2", "1%2f..%2f1", "1/../1", "./1", "99999999999999999999999", "9223372036854775807",
			"-9223372036854775808", "%D9%A1", "%EF%BC%91", "1%00", "%ff", "live", "NaN", "%E2%80%AE1", strings.Repeat("1", 5000),
		} {
			all = append(all, "/"+first+"/"+id+rest)
		}
	}
	return all
}

func hexOf(b byte) string { return string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15]) }

// TestRefusedSeeNothing asks for everything that is Una's as those who may not, on
// the pages as they are, and looks for what is in the list.
func TestRefusedSeeNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t, sqliteAt(t), plainRefusal)
	batchAt, uploadAt := o.invite("Una", o.bring("Una", everyKind)), o.bring("Una", strings.ReplaceAll(everyKind, "anneliese@", "anneliese.second@"))
	for pattern, may := range rights {
		method, path := of(pattern, batchAt, uploadAt)
		for letter, name := range letters {
			if strings.Contains(may, letter) {
				continue
			}
			a := o.as(name, method, path, url.Values{"format": {"csv"}, "who": {"anneliese"}, "row": {"4"}, "became": {"invited"}, "agreed": {"9"}})
			if a.StatusCode < 300 || a.StatusCode == http.StatusSeeOther && letter != "n" {
				t.Errorf("%s by %q: %s", pattern, name, a.Status)
			}
			o.tellsNothing(a, pattern, name)
		}
	}
	if b, err := o.svc.Batch(t.Context(), 1); err != nil || b.Counts[batch.Unknown] != 1 || b.Counts[batch.Failed] != 1 || b.Run != 1 {
		t.Errorf("somebody who may not has changed it: %+v, %v", b, err)
	}
	// What a viewer, and an uploader whose it is not, do see has nothing personal.
	for _, name := range []string{"Vera", "Ulf"} {
		for _, path := range []string{"/", "/batches", batchAt, batchAt + "/acts", "/account"} {
			a := o.as(name, "GET", path, nil)
			if a.StatusCode != http.StatusOK {
				t.Errorf("%s by %s: %s", path, name, a.Status)
			}
			o.tellsNothing(a, path, name)
		}
		for _, path := range []string{"/batches/live", batchAt + "/live"} {
			if a := o.as(name, "HEAD", path, nil); a.StatusCode != http.StatusOK { // and it ends
				t.Errorf("the head of %s by %s: %s", path, name, a.Status)
			}
			o.tellsNothing(o.firstEvent(name, path), path, name)
		}
	}
	for _, who := range []string{"anneliese", "anneliese@example.com", "REF-0001", "+447700900101", "refused", "%", "_"} {
		a := o.as("Ulf", "POST", "/find", url.Values{"who": {who}, "owner": {"Una"}, "batch": {"2"}, "from": {"0"}})
		if a.StatusCode != http.StatusOK || strings.Contains(a.text, "/people/") {
			t.Errorf("an uploader finds %q in another's batch: %s\n%s", who, a.Status, a.text)
		}
	}
	if a := o.as("Ulf", "GET", "/new", nil); strings.Contains(a.text, uploadAt) {
		t.Error("an uploader is shown another's list")
	}
}

// TestOwnerSees is the other half: whose it is, and an operator, see it.
func TestOwnerSees(t *testing.T) {
	t.Parallel()
	o := openOffice(t, sqliteAt(t), plainRefusal)
	batchAt, uploadAt := o.invite("Una", o.bring("Una", everyKind)), o.bring("Una", strings.ReplaceAll(everyKind, "anneliese@", "anneliese.second@"))
	for _, name := range []string{"Una", "Olga"} {
		for path, has := range map[string]string{
			batchAt: "refused.person@example.com was refused", batchAt + "/people": "Okonkwo", batchAt + "/people/2": "REF-0001", batchAt + "/unknown": "Lostina",
			uploadAt: "not-an-address", uploadAt + "/problems": "Wrongly", batchAt + "/people/2/reinvite": "Anneliese",
		} {
			if a := o.as(name, "GET", path, nil); a.StatusCode != http.StatusOK || !strings.Contains(a.text, has) {
				t.Errorf("%s by %s: %s, %q is not there", path, name, a.Status, has)
			}
		}
		if a := o.as(name, "POST", batchAt+"/report", url.Values{"format": {"csv"}}); !strings.Contains(a.text, "Okonkwo") {
			t.Errorf("the report by %s: %s\n%s", name, a.Status, a.text)
		}
		if a := o.as(name, "POST", "/find", url.Values{"who": {"anneliese@example.com"}}); !strings.Contains(a.text, "/batches/1/people/2") {
			t.Errorf("%s does not find who was invited: %s", name, a.text)
		}
	}
	// Another role counts from the next request on.
	if _, err := o.svc.SetRole(t.Context(), batch.Actor{Name: "test", Way: batch.WayProgram}, "Una", batch.Viewer); err != nil {
		t.Fatal(err)
	}
	if a := o.as("Una", "GET", batchAt+"/people", nil); a.StatusCode != http.StatusForbidden {
		t.Errorf("who is a viewer now still sees people: %s", a.Status)
	}
	o.tellsNothing(o.as("Una", "GET", batchAt, nil), batchAt, "Una, a viewer now")
}

func (o *office) tellsNothing(a answered, what, name string) {
	o.Helper()
	text := strings.ToLower(a.text)
	for _, p := range personal {
		if strings.Contains(text, p) {
			o.Errorf("%s tells %q something of people: %q", what, name, p)
		}
	}
}

// firstEvent reads a live page until there is an event.
func (o *office) firstEvent(name, path string) answered {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", o.URL+path, nil)
	if err != nil {
		o.Fatal(err)
	}
	res, err := o.who[name].Do(r)
	if err != nil {
		o.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var text strings.Builder
	for buf := make([]byte, 64<<10); !strings.Contains(text.String(), "data: "); {
		n, err := res.Body.Read(buf)
		text.Write(buf[:n])
		if err != nil {
			o.Fatalf("%s by %s: no event: %v\n%s", path, name, err, text.String())
		}
	}
	return answered{res, text.String()}
}
