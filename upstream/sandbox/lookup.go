package sandbox

import (
	"encoding/base64"
	"net/http"
	"sort"
	"strconv"
	"time"
)

const (
	defaultPage = 100
	maxPage     = 500
)

// record is a session as look-ups tell it: no name, e-mail or phone, and in lists
// no URL either.
type record struct {
	ID         string    `json:"id"`
	ExternalID string    `json:"external_id,omitempty"`
	Status     string    `json:"status"`
	WorkflowID string    `json:"workflow_id,omitempty"`
	URL        string    `json:"session_url,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func (s *Session) record() record {
	return record{
		ID: s.ID, ExternalID: s.ExternalID, Status: s.Status, WorkflowID: s.WorkflowID,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
}

type listAnswer struct {
	Sessions  []record `json:"sessions"`
	NextToken *string  `json:"next_token"`
}

// list is GET /v1/sessions?external_id=&limit=&next_token=.
func (s *Server) list(r *http.Request, _ []byte) reply {
	if s.opts.NoList {
		return refuse(http.StatusNotFound, "no such route")
	}
	q := r.URL.Query()
	limit, ok := parseLimit(q.Get("limit"))
	if !ok {
		return refuse(http.StatusBadRequest, "limit must be a number from 1 to 500")
	}
	from, ok := parseToken(q.Get("next_token"))
	if !ok {
		return refuse(http.StatusBadRequest, "next_token is invalid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.listed()
	if q.Has("external_id") {
		refs := s.byRef[q.Get("external_id")]
		return s.page(sort.SearchInts(refs, known), func(i int) int { return refs[i] }, from, limit)
	}
	return s.page(known, func(i int) int { return i }, from, limit)
}

// listed is how many sessions, the oldest first, look-ups know of. The mutex is held.
func (s *Server) listed() int {
	if s.opts.ListLag <= 0 {
		return len(s.sessions)
	}
	limit := s.opts.Now().Add(-s.opts.ListLag)
	return sort.Search(len(s.sessions), func(i int) bool { return s.sessions[i].CreatedAt.After(limit) })
}

// page answers up to limit of n sessions, those from position from on. The token
// of the next page is a position among all sessions, so that sessions created
// meanwhile shift nothing. The mutex is held.
func (s *Server) page(n int, position func(int) int, from, limit int) reply {
	start := sort.Search(n, func(i int) bool { return position(i) >= from })
	out := listAnswer{Sessions: []record{}}
	for i := start; i < n && i < start+limit; i++ {
		out.Sessions = append(out.Sessions, s.sessions[position(i)].record())
	}
	if start+limit < n {
		token := makeToken(position(start + limit))
		out.NextToken = &token
	}
	return encode(http.StatusOK, out)
}

func parseLimit(v string) (int, bool) {
	if v == "" {
		return defaultPage, true
	}
	n, err := strconv.Atoi(v)
	return n, err == nil && n >= 1 && n <= maxPage
}

func makeToken(position int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("p" + strconv.Itoa(position)))
}

func parseToken(v string) (position int, ok bool) {
	if v == "" {
		return 0, true
	}
	b, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil || len(b) < 2 || b[0] != 'p' {
		return 0, false
	}
	n, err := strconv.Atoi(string(b[1:]))
	return n, err == nil && n >= 0
}

// one is GET /v1/sessions/{id}.
func (s *Server) one(r *http.Request, _ []byte) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.byID[r.PathValue("id")]
	if session == nil || session.CreatedAt.After(s.opts.Now().Add(-s.opts.ListLag)) {
		return refuse(http.StatusNotFound, "session not found")
	}
	out := session.record()
	if !s.opts.NoSessionURL {
		out.URL = session.URL
	}
	return encode(http.StatusOK, out)
}

// workflow is GET /v1/workflows/{id}.
func (s *Server) workflow(r *http.Request, _ []byte) reply {
	id := r.PathValue("id")
	if !s.hasWorkflow(id) {
		return refuse(http.StatusNotFound, "workflow not found")
	}
	return encode(http.StatusOK, map[string]string{"id": id, "name": "Sandbox workflow"})
}
