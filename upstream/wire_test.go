package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// taker is a connection that takes so many bytes and then fails.
type taker struct {
	net.Conn
	room    int
	blocked chan struct{} // if set, closed on the first write, which then waits
	release chan struct{}
}

func (c *taker) Write(b []byte) (int, error) {
	if c.blocked != nil {
		close(c.blocked)
		<-c.release
	}
	if len(b) <= c.room {
		c.room -= len(b)
		return len(b), nil
	}
	n := c.room
	c.room = 0
	return n, syscall.EPIPE
}

func TestPassageKnowsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		room int
		want bool
	}{
		{"all", 100, true}, {"a part", 1, true}, {"nothing", 0, false},
	} {
		w := &wire{Conn: &taker{room: tt.room}}
		p := w.begin(time.Time{}, nil)
		_, _ = w.Write([]byte("POST /"))
		if got := p.seal(); got != tt.want {
			t.Errorf("%s: sent is %t", tt.name, got)
		}
	}
}

func TestHandshakeIsNotTheRequest(t *testing.T) {
	t.Parallel()
	w := &wire{Conn: &taker{room: 100}}
	if _, err := w.Write([]byte("client hello")); err != nil {
		t.Fatal(err)
	}
	if w.begin(time.Time{}, nil).seal() {
		t.Error("the handshake counts as the request")
	}
}

func TestSealedPassageWritesNothing(t *testing.T) {
	t.Parallel()
	w := &wire{Conn: &taker{room: 100}}
	p := w.begin(time.Time{}, nil)
	if p.started() || p.seal() {
		t.Error("a request that was not written counts as written")
	}
	if n, err := w.Write([]byte("POST /")); n != 0 || !errors.Is(err, errSealed) {
		t.Errorf("write after seal: %d, %v", n, err)
	}
}

func TestWriteInProgressIsInDoubt(t *testing.T) {
	t.Parallel()
	conn := &taker{blocked: make(chan struct{}), release: make(chan struct{})}
	w := &wire{Conn: conn}
	p := w.begin(time.Time{}, nil)
	done := make(chan struct{})
	go func() {
		_, _ = w.Write([]byte("POST /"))
		close(done)
	}()
	<-conn.blocked
	if !p.started() || !p.seal() {
		t.Error("a write in progress counts as not sent")
	}
	close(conn.release)
	<-done
}

// TestSealOfAnAnsweredRequest gives up a request whose connection serves the next
// one already: it was sent, and the next is not disturbed.
func TestSealOfAnAnsweredRequest(t *testing.T) {
	t.Parallel()
	w := &wire{Conn: &taker{room: 100}}
	first := w.begin(time.Time{}, nil)
	_, _ = w.Write([]byte("POST /1"))
	second := w.begin(time.Time{}, nil)
	if !first.seal() {
		t.Error("the answered request counts as not sent")
	}
	if _, err := w.Write([]byte("POST /2")); err != nil {
		t.Errorf("the next request was stopped: %v", err)
	}
	if !second.seal() {
		t.Error("the next request counts as not sent")
	}
}

func TestDeadlineStopsOnlyTheFirstWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{Conn: &taker{room: 100}}
		p := w.begin(time.Now().Add(time.Second), nil)
		if _, err := w.Write([]byte("POST /")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // of the bubble's clock
		if _, err := w.Write([]byte("{}")); err != nil || !p.seal() || p.tooOld {
			t.Errorf("second write: %v", err)
		}

		p = w.begin(time.Now(), nil)
		if _, err := w.Write([]byte("POST /")); !errors.Is(err, errTooOld) || p.seal() || !p.tooOld {
			t.Errorf("write at the deadline: %v", err)
		}
	})
}

// inMemory makes a client whose connections lead to a function.
func inMemory(t *testing.T, serve func(conn net.Conn, req *http.Request)) *Client {
	c := newClient(t, "http://x.test", func(c *Config) { c.Timeout = 7 * time.Second })
	c.transport.(*http.Transport).Proxy = nil
	c.transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			if req, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				serve(theirs, req)
			}
		}()
		return &wire{Conn: ours}, nil
	}
	return c
}

func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, func(conn net.Conn, _ *http.Request) { _, _ = io.Copy(io.Discard, conn) })
		started := time.Now()
		e := failedCreate(t, context.Background(), c)
		if !e.Sent || !e.Timeout || e.Kind != KindTimeout {
			t.Errorf("error %+v, want sent and timeout", e)
		}
		if waited := time.Since(started); waited != 7*time.Second {
			t.Errorf("waited %v, want the 7s of Config.Timeout", waited)
		}
	})
}

func TestAnswerNotCompleteInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, func(conn net.Conn, _ *http.Request) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\"")
			_, _ = io.Copy(io.Discard, conn)
		})
		_, err := c.CreateSession(context.Background(), person)
		if e := as[*AnswerError](t, err); e.Reason != ReasonTooSlow {
			t.Errorf("error %+v, want too slow", e)
		}
	})
}

// TestRequestNotTaken has a server that accepts and never reads: the write
// deadline ends it.
func TestRequestNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "http://x.test")
		c.transport.(*http.Transport).Proxy = nil
		c.transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { theirs.Close() })
			return &wire{Conn: ours}, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if e := failedCreate(t, ctx, c); !e.Timeout || e.Kind != KindTimeout {
			t.Errorf("error %+v, want timeout", e)
		}
	})
}

func TestConnectingTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "http://x.test")
		c.transport.(*http.Transport).Proxy = nil
		c.transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if e := failedCreate(t, ctx, c); e.Sent || !e.Timeout {
			t.Errorf("error %+v, want unsent and timeout", e)
		}
	})
}

// counting is a connection that counts its writes.
type counting struct {
	net.Conn
	writes *atomic.Int64
}

func (c counting) Write(b []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(b)
}

// TestARequestIsOneWrite: headers and body go out together, and cost the system's time once.
func TestARequestIsOneWrite(t *testing.T) {
	t.Parallel()
	c := answering(t, http.StatusOK, "application/json", `{"id": "s-1", "session_url": "https://verify.example.com/1"}`)
	var writes atomic.Int64
	tr := c.transport.(*http.Transport)
	dial := tr.DialContext
	tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w := conn.(*wire)
		w.Conn = counting{w.Conn, &writes}
		return w, nil
	}
	const requests = 3
	for range requests {
		if _, err := c.CreateSession(t.Context(), person); err != nil {
			t.Fatal(err)
		}
	}
	if n := writes.Load(); n != requests {
		t.Errorf("%d writes for %d requests", n, requests)
	}
}
