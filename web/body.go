package web

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Limits of what comes in.
const (
	pasteMost   = 20 << 20         // bytes of pasted cells
	formMost    = 1 << 20          // bytes around a file, in its form
	stalled     = 30 * time.Second // without a byte, after which what comes in is given up
	uploadTime  = 2 * time.Hour    // for an upload at the most
	drainedMost = 4 << 30          // bytes that are read for nothing, so that the browser reads the answer
	drainTime   = 5 * time.Minute  // for that at the most
)

// patient is a body that may come slowly, but must come, and is not waited for by
// a server that stops.
type patient struct {
	io.ReadCloser
	stopping context.Context
	control  *http.ResponseController
	most     time.Duration // without a byte
	end      time.Time
}

// newPatient makes a body patient. Whatever is left of it when it was answered
// must come in time as well.
func (h *Handler) newPatient(w http.ResponseWriter, body io.ReadCloser, within time.Duration) *patient {
	p := &patient{body, h.done, http.NewResponseController(w), time.Duration(h.stalled.Load()), time.Now().Add(within)}
	p.wait()
	return p
}

func (p *patient) wait() {
	until := time.Now().Add(p.most)
	if until.After(p.end) {
		until = p.end
	}
	_ = p.control.SetReadDeadline(until)
}

// Read implements [io.Reader]. Its errors are io.EOF, errStopping and errCut.
func (p *patient) Read(b []byte) (int, error) {
	p.wait()
	stop := context.AfterFunc(p.stopping, func() { _ = p.control.SetReadDeadline(time.Unix(1, 0)) })
	n, err := p.ReadCloser.Read(b)
	stop()
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF: // whoever waits for the answer may take the time that it takes
		_ = p.control.SetReadDeadline(time.Time{})
		return n, io.EOF
	case p.stopping.Err() != nil:
		return n, errStopping
	}
	return n, errCut
}
