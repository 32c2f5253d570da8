package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// SessionRequest is a person to invite. Both flags always go out, since the API
// takes a missing one for true; empty optional fields are left out.
type SessionRequest struct {
	FirstName       string `json:"first_name"`
	LastName        string `json:"last_name"`
	Email           string `json:"email"`
	Phone           string `json:"phone"`
	ExternalID      string `json:"external_id,omitempty"`
	SendEmailInvite bool   `json:"send_email_invite"`
	SendPhoneInvite bool   `json:"send_phone_invite"`
	WorkflowID      string `json:"workflow_id,omitempty"`
	RedirectURL     string `json:"redirect_url,omitempty"`
}

// Session is what the API made for a person.
type Session struct {
	ID string
	// URL is where the person completes verification. It is empty when the answer
	// had none, or none that is an http(s) address.
	URL        string
	ExternalID string
	// Status is the provider's word, an open set; empty when not said.
	Status string
	// Links is a JSON array as it came, or nil.
	Links json.RawMessage
	// CreatedAt is in UTC, zero when unknown.
	CreatedAt time.Time
}

// CreateSession sends the request once. A session without a URL is no error: the
// person has been invited. Everything else that is not a readable success is a
// *StatusError, *TransportError or *AnswerError.
func (c *Client) CreateSession(ctx context.Context, r SessionRequest) (Session, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return Session{}, errors.New("encode session request") // the cause would quote it
	}
	a, err := c.do(ctx, request{RequestCreate, http.MethodPost, c.endpoint(nil, "v1", "sessions"), body})
	if err != nil {
		return Session{}, fmt.Errorf("create session: %w", err)
	}
	s, err := created(a, r.ExternalID)
	if err != nil {
		return Session{}, fmt.Errorf("create session: %w", err)
	}
	return s, nil
}

// created reads the answer to a create. An answer that names another reference
// belongs to another request (a connection out of step), and taking it would
// hand one person's link to another.
func created(a answer, externalID string) (Session, error) {
	f, ok := parseObject(a.body)
	if !ok {
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNotJSON}
	}
	s, ok := f.session()
	switch {
	case !ok:
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNoID}
	case externalID != "" && s.ExternalID != "" && !sameReference(s.ExternalID, externalID):
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNotOurs}
	}
	return s, nil
}

// sameReference compares references as an API may hand them back: trimmed, or
// in another case.
func sameReference(theirs, ours string) bool {
	return strings.EqualFold(theirs, clean(ours))
}

// Session reads one session back.
func (c *Client) Session(ctx context.Context, id string) (Session, error) {
	if !addressable(id) {
		return Session{}, errors.New("read session: the id cannot be part of a URL")
	}
	a, err := c.do(ctx, request{RequestSession, http.MethodGet, c.endpoint(nil, "v1", "sessions", id), nil})
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	s, err := one(a, id)
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	return s, nil
}

// one reads a session, bare or in an envelope.
func one(a answer, id string) (Session, error) {
	f, ok := parseObject(a.body)
	if !ok {
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNotJSON}
	}
	s, ok := f.session()
	for _, name := range []string{"session", "data"} {
		if inner, isObject := parseObject(f[name]); !ok && isObject {
			s, ok = inner.session()
		}
	}
	switch {
	case !ok:
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNoID}
	case s.ID != id:
		return Session{}, &AnswerError{Status: a.status, Reason: ReasonNotOurs}
	}
	return s, nil
}

// addressable says whether an id can be one segment of a path: the dots would be
// taken for directions by any server on the way.
func addressable(id string) bool { return id != "" && id != "." && id != ".." }
