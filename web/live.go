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
	liveEvery = time.Second      // between two looks at the database
	liveAlive = 20 * time.Second // between two signs of life, so that a proxy keeps the connection
	liveWrite = 10 * time.Second // to take one event
	rateOver  = 15 * time.Second // over which the rate is measured
)

// live tells pages what has changed. One reader in a process looks at the database
// for all who watch, and stops when nobody does.
type live struct {
	h *Handler

	mu      sync.Mutex
	watched map[liveKey]*watched
	meters  map[int64]*rateMeter
	reading bool
}

// liveKey is what is watched: a batch, or the list of them. What may be opened from
// it is not the same for everybody.
type liveKey struct {
	batch int64
	open  bool
}

// watched is something that somebody watches.
type watched struct {
	last []byte // what they know
	by   map[chan []byte]bool
}

// liveEvent is what pages are sent: the parts that have changed, as HTML.
type liveEvent struct {
	Live  string `json:"live"`
	Gate  string `json:"gate"`
	State string `json:"state"` // when it changes, the page is read anew
	Said  string `json:"said"`  // for those who listen, not more often than they can
}

func newLive(h *Handler) *live {
	return &live{h: h, watched: map[liveKey]*watched{}, meters: map[int64]*rateMeter{}}
}

// serve sends events until whoever asked, or the server, goes.
func (l *live) serve(w http.ResponseWriter, r *http.Request, key liveKey) error {
	events := l.join(key)
	defer l.leave(key, events)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // some proxies hold back what comes in pieces
	out := http.NewResponseController(w)
	alive := time.NewTicker(liveAlive)
	defer alive.Stop()
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
		case e := <-events:
			err = send("data: " + string(e) + "\n\n")
		case <-alive.C:
			err = send(": alive\n\n")
		}
	}
	return err
}

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
	}
	if !l.reading {
		l.reading = true
		go l.read()
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

// read looks for all who watch, until nobody does.
func (l *live) read() {
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	for l.look() {
		select {
		case <-l.h.done.Done():
			return
		case <-tick.C:
		}
	}
}

// look tells everybody what they do not know yet, and reports whether anybody
// watches.
func (l *live) look() bool {
	l.mu.Lock()
	keys := make([]liveKey, 0, len(l.watched))
	for key := range l.watched {
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		l.reading, l.meters = false, map[int64]*rateMeter{}
	}
	l.mu.Unlock()
	if len(keys) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(l.h.done, 5*time.Second)
	defer cancel()
	events, err := l.events(ctx, keys)
	if err != nil && ctx.Err() == nil {
		l.h.log.Debug("live pages could not be brought up to date", zap.Error(err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, event := range events {
		if w := l.watched[key]; w != nil && !bytes.Equal(w.last, event) {
			w.tell(event)
		}
	}
	return true
}

// tell gives everybody the newest event; who has not taken the one before misses
// that.
func (w *watched) tell(event []byte) {
	w.last = event
	for events := range w.by {
		select {
		case <-events:
		default:
		}
		events <- event
	}
}

// events are what there is to tell of each that is watched.
func (l *live) events(ctx context.Context, keys []liveKey) (map[liveKey][]byte, error) {
	st, err := l.h.svc.Standing(ctx)
	if err != nil {
		return nil, err
	}
	gate, err := l.h.part("gate", st.Gate)
	if err != nil {
		return nil, err
	}
	all := make(map[liveKey][]byte, len(keys))
	for _, key := range keys {
		e := liveEvent{Gate: gate}
		if err := l.fill(ctx, st, key, &e); err != nil {
			return all, err
		}
		if all[key], err = json.Marshal(e); err != nil {
			return all, err
		}
	}
	return all, nil
}

func (l *live) fill(ctx context.Context, st batch.Standing, key liveKey, e *liveEvent) (err error) {
	if key.batch == 0 {
		all, err := l.h.svc.FindBatches(ctx, batch.Filter{Limit: batchesPage})
		if err != nil {
			return err
		}
		e.Live, err = l.h.part("batchrows", all)
		return err
	}
	b, err := l.batchIn(ctx, st, key.batch)
	if err != nil {
		return err
	}
	v := l.view(st, b, key.open)
	e.State = b.StateWords()
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

// view is a batch as it stands now, at the rate that was seen while it was watched.
func (l *live) view(st batch.Standing, b batch.Batch, open bool) batchView {
	v := batchView{Batch: b, Open: open, Gate: st.Gate, Pace: st.Pace, Workers: st.Workers}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.meters[b.ID]
	if m == nil {
		m = &rateMeter{}
		l.meters[b.ID] = m
	}
	v.Rate = m.rate(v.Settled(), time.Now())
	return v
}

// rateMeter measures how fast a number grows, over the last looks.
type rateMeter struct {
	at []time.Time
	n  []int
}

// rate is how much a second it grew of late, now that it is n.
func (m *rateMeter) rate(n int, now time.Time) float64 {
	m.at, m.n = append(m.at, now), append(m.n, n)
	for len(m.at) > 2 && now.Sub(m.at[0]) > rateOver {
		m.at, m.n = m.at[1:], m.n[1:]
	}
	span := now.Sub(m.at[0]).Seconds()
	if span < 1 || n < m.n[0] {
		return 0
	}
	return float64(n-m.n[0]) / span
}
