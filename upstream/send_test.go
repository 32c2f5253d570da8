package upstream

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

const goodAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":\"s1\"}"

func say(text string) func(net.Conn, int) bool {
	return func(conn net.Conn, _ int) bool {
		_, _ = io.WriteString(conn, text)
		return false
	}
}

// failedCreate sends one create that must fail without an answer.
func failedCreate(t *testing.T, ctx context.Context, c *Client) *TransportError {
	t.Helper()
	s, err := c.CreateSession(ctx, person)
	if err == nil {
		t.Fatalf("got session %+v, want an error", s)
	}
	return as[*TransportError](t, err)
}

func TestBrokenAnswersAreInDoubtAndNotRepeated(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no answer":       "",
		"half a status":   "HTTP/1.1 20",
		"half a header":   "HTTP/1.1 200 OK\r\nContent-Le",
		"not HTTP":        "220 mail.example.com ESMTP\r\n",
		"endless headers": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serveWire(t, say(text))
			e := failedCreate(t, t.Context(), newClient(t, srv.url))
			if !e.Sent || e.Timeout || e.Kind != KindCut {
				t.Errorf("error %+v, want sent and cut", e)
			}
			if posts, _ := srv.received(); posts != 1 {
				t.Errorf("%d POSTs arrived, want 1", posts)
			}
		})
	}
}

func TestTruncatedAnswer(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"length":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"s1\"}",
		"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"id\":\"s1\"}\r\n",
	} {
		srv := serveWire(t, say(text))
		_, err := newClient(t, srv.url).CreateSession(t.Context(), person)
		if e := as[*AnswerError](t, err); e.Reason != ReasonTruncated || e.Status != 200 {
			t.Errorf("%s: %+v, want truncated", name, e)
		}
	}
}

// TestStaleConnection has the server close a kept connection on getting the second
// request, as servers do whose idle time ran out. Go's transport would repeat a
// GET here, and must not repeat the POST.
func TestStaleConnection(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, func(conn net.Conn, n int) bool {
		if n > 1 {
			return false
		}
		_, _ = io.WriteString(conn, goodAnswer)
		return true
	})
	c := newClient(t, srv.url)
	if _, err := c.CreateSession(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	e := failedCreate(t, t.Context(), c)
	if !e.Sent || e.Kind != KindCut {
		t.Errorf("error %+v, want sent and cut", e)
	}
	if posts, conns := srv.received(); posts != 2 || conns != 1 {
		t.Errorf("%d POSTs on %d connections, want 2 on 1", posts, conns)
	}
}

// TestConnectionClosedWhileIdle closes the kept connection right after an answer.
// Whether the client notices in time is chance; that "not sent" is true is not.
func TestConnectionClosedWhileIdle(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(goodAnswer))
	c := newClient(t, srv.url)
	maybe, certain := 0, 0
	for range 200 {
		_, err := c.CreateSession(t.Context(), person)
		var e *TransportError
		switch {
		case err == nil:
			certain++
		case errors.As(err, &e) && e.Sent:
			maybe++
		case !errors.As(err, &e):
			t.Fatal(err)
		}
	}
	if posts, _ := srv.received(); posts < certain || posts > certain+maybe {
		t.Errorf("%d POSTs arrived; %d were answered and %d in doubt", posts, certain, maybe)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	n := 0
	refusal := "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
	srv := serveWire(t, func(conn net.Conn, _ int) bool {
		n++
		_, _ = io.WriteString(conn, map[bool]string{true: goodAnswer, false: refusal}[n%2 == 0])
		return true
	})
	c := newClient(t, srv.url)
	for range 20 {
		_, _ = c.CreateSession(t.Context(), person)
	}
	if posts, conns := srv.received(); posts != 20 || conns != 1 {
		t.Errorf("%d POSTs on %d connections, want 20 on 1", posts, conns)
	}
}

func TestPoolFitsConcurrency(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://x.test", func(c *Config) { c.Concurrency = 77 })
	tr := c.transport.(*http.Transport)
	if tr.MaxIdleConnsPerHost != 77 || tr.MaxIdleConns != 0 || tr.Protocols.HTTP2() || tr.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("transport %+v", tr)
	}
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	e := failedCreate(t, t.Context(), newClient(t, "http://"+l.Addr().String()))
	if e.Sent || e.Timeout || e.Kind != KindConnect || !errors.Is(e, syscall.ECONNREFUSED) {
		t.Errorf("error %+v, want unsent, connect, refused", e)
	}
	if want := "no connection to " + l.Addr().String() + ": connection refused"; e.Error() != want {
		t.Errorf("text %q, want %q", e, want)
	}
}

func TestUnknownHost(t *testing.T) {
	t.Parallel()
	c := newClient(t, "http://api.usher.invalid")
	c.transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.usher.invalid", IsNotFound: true}}
	}
	e := failedCreate(t, t.Context(), c)
	if e.Sent || e.Kind != KindResolve || e.Error() != "no address found for api.usher.invalid: no such host" {
		t.Errorf("error %+v: %v", e, e)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	posts := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts++
		if posts > 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"id":"s1"}`)
	}))
	srv.Config.ErrorLog = silent()
	t.Cleanup(srv.Close)

	e := failedCreate(t, t.Context(), newClient(t, srv.URL))
	if e.Sent || e.Kind != KindTLS || posts != 0 {
		t.Errorf("unknown authority: %+v after %d POSTs, want unsent and tls", e, posts)
	}

	trusting := newClient(t, srv.URL)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	trusting.transport.(*http.Transport).TLSClientConfig.RootCAs = roots
	if _, err := trusting.CreateSession(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	e = failedCreate(t, t.Context(), trusting)
	if !e.Sent || e.Kind != KindCut || posts != 2 {
		t.Errorf("cut: %+v after %d POSTs, want sent and cut", e, posts)
	}
}

func TestTLSAgainstPlainServer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Config.ErrorLog = silent()
	t.Cleanup(srv.Close)
	e := failedCreate(t, t.Context(), newClient(t, strings.Replace(srv.URL, "http:", "https:", 1)))
	if e.Sent || e.Kind != KindTLS {
		t.Errorf("error %+v, want unsent and tls", e)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := 0
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(target.Close)
	for _, location := range []string{target.URL, "/v1/sessions/", "http://%zz", ""} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			posts := 0
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				posts++
				w.Header()["Location"] = []string{location}
				w.WriteHeader(status)
			})
			_, err := c.CreateSession(t.Context(), person)
			if e := as[*StatusError](t, err); e.Status != status || posts != 1 {
				t.Errorf("%d to %q: %+v after %d POSTs", status, location, e, posts)
			}
		}
	}
	if elsewhere != 0 {
		t.Errorf("%d requests reached the target", elsewhere)
	}
}

func TestCancelledBeforeConnecting(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(goodAnswer))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := failedCreate(t, ctx, newClient(t, srv.url))
	if e.Sent || e.Timeout || e.Kind != KindCancelled || !errors.Is(e, context.Canceled) {
		t.Errorf("error %+v, want unsent and cancelled", e)
	}
	if posts, _ := srv.received(); posts != 0 {
		t.Errorf("%d POSTs arrived", posts)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	srv := serveWire(t, func(conn net.Conn, _ int) bool {
		cancel()
		_, _ = io.Copy(io.Discard, conn) // until the client leaves
		return false
	})
	e := failedCreate(t, ctx, newClient(t, srv.url))
	if !e.Sent || e.Kind != KindCancelled {
		t.Errorf("error %+v, want sent and cancelled", e)
	}
}

func TestDeadlineAlreadyPassed(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(goodAnswer))
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	e := failedCreate(t, ctx, newClient(t, srv.url))
	if e.Sent || !e.Timeout || e.Kind != KindTimeout || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("error %+v, want unsent and timeout", e)
	}
}

// late is a context whose deadline passed without anybody having been told, as in
// a process that was frozen between the claim and the write.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

func TestDeadlinePassedBeforeWriting(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(goodAnswer))
	c := newClient(t, srv.url)
	e := failedCreate(t, late{t.Context()}, c)
	if e.Sent || !e.Timeout || e.Kind != KindTimeout {
		t.Errorf("error %+v, want unsent and timeout", e)
	}
	if posts, conns := srv.received(); posts != 0 || conns > 1 {
		t.Errorf("%d POSTs on %d connections arrived, want none", posts, conns)
	}
}

// TestWordToStopBeforeWriting asks once more when there is a connection, and sends on.
func TestWordToStopBeforeWriting(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(goodAnswer))
	c := newClient(t, srv.url)
	for _, may := range []bool{false, true} {
		_, err := c.CreateSession(OnlyIf(t.Context(), func() bool { return may }), person)
		if may {
			if err != nil {
				t.Errorf("after a yes: %v", err)
			}
			continue
		}
		if e := as[*TransportError](t, err); e.Sent || e.Timeout || e.Kind != KindCancelled {
			t.Errorf("error %+v, want unsent and cancelled", e)
		}
	}
	if posts, _ := srv.received(); posts != 1 {
		t.Errorf("%d POSTs arrived, want 1", posts)
	}
}

// TestForeignTransport has no way to know what was written, so it is in doubt.
func TestForeignTransport(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, say(""))
	c := newClient(t, srv.url, func(c *Config) { c.Transport = &http.Transport{} })
	t.Cleanup(c.transport.(*http.Transport).CloseIdleConnections)
	if e := failedCreate(t, t.Context(), c); !e.Sent {
		t.Errorf("error %+v, want sent", e)
	}
	if e := failedCreate(t, late{t.Context()}, c); !e.Sent {
		t.Errorf("late: error %+v, want sent, since it cannot be proved", e)
	}
}

func TestSwitchingProtocolsIsAStatus(t *testing.T) {
	t.Parallel()
	srv := serveWire(t, func(conn net.Conn, _ int) bool {
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
		return false
	})
	_, err := newClient(t, srv.url).CreateSession(t.Context(), person)
	if e := as[*StatusError](t, err); e.Status != 101 {
		t.Errorf("error %+v, want 101", e)
	}
}
