package upstream

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	pageLimit = 500 // the largest the API takes
	// maxPages bounds a look-up. A reference has one session, rarely a few; 20
	// full pages mean that something else is being listed.
	maxPages = 20
)

// SessionsByExternalID lists every session that has this reference, all pages of
// it. It either has read them all or returns an error: half a list must not be
// taken for proof that somebody was not invited. An API that ignores the filter
// does no harm: sessions with another reference are left out, and a session
// that names none makes the look-up an *AnswerError. So does a list of one other
// reference's alone: it is the answer to another question, which a cache on the
// way has kept.
func (c *Client) SessionsByExternalID(ctx context.Context, externalID string) ([]Session, error) {
	found, err := c.allPages(ctx, externalID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return found, nil
}

func (c *Client) allPages(ctx context.Context, externalID string) ([]Session, error) {
	var found []Session
	token, seen, others := "", map[string]bool{}, map[string]bool{}
	for range maxPages {
		a, err := c.list(ctx, externalID, pageLimit, token)
		if err != nil {
			return nil, err
		}
		p, err := parsePage(a, externalID)
		if err != nil {
			return nil, err
		}
		found = append(found, p.sessions...)
		for _, other := range p.others {
			others[strings.ToLower(other)] = true
		}
		if p.next == "" && len(found) == 0 && len(others) == 1 {
			return nil, &AnswerError{Status: a.status, Reason: ReasonNotAsked}
		}
		if p.next == "" {
			return found, nil
		}
		if seen[p.next] {
			return nil, &AnswerError{Status: a.status, Reason: ReasonTokenRepeats}
		}
		token, seen[p.next] = p.next, true
	}
	return nil, &AnswerError{Status: http.StatusOK, Reason: ReasonTooManyPages}
}

func (c *Client) list(ctx context.Context, externalID string, limit int, token string) (answer, error) {
	q := url.Values{"external_id": {externalID}, "limit": {strconv.Itoa(limit)}}
	if token != "" {
		q.Set("next_token", token)
	}
	return c.do(ctx, request{RequestList, http.MethodGet, c.endpoint(q, "v1", "sessions"), nil})
}

// page is one page of a list.
type page struct {
	sessions []Session
	others   []string // the references of those that are left out
	next     string
}

func parsePage(a answer, externalID string) (page, error) {
	f, ok := parseObject(a.body)
	if !ok {
		return page{}, &AnswerError{Status: a.status, Reason: ReasonNotJSON}
	}
	rows, ok := f.rows("sessions", "data")
	if !ok {
		return page{}, &AnswerError{Status: a.status, Reason: ReasonNoList}
	}
	next, ok := f.token("next_token", "nextToken")
	if !ok {
		return page{}, &AnswerError{Status: a.status, Reason: ReasonNoNext}
	}
	p := page{next: next}
	for _, row := range rows {
		s, ok := row.session()
		switch {
		case !ok:
			return page{}, &AnswerError{Status: a.status, Reason: ReasonNoID}
		case s.ExternalID == "":
			return page{}, &AnswerError{Status: a.status, Reason: ReasonNoReference}
		case sameReference(s.ExternalID, externalID):
			p.sessions = append(p.sessions, s)
		default:
			p.others = append(p.others, s.ExternalID)
		}
	}
	return p, nil
}
