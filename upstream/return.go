package upstream

import "net/url"

// Return is what the API adds to redirect_url when it sends a person's browser
// back after the session. Status and Reason are open sets, kept as they come.
type Return struct {
	SessionID string
	// Status is success, failed, abandoned, or something new.
	Status string
	// Reason is empty on success.
	Reason string
}

// ParseReturn reads the query of a browser that came back; not ok when it names
// no session. It is what a browser says: anybody can type it.
func ParseReturn(q url.Values) (r Return, ok bool) {
	r = Return{
		SessionID: usableID(q.Get("session_id")),
		Status:    clip(q.Get("status"), maxCode),
		Reason:    clip(q.Get("reason"), maxMessage),
	}
	return r, r.SessionID != ""
}
