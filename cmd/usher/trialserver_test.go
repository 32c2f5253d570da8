package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// trialServer is an API with a limit, which notes when each request came and which
// process sent it.
type trialServer struct {
	url string
	say func(h http.Header, wait time.Duration) time.Duration // tells of a wait, and returns what was told

	mu      sync.Mutex
	rate    float64
	burst   float64
	daily   int       // 0 for no limit
	day     time.Time // the present one
	today   int
	tokens  float64
	last    time.Time
	pids    []int
	asked   []trialRequest
	waits   []trialWait
	refused chan struct{} // gets a word for each refusal, if somebody listens
}

// trialRequest is a request as it came to the server.
type trialRequest struct {
	at  time.Time
	pid int
	ok  bool
}

// trialWait is a time for which the server asked everybody to stay away. Nobody knows of it
// before the answer was written.
type trialWait struct{ written, until time.Time }

type trialConn struct{}

func newTrialServer(t *testing.T, o trialOptions) *trialServer {
	s := &trialServer{rate: cmp.Or(o.rate, trialRate), burst: cmp.Or(o.burst, trialRate), daily: o.daily, last: time.Now(), say: o.say,
		refused: make(chan struct{}, 1)}
	s.tokens = s.burst
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	server := &http.Server{Handler: s, ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, trialConn{}, s.pidOf(c.RemoteAddr().(*net.TCPAddr).Port))
	}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *trialServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	pid, _ := r.Context().Value(trialConn{}).(int)
	no, until, ok := s.take(w.Header(), pid)
	time.Sleep(30*time.Millisecond + time.Duration(rand.Int64N(int64(30*time.Millisecond))))
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":"rate limit exceeded"}`)
		s.wrote(until)
		return
	}
	fmt.Fprintf(w, `{"id":"t-%d","session_url":"https://verify.example.com/s/%d","links":[]}`, no, no)
}

// take lets a request in, or says in the header how long to wait.
func (s *trialServer) take(h http.Header, pid int) (no int, until time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.tokens = min(s.burst, s.tokens+now.Sub(s.last).Seconds()*s.rate)
	s.last = now
	if day := now.Truncate(trialDayLength); !day.Equal(s.day) {
		s.day, s.today = day, 0
	}
	ok = s.tokens >= 1 && (s.daily == 0 || s.today < s.daily)
	s.asked = append(s.asked, trialRequest{now, pid, ok})
	if ok {
		s.tokens--
		s.today++
		return len(s.asked), until, true
	}
	wait := time.Duration((1 - s.tokens) / s.rate * float64(time.Second))
	if told := s.say(h, wait); told > 0 {
		until = now.Add(told)
	}
	return 0, until, false
}

// wrote notes that an answer with a wait, if it has one, is on its way.
func (s *trialServer) wrote(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !until.IsZero() {
		s.waits = append(s.waits, trialWait{time.Now(), until})
	}
	select {
	case s.refused <- struct{}{}:
	default:
	}
}

// The ways in which the server tells of a wait.

func trialSeconds(h http.Header, wait time.Duration) time.Duration {
	n := max(1, int(math.Ceil(wait.Seconds())))
	h.Set("Retry-After", fmt.Sprint(n))
	return time.Duration(n) * time.Second
}

func trialDate(h http.Header, wait time.Duration) time.Duration {
	now := time.Now()
	at := now.Add(wait).Truncate(time.Second).Add(time.Second)
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("Retry-After", at.UTC().Format(http.TimeFormat))
	return at.Sub(now)
}

func trialFields(h http.Header, wait time.Duration) time.Duration {
	n := max(1, int(math.Ceil(wait.Seconds())))
	h.Set("RateLimit-Policy", `"default";q=20;w=1`)
	h.Set("RateLimit", fmt.Sprintf(`"default";r=0;t=%d`, n))
	return time.Duration(n) * time.Second
}

func trialNothing(http.Header, time.Duration) time.Duration { return 0 }

func trialLong(h http.Header, _ time.Duration) time.Duration {
	h.Set("Retry-After", "8")
	return 8 * time.Second
}

// pidOf finds which of the known processes a connection from a port is of, or 0.
func (s *trialServer) pidOf(port int) int {
	s.mu.Lock()
	pids := slices.Clone(s.pids)
	s.mu.Unlock()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return 0
	}
	socket := ""
	for line := range strings.SplitSeq(string(table), "\n") {
		if f := strings.Fields(line); len(f) > 9 && f[1] == fmt.Sprintf("0100007F:%04X", port) {
			socket = "socket:[" + f[9] + "]"
		}
	}
	for _, pid := range pids {
		all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, fd := range all {
			if to, err := os.Readlink(fd); err == nil && to == socket {
				return pid
			}
		}
	}
	return 0
}
