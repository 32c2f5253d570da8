package sandbox

import (
	"maps"
	"math/rand/v2"
)

// TopUp adds tokens. An unlimited balance stays unlimited.
func (s *Server) TopUp(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.balance >= 0 {
		s.balance = max(0, s.balance+n)
	}
}

// SetBalance sets the tokens left; -1 is unlimited.
func (s *Server) SetBalance(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balance = n
}

// SetFaults replaces the faults and starts their random sequence anew.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
	s.rand = rand.New(rand.NewPCG(f.Seed, 0x75736865722d7362))
}

// SetKey sets the only key accepted; "" accepts any.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// SetRate sets the limit per second and starts with a full bucket. A rate of 0 is
// no limit, a burst of 0 one second's worth.
func (s *Server) SetRate(rate float64, burst int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter.reset(rate, burst)
}

// SetDaily sets how many requests a day are let in; 0 is no limit. What the day has seen
// counts.
func (s *Server) SetDaily(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter.daily = n
}

// Balance is the number of tokens left, -1 when unlimited.
func (s *Server) Balance() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.balance
}

// Sessions are copies of the sessions created, in order.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Session, len(s.sessions))
	for i, session := range s.sessions {
		out[i] = *session
	}
	return out
}

// Cut is the status under which Counts has requests whose connection was cut.
const Cut = 0

// Counts has the number of requests by route ("POST /v1/sessions") and status of
// the answer. A request counts when its answer is decided, just before it is
// written.
type Counts map[string]map[int]int

// Of is the number of requests on a route that were answered with a status.
func (c Counts) Of(route string, status int) int { return c[route][status] }

// Total is the number of requests on a route.
func (c Counts) Total(route string) (n int) {
	for _, count := range c[route] {
		n += count
	}
	return n
}

// Requests are the requests to the API so far.
func (s *Server) Requests() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(Counts, len(s.counts))
	for route, byStatus := range s.counts {
		out[route] = maps.Clone(byStatus)
	}
	return out
}

func (s *Server) count(route string, r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts[route] == nil {
		s.counts[route] = map[int]int{}
	}
	status := r.status
	if r.cut {
		status = Cut
	}
	s.counts[route][status]++
}
