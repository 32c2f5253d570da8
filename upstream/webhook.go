package upstream

import (
	"encoding/json"
	"slices"
)

// Webhook is what the provider tells of a session by itself.
type Webhook struct {
	// Event is created, submitted, or the end of a verification: verified, rejected
	// or failed.
	Event string
	// Sessions are the ids that the message names. Which of several is the session's
	// is not said: it is for the caller to know one of them.
	Sessions []string
}

// events are the types of webhooks that are known.
var events = map[string]string{
	"session.created":          "created",
	"session.status.submitted": "submitted",
	"session.status.verified":  "verified",
	"session.status.rejected":  "rejected",
	"session.status.failed":    "failed",
}

// sessionNames are the fields that may hold a session's id.
var sessionNames = []string{"id", "session_id", "sessionId", "idv_id", "session"}

// ParseWebhook reads a webhook's body; not ok when its type is not known, or when
// it names no session. The id is in data, or in a session in it.
func ParseWebhook(body []byte) (w Webhook, ok bool) {
	f, ok := parseObject(body)
	if !ok {
		return w, false
	}
	var kind string
	if json.Unmarshal(f["type"], &kind) != nil || events[kind] == "" {
		return w, false
	}
	w.Event = events[kind]
	data, _ := parseObject(f["data"])
	w.add(data)
	inner, _ := parseObject(data["session"])
	w.add(inner)
	return w, len(w.Sessions) > 0
}

// add takes the ids of an object.
func (w *Webhook) add(f fields) {
	for _, name := range sessionNames {
		if id := usableID(f.text(name)); id != "" && !slices.Contains(w.Sessions, id) {
			w.Sessions = append(w.Sessions, id)
		}
	}
}
