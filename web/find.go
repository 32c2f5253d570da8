package web

import (
	"net/http"
	"strconv"
	"time"

	"usher/batch"
)

// findPage tells whether somebody was invited.
type findPage struct {
	Who    string
	Asked  bool
	Own    bool // only in batches of the visitor's own
	People []batch.Person
	Whole  bool        // found by the whole of what somebody is known by
	Next   batch.Place // where the search goes on
}

// find looks for somebody in all batches; an uploader, in their own. Whom they look
// for comes in the body of a post.
func (h *Handler) find(w http.ResponseWriter, r *http.Request) error {
	v := visitorOf(r)
	p := findPage{Who: searched(r), Own: !v.Operator()}
	p.Asked = p.Who != ""
	if p.Asked {
		q := batch.Search{Who: p.Who, Limit: peopleShown}
		if p.Own {
			if q.Owner = v.Name; q.Owner == "" {
				return errNotAllowed // nobody's would be everybody's
			}
		}
		if q.From.Batch, _ = strconv.ParseInt(r.PostFormValue("batch"), 10, 64); q.From.Batch > 0 {
			q.From.Row, _ = strconv.Atoi(r.PostFormValue("from"))
		}
		found, err := h.svc.SearchPeople(r.Context(), q)
		if err != nil {
			return err
		}
		p.People, p.Whole, p.Next = found.People, found.Whole, found.Next
	}
	h.show(w, r, "find", page{Title: "Find somebody", Section: "find", Data: p})
	return nil
}

// was says what became of somebody, as a sentence goes on.
func was(p batch.Person) string {
	switch p.State {
	case batch.Invited:
		return "was invited"
	case batch.Rejected:
		return "was left out, as the row is not right"
	case batch.Duplicate:
		return "was not invited again"
	case batch.Queued:
		return "is waiting to be invited"
	case batch.Sending:
		return "is being invited, or checked"
	case batch.Failed:
		return "was refused by the provider"
	case batch.Unknown:
		return "may have been invited: somebody must find out"
	}
	return "was not invited, as the batch was cancelled"
}

// when is the time that matters for somebody; nil if nothing has happened yet.
func when(p batch.Person) *time.Time {
	if p.State == batch.Invited && p.SentAt != nil {
		return p.SentAt
	}
	return p.SettledAt
}
