package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"usher/batch"
)

// TestStolenCookie uses a session's id after its owner has signed out, and ids that
// nobody was given.
func TestStolenCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	c := s.in("Ann")
	stolen := s.session(c)
	with := func(id string) int {
		return s.send(s.browser(), "GET", "/users", nil, "Cookie", "usher="+id).StatusCode
	}
	if with(stolen) != http.StatusOK {
		t.Fatal("the session's id signs nobody in")
	}
	s.send(c, "POST", "/signout", url.Values{})
	for _, id := range []string{stolen, stolen[:len(stolen)-1], strings.ToLower(stolen), "", "1", "0", "admin", "%00", `"` + stolen + `"`, strings.Repeat("A", 40_000), "../../x", "' OR 1=1 --"} {
		if got := with(id); got == http.StatusOK {
			t.Errorf("the id %.50q: %d", id, got)
		}
	}
	// With several cookies of that name, the right one among them is no way round.
	c = s.in("Ann")
	if a := s.send(s.browser(), "GET", "/users", nil, "Cookie", "usher="+stolen+"; usher="+stolen); a.StatusCode == http.StatusOK {
		t.Error("two stolen ids sign in")
	}
	if !s.isIn(c) {
		t.Error("the owner is not signed in any more")
	}
}

// TestSpoofedHeaders names a visitor in all ways but the one that counts.
func TestSpoofedHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{TrustHeader: "X-Remote-User", TrustFrom: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	s.add("Ann", batch.Operator)
	for _, c := range []struct {
		from    string
		headers []string
	}{
		{"192.0.2.1:1", []string{"X-Remote-User", "Ann"}},
		{"192.0.2.1:1", []string{"X-Remote-User", "Ann", "X-Forwarded-For", "10.1.0.1", "X-Real-Ip", "10.1.0.1", "Forwarded", "for=10.1.0.1"}},
		{"10.1.0.1:1", []string{"X_Remote_User", "Ann"}},
		{"10.1.0.1:1", []string{"X-Remote_User", "Ann"}},
		{"10.1.0.1:1", []string{"Remote-User", "Ann", "X-Forwarded-User", "Ann", "Authorization", "Basic QW5uOg=="}},
		{"10.1.0.1:1", []string{"X-Remote-User", "Ann", "X-Remote-User", "Ann"}},
		{"10.1.0.1:1", []string{"X-Remote-User", "Ann, Ann"}},
		{"10.1.0.1:1", []string{"X-Remote-User", "A\u200bnn"}},
		{"10.1.0.1:1", []string{"X-Remote-User", "Ann\x00"}},
		{"[::1]:1", []string{"X-Remote-User", "Ann"}},
		{"@", []string{"X-Remote-User", "Ann"}},
		{"", []string{"X-Remote-User", "Ann"}},
	} {
		r := httptest.NewRequest("GET", "/users", nil)
		r.RemoteAddr = c.from
		for i := 0; i < len(c.headers); i += 2 {
			r.Header[c.headers[i]] = append(r.Header[c.headers[i]], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			t.Errorf("from %q with %q: %d", c.from, c.headers, w.Code)
		}
	}
}

// TestHostHeader has a request name other hosts: nothing of it comes back.
func TestHostHeader(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	for _, path := range []string{"/", "//evil.example/", "/batches", "/signin", "/x/../batches", "/healthz"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		if !strings.HasPrefix(path, "//") && strings.Contains(to+w.Body.String(), "evil") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "http") || w.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %d to %q\n%s", path, w.Code, to, w.Body.String())
		}
	}
}

// TestFormsOfOthers posts what other sites can without being asked: bodies that are
// no form, and forms that are cut, too large, or broken.
func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	c := s.in("Ann")
	const add = "name=Eve&role=operator&password=correct+horse+battery"
	for what, sent := range map[string][2]string{
		"text":          {"text/plain", add},
		"json":          {"application/json", `{"name":"Eve","role":"operator"}`},
		"no kind":       {"", add},
		"a broken kind": {"application/x-www-form-urlencoded; charset=\"", add},
		"no boundary":   {"multipart/form-data", add},
		"cut":           {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nEve\r\n--b\r\nContent-Disposition: form-data; name=\"role\"\r\n\r\noperator"},
		"half escaped":  {"application/x-www-form-urlencoded", add + "&x=%zz"},
		"semicolons":    {"application/x-www-form-urlencoded", add + "&a;b"},
		"too large":     {"application/x-www-form-urlencoded", add + "&x=" + strings.Repeat("x", formMost)},
		"in parts":      {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nEve" + strings.Repeat("\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n", 10_000) + "\r\n--b--"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/users?name=Eve&role=operator", strings.NewReader(sent[1]))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", sent[0])
		res, err := c.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", what, res.Status)
		}
	}
	if users, err := s.svc.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("users: %+v, %v", users, err)
	}
}

// endless is a form with a file in it, of so many bytes.
func endless(n int64) io.Reader {
	head := "--b\r\nContent-Disposition: form-data; name=\"who\"; filename=\"x\"\r\n\r\n"
	return io.MultiReader(strings.NewReader(head), io.LimitReader(xs{}, n), strings.NewReader("\r\n--b--\r\n"))
}

type xs struct{}

func (xs) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// counted counts what is read of a body.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// TestLargeForms sends forms of 100 MB, and fields with names of 10 MB: no more than
// the bound is read of them, and no file is written.
func TestLargeForms(t *testing.T) { // not parallel: it looks at the temporary files of the process, and at its memory
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s := newSite(t, Options{UploadLimit: 4 << 20})
	s.add("Ann", batch.Operator)
	session := s.session(s.in("Ann"))
	named := "--b\r\nContent-Disposition: form-data; name=\"" + strings.Repeat("x", 10<<20) + "\"\r\n\r\nx\r\n--b--\r\n"
	many := strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nx\r\n", 10_000) + "--b--\r\n"
	for _, path := range []string{"/signin", "/find", "/batches", "/gate/close", "/users", "/new", "/new/paste"} {
		for what, body := range map[string]func() io.Reader{
			"large": func() io.Reader { return endless(100 << 20) },
			"named": func() io.Reader { return strings.NewReader(named) },
			"many":  func() io.Reader { return strings.NewReader(many) },
		} {
			in := &counted{Reader: body()}
			r := httptest.NewRequest("POST", path, in)
			r.ContentLength = -1
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			r.AddCookie(&http.Cookie{Name: "usher", Value: session})
			w := httptest.NewRecorder()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s.h.ServeHTTP(w, r)
			runtime.ReadMemStats(&after)
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s, %s: %d\n%s", path, what, w.Code, w.Body.String())
			}
			// What is too large for a list is read for nothing, so that a browser, which
			// sends everything before it reads, gets the answer.
			if in.n > 24<<20 && path != "/new" {
				t.Errorf("%s, %s: %d MB were read", path, what, in.n>>20)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 200<<20 {
				t.Errorf("%s, %s: %d MB were taken in all", path, what, got>>20)
			}
			if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
				t.Fatalf("%s, %s: temporary files %v, %v", path, what, left, err)
			}
		}
	}
	if g, err := s.svc.Gate(t.Context()); err != nil || !g.Open {
		t.Errorf("the gate: %+v, %v", g, err)
	}
}

// raw sends bytes as they are to a server as 'usher serve' has it, and returns the
// status lines of its answers.
func raw(t *testing.T, at, text string) (statuses []string) {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		return nil
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for in := bufio.NewReader(conn); ; {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses
		}
		body, _ := io.ReadAll(res.Body)
		if bytes.Contains(body, []byte("Add somebody")) {
			t.Errorf("the page of users is shown to %.60q", text)
		}
		statuses = append(statuses, fmt.Sprint(res.StatusCode))
	}
}

// TestRawRequests sends what no browser does: two lengths, a length and pieces,
// lines that are folded, versions of old.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.h.Serve(ctx, listener, time.Second) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	const (
		open   = "GET /users HTTP/1.1\r\nHost: x\r\n\r\n"
		hidden = "GET /users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	)
	for text, want := range map[string]string{
		"GET /healthz HTTP/1.0\r\n\r\n":                     "200",
		"GET /users HTTP/1.0\r\n\r\n":                       "303",
		"GET /users HTTP/0.9\r\n\r\n":                       "505",
		"GET /users\r\n\r\n":                                "400",
		"GET /users HTTP/1.1\r\n\r\n":                       "400",
		"GET /users HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": "400",
		"GET http://evil.example/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                                             "303",
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n":                                                   "405",
		"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n" + hidden:                                               "400",
		"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: 36\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden:                             "403 303",
		"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n":                                                  "501",
		"POST /signin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n":                                                           "400",
		"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n":                                                                             "400",
		"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nX-Y: " + strings.Repeat("y", 128<<10) + "\r\n\r\n":                                        "431",
		"GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: close, Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n": "200",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":           "400",
		"GET /us\x00ers HTTP/1.1\r\nHost: x\r\n\r\n": "400",
		"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nname=Ann" + open + hidden: "403 303 303",
	} {
		if got := strings.Join(raw(t, listener.Addr().String(), text), " "); got != want {
			t.Errorf("%.120q: %q, want %q", text, got, want)
		}
	}
}

// TestGone has somebody go before the answer: nothing is not taken for a success.
func TestGone(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		if broken := recover(); broken != http.ErrAbortHandler {
			t.Errorf("the connection is not cut, but %v", broken)
		}
	}()
	s.h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/users", nil))
}
