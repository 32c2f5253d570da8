package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/batch"
)

// Times of live pages.
const (
	liveEvery = time.Second      // between two looks at the database while anybody watches
	restEvery = 5 * time.Second  // and while nobody does, so that the rate is known
	idleEvery = 30 * time.Second // and while no batch runs either
	liveTime  = 5 * time.Second  // for a look
	liveAlive = 20 * time.Second // between two signs of life, so that a proxy keeps the connection
	liveWrite = 10 * time.Second // to take one event
	liveLife  = 10 * time.Minute // of a connection: who has signed out does not watch for long
)

// live tells pages what has changed. One reader in a process looks at the database
// for all who watch.
type live struct {
	h     *Handler
	rates meters
	wake  chan struct{} // somebody watches what nobody did
	// told is what was told of the list of schedules.
	told toldSchedules

	mu      sync.Mutex
	watched map[liveKey]*watched
}

// liveKey is what is watched: a batch, or the list of them. What is shown of it is
// not the same for everybody, so what differs is part of the key.
type liveKey struct {
	batch    int64
	open     bool   // its people may be opened
	page     string // gate, workers and the like, where it is no batch and not their list
	folder   int64  // of the page of a folder
	operator bool
	schedule string // the name of the one whose page it is
}

// watched is something that somebody watches.
type watched struct {
	last []byte // what they know
	by   map[chan []byte]bool
}

// liveEvent is what pages are sent: the parts that have changed, as HTML.
type liveEvent struct {
	Live string `json:"live"`
	Gate string `json:"gate"`
	Now  string `json:"now"`  // when it changes, the page is read anew
	Said string `json:"said"` // for those who listen, not more often than they can
}

func newLive(h *Handler) *live {
	return &live{h: h, wake: make(chan struct{}, 1), watched: map[liveKey]*watched{}}
}

// rate is how many people of a batch were settled a second of late.
func (l *live) rate(b batch.Batch) float64 { return l.rates.rate(b) }

// serve sends events until whoever asked, or the server, goes.
func (l *live) serve(w http.ResponseWriter, r *http.Request, key liveKey) error {
	if r.Method == http.MethodHead { // there is no head of what has no end
		w.Header().Set("Content-Type", "text/event-stream")
		return nil
	}
	events := l.join(key)
	defer l.leave(key, events)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // some proxies hold back what comes in pieces
	out := http.NewResponseController(w)
	alive, over := time.NewTicker(liveAlive), time.NewTimer(liveLife)
	defer alive.Stop()
	defer over.Stop()
	send := func(text string) error {
		_ = out.SetWriteDeadline(time.Now().Add(liveWrite))
		if _, err := w.Write([]byte(text)); err != nil {
			return errGone
		}
		return gone(out.Flush())
	}
	err := send("retry: 2000\n\n")
	for err == nil {
		select {
		case <-r.Context().Done():
			return nil
		case <-l.h.done.Done():
			return nil
		case <-over.C:
			return nil // the browser comes back by itself
		case e := <-events:
			err = send("data: " + string(e) + "\n\n")
		case <-alive.C:
			err = send(": alive\n\n")
		}
	}
	return err
}

// join has somebody told of what is watched: at once, and whenever it changes.
func (l *live) join(key liveKey) chan []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.watched[key]
	if w == nil {
		w = &watched{by: map[chan []byte]bool{}}
		l.watched[key] = w
	}
	events := make(chan []byte, 1)
	w.by[events] = true
	if w.last != nil {
		events <- w.last
		return events
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return events
}

func (l *live) leave(key liveKey, events chan []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.watched[key]
	delete(w.by, events)
	if len(w.by) == 0 {
		delete(l.watched, key)
	}
}

// keys are what is watched.
func (l *live) keys() []liveKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := make([]liveKey, 0, len(l.watched))
	for key := range l.watched {
		keys = append(keys, key)
	}
	return keys
}

// read looks for all who watch, until the pages end.
func (l *live) read() {
	for {
		keys := l.keys()
		wait := restEvery
		switch runs := l.look(keys); {
		case len(keys) > 0:
			wait = liveEvery
		case !runs:
			wait = idleEvery
		}
		select {
		case <-l.h.done.Done():
			return
		case <-l.wake:
		case <-time.After(wait):
		}
	}
}

// look tells everybody what they do not know yet. While the database is away they
// are told nothing, and what they see stays. It reports whether a batch runs, as far as
// that is known.
func (l *live) look(keys []liveKey) (runs bool) {
	ctx, cancel := context.WithTimeout(l.h.done, liveTime)
	defer cancel()
	st, err := l.h.svc.Standing(ctx)
	if err != nil {
		l.h.log.Debug("live pages could not be brought up to date", zap.Error(err))
		return true
	}
	l.rates.sample(st.Running, time.Now())
	for _, key := range keys {
		event, err := l.event(ctx, st, key)
		if err != nil {
			l.h.log.Debug("a live page could not be brought up to date", zap.Int64("batch", key.batch), zap.Error(err))
			continue
		}
		l.tell(key, event)
	}
	return len(st.Running) > 0
}

// tell gives everybody who watches something the newest event, if it is new; who has
// not taken the one before misses that.
func (l *live) tell(key liveKey, event []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.watched[key]
	if w == nil || bytes.Equal(w.last, event) {
		return
	}
	w.last = event
	for events := range w.by {
		select {
		case <-events:
		default:
		}
		events <- event
	}
}

// event is what there is to tell of something that is watched.
func (l *live) event(ctx context.Context, st batch.Standing, key liveKey) ([]byte, error) {
	gate, err := l.h.part("gate", gateView{st.Gate, key.operator, key.batch})
	if err != nil {
		return nil, err
	}
	e := liveEvent{Gate: gate}
	switch {
	case key.page == "gate":
		err = l.fillGate(ctx, st, key, &e)
	case key.page == "folders":
		err = l.fillFolders(ctx, &e)
	case key.page == "folder":
		err = l.fillFolder(ctx, key.folder, &e)
	case key.page == "messages":
		err = l.fillMessages(ctx, &e)
	case key.page == "workers":
		err = l.fillWorkers(ctx, &e)
	case key.page == "schedules":
		err = l.fillSchedules(ctx, &e)
	case key.page == "schedule":
		err = l.fillSchedule(ctx, key.schedule, &e)
	case key.batch == 0:
		err = l.fillList(ctx, &e)
	default:
		err = l.fillBatch(ctx, st, key, &e)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

func (l *live) fillList(ctx context.Context, e *liveEvent) error {
	all, err := l.h.svc.FindBatches(ctx, batch.Filter{Limit: batchesShown})
	if err != nil {
		return err
	}
	e.Live, err = l.h.part("batchrows", all)
	return err
}

func (l *live) fillGate(ctx context.Context, st batch.Standing, key liveKey, e *liveEvent) error {
	p, err := l.h.gatePageOf(ctx, st, key.operator)
	if err != nil {
		return err
	}
	e.Said = "The gate is " + p.Gate.Words
	e.Live, err = l.h.part("gatenow", p)
	return err
}

func (l *live) fillBatch(ctx context.Context, st batch.Standing, key liveKey, e *liveEvent) error {
	b, err := l.batchIn(ctx, st, key.batch)
	if err != nil {
		return err
	}
	v, err := l.h.view(ctx, st, b, key.open)
	if err != nil {
		return err
	}
	e.Now = v.renewal()
	e.Said = fmt.Sprintf("%s of %s done", batch.Thousands(v.Settled()), batch.Thousands(v.Total()))
	e.Live, err = l.h.part("standing", v)
	return err
}

func (l *live) batchIn(ctx context.Context, st batch.Standing, id int64) (batch.Batch, error) {
	for _, b := range st.Running {
		if b.ID == id {
			return b, nil
		}
	}
	return l.h.svc.Batch(ctx, id)
}
