package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// naiveClient is what people write first: so many requests at once, each repeated on its
// own after a 429 with a wait that doubles, with full jitter, and is never shorter than
// what the API asked for.
type naiveClient struct {
	url        string
	concurrent int
}

// The waits of a naive client.
const (
	naiveFirst = 500 * time.Millisecond
	naiveMost  = 30 * time.Second
)

// run sends until the context is over.
func (c naiveClient) run(ctx context.Context) {
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: c.concurrent}}
	defer web.CloseIdleConnections()
	var all sync.WaitGroup
	for range c.concurrent {
		all.Go(func() {
			for ctx.Err() == nil {
				c.invite(ctx, web)
			}
		})
	}
	all.Wait()
}

// invite sends for one person, as often as it takes.
func (c naiveClient) invite(ctx context.Context, web *http.Client) {
	for wait := naiveFirst; ctx.Err() == nil; wait = min(2*wait, naiveMost) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(`{"first_name":"First","last_name":"Last"}`))
		if err != nil {
			return
		}
		answer, err := web.Do(r)
		if err != nil {
			return
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		asked, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		select {
		case <-ctx.Done():
		case <-time.After(max(time.Duration(asked)*time.Second, rand.N(wait))):
		}
	}
}
