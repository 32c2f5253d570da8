//go:build unix

package jobs_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// crowded is an address that nobody accepts connections at before open is called. The
// system lets one wait there, so the next ones take seconds to be made.
func crowded(t *testing.T, api http.Handler) (url string, open func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ln.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var listens error
	if err := raw.Control(func(fd uintptr) { listens = syscall.Listen(int(fd), 0) }); err != nil || listens != nil {
		t.Fatal(err, listens)
	}
	first, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	server := httptest.NewUnstartedServer(api)
	server.Listener.Close()
	server.Listener = ln
	t.Cleanup(server.Close)
	return "http://" + ln.Addr().String(), server.Start
}

// patience sets a pace that takes nobody for late who is ready within three seconds, as a
// busy machine may need two, and gives each request the time to be sent after that.
func patience(c *jobs.Config) {
	c.Pace, c.Timeout = store.Pace{Rate: 10, Burst: 60}, time.Minute
}

// TestSlowConnectionsHoldNobodyUp: an API that is far away, to which it takes long to
// connect, is no busy machine: who waits for a connection is sent to as soon as there is
// one.
func TestSlowConnectionsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1})
	url, open := crowded(t, f.api)
	f.url = url
	batch := f.batch(t, 3)
	f.start(t, "w1", patience)
	f.until(t, func() bool { return f.count(t, "SELECT count(*) FROM attempts") == 3 })
	time.Sleep(3300 * time.Millisecond) // they try to connect at once, after one second, three, and seven
	open()
	f.finished(t, batch)
	if n := f.count(t, "SELECT count(*) FROM attempts WHERE outcome = 'not_sent'"); n > 0 {
		t.Errorf("%d were put back, as their connections took long", n)
	}
	f.once(t)
}

// TestSlowAnswersHoldNobodyUp: who had to wait until another was answered is not late.
func TestSlowAnswersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, Latency: 5 * time.Second})
	batch := f.batch(t, 2)
	f.start(t, "w1", func(c *jobs.Config) { patience(c); c.Concurrency = 1 })
	f.finished(t, batch)
	if n := f.count(t, "SELECT count(*) FROM attempts WHERE outcome = 'not_sent'"); n > 0 {
		t.Errorf("%d were put back, as the API takes its time", n)
	}
	f.once(t)
}
