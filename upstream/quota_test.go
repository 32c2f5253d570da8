package upstream

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestNamedRate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		fields []string // name and value in turn
		want   float64  // 0 for none
	}{
		{"a policy", []string{"RateLimit-Policy", `"default";q=100;w=10`}, 10},
		{"the lowest of two", []string{"RateLimit-Policy", `"burst";q=50;w=1, "steady";q=1200;w=60`}, 20},
		{"two fields", []string{"RateLimit-Policy", `"burst";q=50;w=1`, "RateLimit-Policy", `"steady";q=300;w=60;pk=:aGk=:`}, 5},
		{"a day is no rate", []string{"RateLimit-Policy", `"day";q=10000;w=86400`}, 0},
		{"beside a day", []string{"RateLimit-Policy", `"day";q=10000;w=86400, "second";q=20;w=1;qu="requests"`}, 20},
		{"bytes are no requests", []string{"RateLimit-Policy", `"b";q=65535;w=10;qu="content-bytes"`}, 0},
		{"an older draft", []string{"RateLimit-Policy", `100;w=10`}, 10},
		{"an older limit", []string{"RateLimit-Limit", `10, 10;w=1, 1000;w=3600`}, 10},
		{"the start of a window", []string{"X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "59", "X-RateLimit-Reset", "30"}, 2},
		{"the start of a window, with a time", []string{"X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "59", "X-RateLimit-Reset", "1795435230"}, 2},
		{"the middle of a window", []string{"X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "20", "X-RateLimit-Reset", "30"}, 0},
		{"one field of an older draft", []string{"RateLimit", "limit=100, remaining=99, reset=10"}, 10},
		{"no window", []string{"X-RateLimit-Limit", "60"}, 0},
		{"no quota", []string{"RateLimit-Policy", `"default";q=0;w=10`}, 0},
		{"negative", []string{"RateLimit-Policy", `"default";q=-5;w=10`}, 0},
		{"not whole", []string{"RateLimit-Policy", `"default";q=1.5;w=10`}, 0},
		{"broken", []string{"RateLimit-Policy", `"default;q=1`}, 0},
		{"what remains names no rate", []string{"RateLimit", `"default";r=50;t=30`}, 0},
		{"nothing", nil, 0},
	} {
		h := http.Header{}
		for i := 0; i < len(c.fields); i += 2 {
			h.Add(c.fields[i], c.fields[i+1])
		}
		if got, ok := namedRate(h, now); got != c.want || ok != (c.want > 0) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, ok, c.want)
		}
	}
}

// TestWindowsThatEndAtATime: an answer tells a point in time to the second, so that a window
// of few seconds may look twice as long. The rate that it names must not be far below the true
// one, and is told of windows that are long enough.
func TestWindowsThatEndAtATime(t *testing.T) {
	t.Parallel()
	const limit = 20
	for name, write := range map[string]func(end time.Time) int64{
		"rounded down": func(end time.Time) int64 { return end.Unix() },
		"rounded up":   func(end time.Time) int64 { return end.Add(time.Second - time.Millisecond).Unix() },
		"milliseconds": func(end time.Time) int64 { return end.UnixMilli() },
	} {
		for _, window := range []time.Duration{time.Second, 2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute} {
			for at := time.Duration(0); at < time.Second; at += 125 * time.Millisecond {
				now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(at)
				h := http.Header{"Date": {now.Format(http.TimeFormat)}}
				h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
				h.Set("X-RateLimit-Remaining", strconv.Itoa(limit-1))
				h.Set("X-RateLimit-Reset", strconv.FormatInt(write(now.Add(window)), 10))
				got, ok := namedRate(h, reference(h, now))
				share := got / (limit / window.Seconds())
				if ok && (share < 0.95 || share > 1.05) || ok != (window >= time.Minute) {
					t.Errorf("%s, %v after the second, %d in %v: named %v, %.2f of the limit", name, at, limit, window, ok, share)
				}
			}
		}
	}
}
