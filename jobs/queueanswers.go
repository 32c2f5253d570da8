package jobs

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

const (
	// answerShare is the part of the time that the same question may take: what was
	// found stands for so many times as long as it took to find. A page asks every
	// two seconds, and at 1,000,000 jobs to count those of each queue takes about one.
	answerShare = 20
	answerMost  = time.Minute // for which it stands at the most
	// failureShare is answerShare of what could not be found, which is soon tried again.
	failureShare = 1
	answersMost  = 32 // kept
)

// answers are what was found in the queue a moment ago, by address. Whoever asks the
// same waits for one answer.
type answers struct {
	mu  sync.Mutex
	all map[string]*answer
}

type answer struct {
	mu     sync.Mutex
	until  time.Time
	status int
	header http.Header
	body   []byte
}

// serve answers a request, of pages or of what stands.
func (a *answers) serve(w http.ResponseWriter, r *http.Request, pages http.Handler) {
	header, status, body := a.of(r.URL.RequestURI()).fresh(r, pages)
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked may be gone
}

// of is the answer to an address. When there are too many, all are forgotten.
func (a *answers) of(address string) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.all[address]
	if one == nil {
		if a.all == nil || len(a.all) >= answersMost {
			a.all = map[string]*answer{}
		}
		one = &answer{}
		a.all[address] = one
	}
	return one
}

// forget forgets all of them.
func (a *answers) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = nil
}

// fresh is the answer, found anew if it does not stand any more. That whoever asked
// is gone does not end it: others ask the same, and what took long is not to be
// begun again and again.
func (o *answer) fresh(r *http.Request, pages http.Handler) (header http.Header, status int, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Now().Before(o.until) {
		return o.header, o.status, o.body
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), queueReadTime)
	defer cancel()
	r = r.WithContext(ctx)
	r.Method = http.MethodGet // of which the head is one
	found := written{header: http.Header{}}
	begun := time.Now()
	pages.ServeHTTP(&found, r)
	o.header, o.status, o.body = found.header, max(found.status, http.StatusOK), found.body.Bytes()
	o.until = time.Now().Add(stands(o.status, time.Since(begun)))
	return o.header, o.status, o.body
}

// stands is for how long an answer stands that took so long to find.
func stands(status int, took time.Duration) time.Duration {
	share := time.Duration(answerShare)
	if status >= http.StatusInternalServerError {
		share = failureShare
	}
	return min(share*took, answerMost)
}

// written is what a handler writes.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *written) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *written) WriteHeader(status int) { w.status = status }

// Write implements [http.ResponseWriter].
func (w *written) Write(text []byte) (int, error) { return w.body.Write(text) }
