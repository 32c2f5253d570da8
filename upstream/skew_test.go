package upstream

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

func observed(s *skew, ahead time.Duration, way time.Duration) {
	received := ourNow
	date := ourNow.Add(-way / 2).Add(ahead)
	s.observe(http.Header{"Date": {httpDate(date)}}, received.Add(-way), received)
}

func TestSkew(t *testing.T) {
	t.Parallel()
	var s skew
	if _, ok := s.median(); ok {
		t.Error("a skew is known before any answer")
	}
	for _, ahead := range []time.Duration{0, time.Minute, -90 * time.Second} {
		var s skew
		observed(&s, ahead, 200*time.Millisecond)
		got, ok := s.median()
		if off := (got - ahead).Abs(); !ok || off > 500*time.Millisecond {
			t.Errorf("server ahead by %v: %v, %t", ahead, got, ok)
		}
	}
}

func TestSkewOutliersAndChanges(t *testing.T) {
	t.Parallel()
	var s skew
	for _, ahead := range []time.Duration{0, time.Hour, 0, -time.Hour, 0} {
		observed(&s, ahead, 0)
	}
	if got, _ := s.median(); got.Abs() > 500*time.Millisecond {
		t.Errorf("outliers count: %v", got)
	}
	for range skewSamples {
		observed(&s, time.Hour, 0)
	}
	if got, _ := s.median(); (got - time.Hour).Abs() > 500*time.Millisecond {
		t.Errorf("a clock that was set is not followed: %v", got)
	}
}

func TestSkewIgnoresWhatIsNotADateOfNow(t *testing.T) {
	t.Parallel()
	var s skew
	s.observe(http.Header{}, ourNow, ourNow)
	s.observe(http.Header{"Date": {"now"}}, ourNow, ourNow)
	s.observe(http.Header{"Date": {httpDate(ourNow)}, "Age": {"3600"}}, ourNow, ourNow)
	if d, ok := s.median(); ok {
		t.Errorf("skew %v from answers that tell none", d)
	}
}

// TestSkewOfAnswers: refusals tell the time as well, and callers are many.
func TestSkewOfAnswers(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", httpDate(time.Now().Add(time.Hour)))
		w.WriteHeader(http.StatusTooManyRequests)
	})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			_ = c.Ping(t.Context())
			c.Skew()
		})
	}
	callers.Wait()
	if d, ok := c.Skew(); !ok || d < 50*time.Minute {
		t.Errorf("skew %v, %t, want about an hour", d, ok)
	}
}
