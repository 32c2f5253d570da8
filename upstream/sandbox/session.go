package sandbox

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Session is what a create made: the request as it was understood, and what was
// answered.
type Session struct {
	ID              string    `json:"id"`
	URL             string    `json:"session_url"`
	Status          string    `json:"status"`
	FirstName       string    `json:"first_name"`
	LastName        string    `json:"last_name"`
	Email           string    `json:"email"`
	Phone           string    `json:"phone"`
	ExternalID      string    `json:"external_id,omitempty"`
	SendEmailInvite bool      `json:"send_email_invite"`
	SendPhoneInvite bool      `json:"send_phone_invite"`
	WorkflowID      string    `json:"workflow_id,omitempty"`
	RedirectURL     string    `json:"redirect_url,omitempty"`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
}

// link is an entry of links.
type link struct {
	Rel         string `json:"rel"`
	Href        string `json:"href"`
	Description string `json:"description,omitempty"`
}

// createAnswer is what a create answers.
type createAnswer struct {
	ID         string `json:"id"`
	URL        string `json:"session_url,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	Links      []link `json:"links"`
}

// create is POST /v1/sessions.
func (s *Server) create(r *http.Request, body []byte) reply {
	session, err := parseCreate(r.Header.Get("Content-Type"), body)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if session.WorkflowID != "" && !s.hasWorkflow(session.WorkflowID) {
		return refuse(http.StatusNotFound, "workflow not found")
	}
	base := s.publicURL(r)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.balance == 0 {
		return refuse(http.StatusPaymentRequired, "Insufficient funds or subscription.")
	}
	f := s.faults.pick(s.rand.Float64())
	if spoiled, struck := f.before(); struck {
		return spoiled
	}
	s.keep(&session, base)
	return f.after(createAnswer{
		ID:         session.ID,
		URL:        session.URL,
		ExternalID: session.ExternalID,
		Links: []link{
			{Rel: "self", Href: base + "/v1/sessions/" + session.ID},
			{Rel: "session", Href: session.URL, Description: "Where the applicant verifies"},
		},
	}, s.faults.SlowFor)
}

// keep gives a session its id and URL, pays for it and stores it. The mutex is
// held.
func (s *Server) keep(session *Session, base string) {
	session.ID = newID()
	session.Status = "PENDING"
	session.CreatedAt = s.opts.Now().UTC()
	session.UpdatedAt = session.CreatedAt
	session.URL = base + "/s/" + session.ID
	if session.RedirectURL != "" {
		session.URL += "?" + url.Values{"redirect_url": {session.RedirectURL}}.Encode()
	}
	if s.balance > 0 {
		s.balance--
	}
	if session.ExternalID != "" {
		s.byRef[session.ExternalID] = append(s.byRef[session.ExternalID], len(s.sessions))
	}
	s.sessions = append(s.sessions, session)
	s.byID[session.ID] = session
}

func (s *Server) hasWorkflow(id string) bool {
	if len(s.opts.Workflows) == 0 {
		return !strings.HasPrefix(id, "missing")
	}
	return slices.Contains(s.opts.Workflows, id)
}

// publicURL is where session URLs lead to, without a slash at its end.
func (s *Server) publicURL(r *http.Request) string {
	switch {
	case s.opts.PublicURL != "":
		return strings.TrimRight(s.opts.PublicURL, "/")
	case r.Host == "":
		return "https://sandbox.usher.invalid"
	case r.TLS != nil:
		return "https://" + r.Host
	default:
		return "http://" + r.Host
	}
}

// newID makes a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its documentation
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
