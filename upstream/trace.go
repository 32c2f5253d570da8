package upstream

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// stage is how far a request has come on its way to a connection.
type stage int

const (
	stageNone stage = iota
	stageResolve
	stageConnect
	stageTLS
	stageConnected
)

// trace follows one request. The transport calls it from several goroutines.
type trace struct {
	deadline time.Time
	may      func() bool // see [OnlyIf]

	mu      sync.Mutex
	stage   stage
	passage *passage // the request on our own connection
	foreign bool     // a connection that is not ours: what it wrote is not known
	earlier bool     // an earlier try of the transport wrote something
	tooOld  bool     // an earlier try was refused for its age
	notNow  bool     // or as nobody may send any more
}

type onlyIf struct{}

// OnlyIf returns a context whose requests ask just before the first byte of each is
// written, and are given up unsent (KindCancelled) if the answer is no. A connection may
// take long to make, and a word to stop may come meanwhile. It must not wait.
func OnlyIf(ctx context.Context, may func() bool) context.Context {
	return context.WithValue(ctx, onlyIf{}, may)
}

// into returns a context under which the transport reports to t.
func (t *trace) into(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { t.reach(stageResolve) },
		ConnectStart:      func(string, string) { t.reach(stageConnect) },
		TLSHandshakeStart: func() { t.reach(stageTLS) },
		GotConn:           t.gotConn,
	})
}

// reach notes a stage; what happens to a spare connection afterwards is not
// about this request any more.
func (t *trace) reach(s stage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stage != stageConnected {
		t.stage = s
	}
}

// gotConn is called by the transport before it writes anything of the request.
// The write deadline bounds a write that the other side does not take.
func (t *trace) gotConn(info httptrace.GotConnInfo) {
	_ = info.Conn.SetWriteDeadline(t.deadline) // a dead connection shows at the write
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage = stageConnected
	if t.passage != nil {
		t.earlier = t.passage.seal() || t.earlier
		t.noteRefused()
		t.passage = nil
	}
	w := wireOf(info.Conn)
	if w == nil {
		t.foreign = true
		return
	}
	t.passage = w.begin(t.deadline, t.may)
}

func (t *trace) noteRefused() {
	tooOld, notNow := t.passage.refused()
	t.tooOld, t.notNow = t.tooOld || tooOld, t.notNow || notNow
}

// wrote says whether anything of the request went out so far. A foreign
// transport need not report its connections; it is taken to have written.
func (t *trace) wrote() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passage == nil || t.earlier || t.passage.started()
}

// seal ends the request: nothing more of it is written. It says whether anything
// may have been.
func (t *trace) seal() (sent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent = t.foreign || t.earlier
	if t.passage != nil {
		sent = t.passage.seal() || sent
		t.noteRefused()
	}
	return sent
}
