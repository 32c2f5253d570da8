package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// controlRoutes are for people who rehearse: they need no key and count nowhere.
func (s *Server) controlRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/topup", s.postTopUp)
	mux.HandleFunc("GET /sandbox/faults", s.getFaults)
	mux.HandleFunc("POST /sandbox/faults", s.postFaults)
	mux.HandleFunc("GET /sandbox/sessions", s.getSessions)
	mux.HandleFunc("GET /sandbox/stats", s.getStats)
	mux.HandleFunc("GET /s/{id}", s.sessionPage)
	mux.HandleFunc("POST /s/{id}", s.endSession)
	return mux
}

// postTopUp adds tokens: POST /sandbox/topup?tokens=100.
func (s *Server) postTopUp(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.FormValue("tokens"))
	if err != nil || n <= 0 {
		refuse(http.StatusBadRequest, "tokens must be a number above 0").write(w, r)
		return
	}
	s.TopUp(n)
	encode(http.StatusOK, map[string]int{"balance": s.Balance()}).write(w, r)
}

func (s *Server) getFaults(w http.ResponseWriter, r *http.Request) {
	encode(http.StatusOK, s.currentFaults()).write(w, r)
}

// postFaults replaces all faults: POST /sandbox/faults with {"cut": 0.1}.
func (s *Server) postFaults(w http.ResponseWriter, r *http.Request) {
	f, err := readFaults(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = f.Validate()
	}
	if err != nil {
		refuse(http.StatusBadRequest, err.Error()).write(w, r)
		return
	}
	s.SetFaults(f)
	s.getFaults(w, r)
}

func readFaults(r io.Reader) (f Faults, err error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return Faults{}, err
	}
	err = json.Unmarshal(body, &f)
	return f, err
}

func (s *Server) currentFaults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

func (s *Server) getSessions(w http.ResponseWriter, r *http.Request) {
	encode(http.StatusOK, s.Sessions()).write(w, r)
}

// stats is what GET /sandbox/stats tells.
type stats struct {
	Sessions int    `json:"sessions"`
	Balance  int    `json:"balance"`
	Today    int    `json:"requests_today"`
	Requests Counts `json:"requests"`
}

func (s *Server) getStats(w http.ResponseWriter, r *http.Request) {
	out := stats{Requests: s.Requests()}
	s.mu.Lock()
	s.limiter.advance(s.opts.Now())
	out.Sessions, out.Balance, out.Today = len(s.sessions), s.balance, s.limiter.used
	s.mu.Unlock()
	encode(http.StatusOK, out).write(w, r)
}
