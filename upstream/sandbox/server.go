// Package sandbox is the server side of the upstream contract: a small API that
// behaves as the provider's documents say, keeps everything in memory, contacts
// nobody, and can be told to limit, to run out of tokens and to fail. People
// rehearse against it, because the provider's own sandbox keys cannot create
// sessions; the tests of every package run against it.
//
// It is written from the contract alone and must not import the client, so that
// a mistake in one of them shows in the other.
package sandbox

import (
	"cmp"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxBody is the largest request body that is read.
const maxBody = 64 << 10

// Options say how the sandbox behaves. The zero value has no tokens: a Balance
// of -1 is unlimited.
type Options struct {
	Rate  float64 // requests per second, of all routes together; 0 is no limit
	Burst int     // requests at once; 0 is one second's worth
	Daily int     // requests per UTC day; 0 is no limit
	// Day is how long a day is; 0 is 24 hours. It divides them, so that days begin at
	// midnight.
	Day     time.Duration
	Balance int    // tokens, one a session; -1 is unlimited
	APIKey  string // the only key accepted; "" accepts any

	Latency       time.Duration // before each answer that is not refused at the door
	LatencyJitter time.Duration // up to this much more
	Faults        Faults

	ListLag time.Duration // a session is listed, and told by its id, so long after it was made

	NoList         bool // GET /v1/sessions answers 404
	NoSessionURL   bool // GET /v1/sessions/{id} does not tell session_url
	OmitRetryAfter bool // 429 comes without Retry-After
	// Workflows are the ids that exist; empty is every id that does not start with
	// "missing".
	Workflows []string
	// PublicURL is the base of session_url; empty is the address that was called.
	PublicURL string
	// Now is the server's clock, also of its Date headers; nil is time.Now.
	Now func() time.Time
}

// Server is the sandbox, an http.Handler. It is safe for concurrent use.
type Server struct {
	opts    Options // what does not change
	api     *http.ServeMux
	control *http.ServeMux

	mu       sync.Mutex
	key      string
	balance  int
	faults   Faults
	rand     *rand.Rand
	limiter  limiter
	sessions []*Session
	byID     map[string]*Session
	byRef    map[string][]int // positions in sessions, ascending
	counts   Counts
}

// New makes a sandbox. It listens nowhere: serve it with net/http.
func New(opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{
		opts:    opts,
		key:     opts.APIKey,
		balance: opts.Balance,
		byID:    map[string]*Session{},
		byRef:   map[string][]int{},
		counts:  Counts{},
		limiter: limiter{daily: opts.Daily, length: cmp.Or(opts.Day, 24*time.Hour)},
	}
	s.SetFaults(opts.Faults)
	s.SetRate(opts.Rate, opts.Burst)
	s.api = s.apiRoutes()
	s.control = s.controlRoutes()
	return s
}

func (s *Server) apiRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/sessions", s.answering(s.create))
	mux.Handle("GET /v1/sessions", s.answering(s.list))
	mux.Handle("GET /v1/sessions/{id}", s.answering(s.one))
	mux.Handle("GET /v1/workflows/{id}", s.answering(s.workflow))
	mux.Handle("/", s.answering(func(*http.Request, []byte) reply {
		return refuse(http.StatusNotFound, "no such route")
	}))
	return mux
}

// ServeHTTP answers the API under /v1/, the pages that session URLs lead to
// under /s/, and the controls for people rehearsing under /sandbox/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/sandbox/") || strings.HasPrefix(r.URL.Path, "/s/") {
		s.control.ServeHTTP(w, r)
		return
	}
	s.api.ServeHTTP(w, r)
}

// answering does what all routes of the API share, in the order of the checks:
// key, size of the body, limits, and then the route's own.
func (s *Server) answering(route func(*http.Request, []byte) reply) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
		body, refusal := s.admit(w, r)
		if refusal == nil {
			time.Sleep(s.latency()) // even when the client has left: servers do not notice
			answer := route(r, body)
			refusal = &answer
		}
		s.count(r.Pattern, *refusal)
		refusal.write(w, r)
	})
}

// admit checks what can be refused before the request is looked at.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) ([]byte, *reply) {
	if !s.keyValid(r.Header.Get("x-api-key")) {
		no := refuse(http.StatusUnauthorized, "API key missing or invalid")
		return nil, &no
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		no := refuse(http.StatusRequestEntityTooLarge, "body too large")
		return nil, &no
	}
	if wait, ok := s.take(); !ok {
		no := s.tooMany(wait)
		return nil, &no
	}
	return body, nil
}

func (s *Server) keyValid(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return key != "" && (s.key == "" || key == s.key)
}

// take counts a request against the limits.
func (s *Server) take() (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limiter.take(s.opts.Now())
}

func (s *Server) tooMany(wait time.Duration) reply {
	no := refuse(http.StatusTooManyRequests, "rate limit exceeded")
	if !s.opts.OmitRetryAfter {
		seconds := max(1, (wait+time.Second-1)/time.Second)
		no.header = http.Header{"Retry-After": {strconv.Itoa(int(seconds))}}
	}
	return no
}

// latency has a chance of its own: the faults of a seed must not depend on it.
func (s *Server) latency() time.Duration {
	return s.opts.Latency + time.Duration(rand.Float64()*float64(s.opts.LatencyJitter))
}
