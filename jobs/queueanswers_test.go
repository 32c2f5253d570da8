package jobs

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueueAnswersStand: a page that is left open asks every two seconds, and what
// takes a second to find is found every twenty, also when it fails, and when whoever
// asked is gone.
func TestQueueAnswersStand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		found := 0
		pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			if found++; r.Context().Err() != nil || r.Method != http.MethodGet {
				t.Errorf("%s, %v", r.Method, r.Context().Err())
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprint(w, found)
		})
		var a answers
		ask := func(method, path string) string {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			w := httptest.NewRecorder()
			a.serve(w, httptest.NewRequestWithContext(ctx, method, path, nil), pages)
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("status %d", w.Code)
			}
			return w.Body.String()
		}
		for range 10 {
			if got := ask("GET", "/queue/api/queues"); got != "1" {
				t.Errorf("found %s times", got)
			}
			time.Sleep(1900 * time.Millisecond)
		}
		if got := ask("HEAD", "/queue/api/queues?limit=1"); got != "2" {
			t.Errorf("another question has the answer %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := ask("GET", "/queue/api/queues"); got != "3" {
			t.Errorf("the answer still stands: %s", got)
		}
		for i := range 3 * answersMost {
			ask("GET", fmt.Sprint("/queue/api/jobs?limit=", i))
		}
		if len(a.all) > answersMost {
			t.Errorf("%d answers are kept", len(a.all))
		}
	})
}
