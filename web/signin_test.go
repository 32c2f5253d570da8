package web

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
)

// site is a server of pages as 'usher serve' makes it.
type site struct {
	*testing.T
	*httptest.Server
	h   *Handler
	svc *batch.Service
}

const password = "correct horse battery"

func newSite(t *testing.T, o Options) *site {
	t.Helper()
	return siteAt(t, sqliteAt(t), o)
}

func siteAt(t *testing.T, database string, o Options) *site {
	t.Helper()
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: map[string]string{"database": database}})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	o.Idle, o.Absolute = time.Hour, 2*time.Hour
	h, err := New(svc, o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(h.End)
	return &site{t, server, h, svc}
}

func (s *site) add(name string, role batch.Role) batch.User {
	s.Helper()
	u, err := s.svc.AddUser(s.Context(), batch.Actor{Name: "test", Way: batch.WayProgram}, batch.NewUser{Name: name, Role: role, Password: password})
	if err != nil {
		s.Fatal(err)
	}
	return u
}

// browser is a client that keeps cookies and does not follow.
func (s *site) browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Transport: s.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answered is what a request was answered.
type answered struct {
	*http.Response
	text string
}

func (s *site) send(c *http.Client, method, path string, form url.Values, headers ...string) answered {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := c.Do(r)
	return read(s.T, res, err)
}

// read is all of what a request was answered.
func read(t *testing.T, res *http.Response, err error) answered {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{res, string(text)}
}

// in is a browser in which somebody has signed in.
func (s *site) in(name string) *http.Client {
	s.Helper()
	c := s.browser()
	if a := s.send(c, "POST", "/signin", url.Values{"name": {name}, "password": {password}}); a.StatusCode != http.StatusSeeOther {
		s.Fatalf("%s cannot sign in: %s\n%s", name, a.Status, a.text)
	}
	return c
}

func (s *site) session(c *http.Client) string {
	at, _ := url.Parse(s.URL)
	for _, cookie := range c.Jar.Cookies(at) {
		return cookie.Value
	}
	return ""
}

func (s *site) isIn(c *http.Client) bool {
	return s.send(c, "GET", "/account", nil).StatusCode == http.StatusOK
}

func TestLinkSignsInOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{LinkName: "root"})
	link := strings.TrimPrefix(s.h.Link(s.URL), s.URL)
	c := s.browser()
	if a := s.send(c, "HEAD", link, nil); a.StatusCode == http.StatusSeeOther {
		t.Error("a look at the link's head uses it up")
	}
	if a := s.send(c, "GET", link+"x", nil); a.StatusCode != http.StatusForbidden || s.isIn(c) {
		t.Errorf("a guessed token: %s", a.Status)
	}
	a := s.send(c, "GET", link, nil)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" || !s.isIn(c) {
		t.Fatalf("the link does not sign in: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := s.send(c, "GET", "/users", nil); a.StatusCode != http.StatusOK {
		t.Errorf("who came by the link is no operator: %s", a.Status)
	}
	if other := s.browser(); s.send(other, "GET", link, nil).StatusCode != http.StatusForbidden || s.isIn(other) {
		t.Error("the link signs in twice")
	}
	// Another process has other links, and does not believe this one's sessions.
	twin, err := New(s.svc, Options{LinkName: "root", Idle: time.Hour, Absolute: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer twin.End()
	r := httptest.NewRequest("GET", "/account", nil)
	r.AddCookie(&http.Cookie{Name: "usher", Value: s.session(c)})
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		t.Errorf("a session of one process's link counts in another: %d", w.Code)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Viewer)
	c := s.browser()
	if a := s.send(c, "POST", "/signin", url.Values{"name": {"Ann"}, "password": {"wrong"}, "next": {"/batches"}}); a.StatusCode != http.StatusForbidden || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong password: %s, cookie %q", a.Status, a.Header.Get("Set-Cookie"))
	}
	for next, want := range map[string]string{
		"/batches/7": "/batches/7", "//evil.example/x": "/", "https://evil.example": "/", `/\evil.example`: "/", "/signin": "/", "": "/", "evil": "/",
		"/%09/evil.example": "/", "/%5cevil.example": "/", "/%2fevil.example": "/", "/%0d%0aSet-Cookie:x": "/", "/.//evil.example": "/", "/%2e%2e//evil.example": "/", "/batches?x=/y": "/batches",
	} {
		a := s.send(s.browser(), "POST", "/signin", url.Values{"name": {" ann "}, "password": {password}, "next": {next}})
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("next %q leads to %q (%s), want %q", next, a.Header.Get("Location"), a.Status, want)
		}
	}
	c = s.in("Ann")
	cookie := s.send(c, "GET", "/account", nil).Header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q has no %s", cookie, part)
		}
	}
	if a := s.send(c, "POST", "/signout", url.Values{}); a.StatusCode != http.StatusSeeOther || s.isIn(c) {
		t.Errorf("signing out: %s", a.Status)
	}
}

// TestFixation has somebody sign in with a session id that another has planted.
func TestFixation(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Viewer)
	for name, planted := range map[string]string{"made up": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "the planter's own": s.session(s.in("Ann"))} {
		a := s.send(s.browser(), "POST", "/signin", url.Values{"name": {"Ann"}, "password": {password}}, "Cookie", "usher="+planted)
		if got := a.Header.Get("Set-Cookie"); a.StatusCode != http.StatusSeeOther || strings.Contains(got, planted) {
			t.Errorf("%s: %s, cookie %q", name, a.Status, got)
		}
		planter := s.browser()
		if a := s.send(planter, "GET", "/account", nil, "Cookie", "usher="+planted); a.StatusCode == http.StatusOK {
			t.Errorf("%s: the planted id is signed in", name)
		}
	}
}

// TestEndOfSessions goes through what ends a session at once.
func TestEndOfSessions(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *site, u batch.User, c *http.Client) error{
		"another password": func(s *site, u batch.User, _ *http.Client) error {
			_, err := s.svc.SetPassword(s.Context(), u.Actor(), u.Name, "another "+password)
			return err
		},
		"signed out everywhere": func(s *site, u batch.User, _ *http.Client) error {
			_, err := s.svc.SignOutUser(s.Context(), u.Actor(), u.Name)
			return err
		},
		"by the person": func(s *site, _ batch.User, c *http.Client) error {
			s.send(c, "POST", "/account/signout", url.Values{})
			return nil
		},
		"removed": func(s *site, u batch.User, _ *http.Client) error {
			return s.svc.RemoveUser(s.Context(), u.Actor(), u.Name)
		},
		"removed, and another of that name": func(s *site, u batch.User, _ *http.Client) error {
			err := s.svc.RemoveUser(s.Context(), u.Actor(), u.Name)
			s.add(u.Name, batch.Operator)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{})
			s.add("Chief", batch.Operator)
			u := s.add("Ann", batch.Viewer)
			one, two := s.in("Ann"), s.in("Ann")
			if err := end(s, u, one); err != nil {
				t.Fatal(err)
			}
			if s.isIn(one) || s.isIn(two) {
				t.Error("a session goes on")
			}
		})
	}
}

// TestLateAnswer ends a session while a request of it is under way.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Viewer)
	c := s.in("Ann")
	token := s.session(c)
	slow := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/account", nil)
	r.AddCookie(&http.Cookie{Name: "usher", Value: token})
	before := s.h.identify
	s.h.identify = func(r *http.Request) (visitor, error) {
		v, err := before(r)
		if r.URL.Path == "/account" {
			if err := s.svc.DeleteWebSession(r.Context(), token); err != nil {
				t.Error(err)
			}
		}
		return v, err
	}
	s.h.ServeHTTP(slow, r)
	s.h.identify = before
	if s.isIn(c) {
		t.Error("a session that was ended comes back with the answer to a request that was under way")
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{TrustHeader: "X-Remote-User", TrustFrom: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	s.add("Ann", batch.Operator)
	ask := func(from string, headers ...string) int {
		r := httptest.NewRequest("GET", "/users", nil)
		r.RemoteAddr = from
		for i := 0; i < len(headers); i += 2 {
			r.Header.Add(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, r)
		return w.Code
	}
	for _, c := range []struct {
		name, from string
		headers    []string
		want       int
	}{
		{"the proxy", "10.1.2.3:4", []string{"X-Remote-User", "ann"}, http.StatusOK},
		{"the proxy, by IPv6", "[::ffff:10.1.2.3]:4", []string{"X-Remote-User", "ann"}, http.StatusOK},
		{"somebody else", "10.2.2.3:4", []string{"X-Remote-User", "ann"}, http.StatusSeeOther},
		{"somebody who says to be the proxy", "10.2.2.3:4", []string{"X-Remote-User", "ann", "X-Forwarded-For", "10.1.2.3"}, http.StatusSeeOther},
		{"a second name", "10.1.2.3:4", []string{"X-Remote-User", "ann", "X-Remote-User", "bob"}, http.StatusSeeOther},
		{"nobody who is a user", "10.1.2.3:4", []string{"X-Remote-User", "bob"}, http.StatusForbidden},
		{"nobody", "10.1.2.3:4", nil, http.StatusSeeOther},
	} {
		if got := ask(c.from, c.headers...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	h := &Handler{o: Options{TrustFrom: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, c := range []struct{ from, said, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.7", "192.0.2.1"},
		{"10.0.0.1:1", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:1", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:1", "rubbish", "10.0.0.1"},
		{"[2001:db8::1]:1", "", "2001:db8::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.said != "" {
			r.Header.Set("X-Forwarded-For", c.said)
		}
		if got := h.clientAddress(r); got != c.want {
			t.Errorf("from %s, said %q: %s, want %s", c.from, c.said, got, c.want)
		}
	}
}

func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	c := s.in("Ann")
	for name, headers := range map[string][]string{
		"another site":   {"Sec-Fetch-Site", "cross-site"},
		"a sister site":  {"Sec-Fetch-Site", "same-site"},
		"another origin": {"Origin", "https://evil.example"},
		"no origin":      {"Origin", "null"},
	} {
		if a := s.send(c, "POST", "/users", url.Values{"name": {"Eve"}, "role": {"operator"}}, headers...); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := s.send(c, "POST", "/users", url.Values{"name": {"Bob"}, "role": {"viewer"}}, "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the page itself: %s\n%s", a.Status, a.text)
	}
	users, err := s.svc.Users(t.Context())
	if err != nil || len(users) != 2 {
		t.Errorf("users %v, %v", users, err)
	}
}

// TestManyWrongPasswords has one address guess ten times at once, so that it is fast on
// any machine, and the right person come from another.
func TestManyWrongPasswords(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{TrustFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	s.add("Ann", batch.Viewer)
	var throttled atomic.Int32
	var guesses sync.WaitGroup
	for range 10 {
		guesses.Go(func() {
			a := s.send(s.browser(), "POST", "/signin", url.Values{"name": {"Ann"}, "password": {"guess"}}, "X-Forwarded-For", "192.0.2.66")
			if a.StatusCode != http.StatusTooManyRequests {
				return
			}
			throttled.Add(1)
			if a.Header.Get("Retry-After") == "" {
				t.Error("it is not told when to try again")
			}
		})
	}
	guesses.Wait()
	if throttled.Load() == 0 {
		t.Error("ten guesses are not slowed down")
	}
	if a := s.send(s.browser(), "POST", "/signin", url.Values{"name": {"Ann"}, "password": {password}}, "X-Forwarded-For", "192.0.2.7"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the right person is locked out: %s", a.Status)
	}
}

func TestUsersPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	s.add("Ann", batch.Operator)
	bob := s.add("Bob", batch.Viewer)
	c := s.in("Ann")
	at := func(what string) string { return "/users/" + strconv.FormatInt(bob.ID, 10) + "/" + what }
	if a := s.send(c, "POST", at("role"), url.Values{"role": {"uploader"}}); a.StatusCode != http.StatusSeeOther {
		t.Errorf("role: %s\n%s", a.Status, a.text)
	}
	if u, err := s.svc.UserByID(t.Context(), bob.ID); err != nil || u.Role != batch.Uploader {
		t.Errorf("the role is %v, %v", u.Role, err)
	}
	if a := s.send(c, "POST", at("password"), url.Values{"password": {"short"}}); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.text, `role="alert"`) {
		t.Errorf("a short password: %s", a.Status)
	}
	if a := s.send(c, "POST", at("remove"), url.Values{}); a.StatusCode != http.StatusSeeOther {
		t.Errorf("remove: %s", a.Status)
	}
	users, err := s.svc.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Fatalf("users %v, %v", users, err)
	}
	if a := s.send(c, "POST", "/users/"+strconv.FormatInt(users[0].ID, 10)+"/remove", url.Values{}); a.StatusCode == http.StatusSeeOther {
		t.Error("the last operator was removed")
	}
}
