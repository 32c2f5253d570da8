package upstream

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

const testKey = "key-of-the-tests"

// person has a marker in each field that must never show in an error.
var person = SessionRequest{
	FirstName: "SecretFirst", LastName: "SecretLast", Email: "secret@example.com", Phone: "+15192223333",
	ExternalID: "secret-ref", SendEmailInvite: true,
}

func newClient(t *testing.T, base string, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{BaseURL: base, APIKey: testKey}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if tr, ok := c.transport.(*http.Transport); ok {
		t.Cleanup(tr.CloseIdleConnections)
	}
	return c
}

// serve starts an HTTP server and a client of it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return newClient(t, srv.URL)
}

// answering starts a server that always gives one answer, and a client of it.
func answering(t *testing.T, status int, contentType, body string) *Client {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// wireServer is a server below HTTP: for each request it has read whole, it calls
// the script with the request's number and closes the connection if that says so.
type wireServer struct {
	url   string
	mu    sync.Mutex
	posts int
	conns int
}

func serveWire(t *testing.T, script func(conn net.Conn, n int) (goOn bool)) *wireServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &wireServer{url: "http://" + l.Addr().String()}
	var running sync.WaitGroup
	t.Cleanup(func() { l.Close(); running.Wait() })
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
			running.Go(func() { s.talk(conn, script) })
		}
	})
	return s
}

func (s *wireServer) talk(conn net.Conn, script func(net.Conn, int) bool) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		s.mu.Lock()
		if req.Method == http.MethodPost {
			s.posts++
		}
		n := s.posts
		s.mu.Unlock()
		if !script(conn, n) {
			return
		}
	}
}

func (s *wireServer) received() (posts, conns int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts, s.conns
}

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// as is errors.As that fails the test.
func as[T error](t *testing.T, err error) T {
	t.Helper()
	var e T
	if !errors.As(err, &e) {
		t.Fatalf("error is %v (%T), want a %T", err, err, e)
	}
	return e
}
