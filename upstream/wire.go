package upstream

import (
	"errors"
	"net"
	"sync"
	"time"
)

var (
	errSealed = errors.New("the request was given up before it was written")
	errTooOld = errors.New("the deadline passed before the request was written")
	errNotNow = errors.New("nobody may send any more") // see [OnlyIf]
)

// wire is a connection that knows whether the present request put a byte on it.
// "Was it sent?" decides whether a person may be invited again, so it is
// answered by the connection itself and not inferred from an error's text.
type wire struct {
	net.Conn
	mu  sync.Mutex
	cur *passage // nil while the connection is being made
}

// passage is what one request did on a wire. Its fields are guarded by the
// wire's mutex. Each request has its own, so that giving up one that had already
// been answered cannot touch the next request on the same connection.
type passage struct {
	wire     *wire
	deadline time.Time
	may      func() bool // nil is yes
	writing  bool        // a Write is in progress: nobody knows how far it got
	written  int64       // bytes that the system took
	sealed   bool
	tooOld   bool
	notNow   bool
}

// begin starts the passage of a request: from here on, what is written is the
// request. A zero deadline is none.
func (w *wire) begin(deadline time.Time, may func() bool) *passage {
	p := &passage{wire: w, deadline: deadline, may: may}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cur = p
	return p
}

// Write writes unless the request was given up, or its deadline passed before its
// first byte: a process that was frozen in between must not send on waking up.
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	p := w.cur
	if p == nil {
		w.mu.Unlock()
		return w.Conn.Write(b)
	}
	if err := p.admit(); err != nil {
		w.mu.Unlock()
		return 0, err
	}
	p.writing = true
	w.mu.Unlock()

	n, err := w.Conn.Write(b)

	w.mu.Lock()
	defer w.mu.Unlock()
	p.writing = false
	p.written += int64(n)
	return n, err
}

// admit says whether a write may start. The wire's mutex is held.
func (p *passage) admit() error {
	if p.sealed {
		return errSealed
	}
	if p.written == 0 && past(p.deadline) {
		p.sealed, p.tooOld = true, true
		return errTooOld
	}
	if p.written == 0 && p.may != nil && !p.may() {
		p.sealed, p.notNow = true, true
		return errNotNow
	}
	return nil
}

// seal forbids any further write and says whether anything may have gone out.
func (p *passage) seal() (sent bool) {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	p.sealed = true
	return p.writing || p.written > 0
}

// started says whether anything may have gone out so far.
func (p *passage) started() bool {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	return p.writing || p.written > 0
}

// refused says whether the passage was refused because its deadline had passed, or as
// nobody may send any more.
func (p *passage) refused() (tooOld, notNow bool) {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	return p.tooOld, p.notNow
}

// past says whether a deadline has passed by either clock: the monotonic one
// stands still while a machine sleeps, the wall clock may be set back.
func past(deadline time.Time) bool {
	if deadline.IsZero() {
		return false
	}
	now := time.Now()
	return !now.Before(deadline) || !now.Round(0).Before(deadline.Round(0))
}

// wireOf finds our connection under layers of TLS, or nil when a foreign
// transport made it.
func wireOf(conn net.Conn) *wire {
	for {
		switch c := conn.(type) {
		case *wire:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
