package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// reply is the answer that a route decided on.
type reply struct {
	status      int
	header      http.Header
	contentType string
	body        []byte
	delay       time.Duration // before it is written
	cut         bool          // the connection is cut instead of an answer
}

// write sends the reply. Its delay ends early when nobody waits any more.
func (a reply) write(w http.ResponseWriter, r *http.Request) {
	if a.delay > 0 {
		timer := time.NewTimer(a.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	if a.cut {
		panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that left is no concern of ours
}

// encode makes a reply of JSON.
func encode(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusInternalServerError, "encode answer")
	}
	return reply{status: status, contentType: "application/json", body: body}
}

// refuse makes a reply of one of the forms that the provider's errors have.
func refuse(status int, message string) reply {
	switch status {
	case http.StatusBadRequest:
		return encode(status, map[string]any{"error": map[string]string{"message": message, "code": "invalid_request"}})
	case http.StatusNotFound:
		return encode(status, map[string]string{"message": message, "code": "not_found"})
	case http.StatusPaymentRequired:
		return reply{status: status, contentType: "text/plain; charset=utf-8", body: []byte(message)}
	default:
		return encode(status, map[string]string{"error": message})
	}
}
