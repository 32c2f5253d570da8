package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"usher/upstream/sandbox"
)

// soakAPI is the API of a soak. It notes what reaches it, whatever is answered.
type soakAPI struct {
	*sandbox.Server
	url string

	mu         sync.Mutex
	ahead      time.Duration  // of its clock
	slowDown   time.Time      // until when every request is answered 429
	retryAfter string         // what those answers tell of it
	fields     http.Header    // with which every answer names the limit
	posted     map[string]int // requests for somebody, by reference
}

func newSoakAPI(t *testing.T) *soakAPI {
	a := &soakAPI{posted: map[string]int{}}
	a.Server = sandbox.New(sandbox.Options{Balance: -1, Latency: 5 * time.Millisecond, LatencyJitter: 20 * time.Millisecond, Now: a.now})
	web := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(web.Close)
	a.url = web.URL
	a.well(0)
	return a
}

func (a *soakAPI) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.ahead)
}

func (a *soakAPI) jump(by time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ahead += by
}

// well makes it answer as it should, but for one in fifty.
func (a *soakAPI) well(seed uint64) {
	a.SetBalance(-1)
	a.SetKey("")
	a.SetFaults(sandbox.Faults{Cut: 0.01, After5xx: 0.01, Seed: seed})
}

func (a *soakAPI) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	wait, retryAfter := time.Until(a.slowDown), a.retryAfter
	maps.Copy(w.Header(), a.fields)
	if r.Method == http.MethodPost {
		var who struct {
			ID string `json:"external_id"`
		}
		_ = json.Unmarshal(body, &who)
		a.posted[who.ID]++
	}
	a.mu.Unlock()
	if wait > 0 {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	a.ServeHTTP(w, r)
}

// requestsFor is how many requests came in for each reference.
func (a *soakAPI) requestsFor() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[string]int, len(a.posted))
	for id, n := range a.posted {
		out[id] = n
	}
	return out
}
