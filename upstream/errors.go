package upstream

import (
	"fmt"
	"net/http"
	"time"
)

// StatusError is an answer that is not a success: any status but 2xx, a redirect
// included.
type StatusError struct {
	Status int
	// Code is the machine-readable word of the answer's body, if it has one.
	Code string
	// Message is what the body says, at most 300 characters of plain text. It may
	// quote personal data, so it belongs into the applicant's row, not into a log.
	Message string
	// RetryAfter is how long the server asks to be left alone: a positive time,
	// capped, to which the caller adds jitter. It is 0 when HasRetryAfter is false.
	RetryAfter time.Duration
	// HasRetryAfter says whether the answer named a believable wait. "Retry-After: 0"
	// is none: the caller's own back-off, which grows, is the safer reading.
	HasRetryAfter bool
	// Key is the number of the key that the request carried, counted from 0: a
	// refusal of a key that has been replaced since says nothing of the new one.
	Key int
}

// Error gives the status only.
func (e *StatusError) Error() string {
	if text := http.StatusText(e.Status); text != "" {
		return fmt.Sprintf("the API answered %d %s", e.Status, text)
	}
	return fmt.Sprintf("the API answered %d", e.Status)
}

// The kinds of TransportError.
const (
	KindResolve   = "resolve"   // the host name has no address
	KindConnect   = "connect"   // no connection to the host or the proxy
	KindTLS       = "tls"       // the handshake failed
	KindTimeout   = "timeout"   // the deadline passed, without or after sending
	KindCut       = "cut"       // the connection broke, or spoke no HTTP
	KindCancelled = "cancelled" // the caller gave up
)

// TransportError is a request that has no answer.
type TransportError struct {
	// Sent is false only when provably no byte of the request left; otherwise the
	// API may have acted on it.
	Sent bool
	// Timeout says whether a deadline ended it.
	Timeout bool
	// Kind is one of the Kind constants. A timeout while connecting has the kind
	// of what it was waiting for.
	Kind string

	host   string
	detail string
	err    error // one of a few values that quote nothing; see cause
}

// Error is a sentence that names the host and the cause, and nothing of the
// request.
func (e *TransportError) Error() string {
	s := e.what()
	if e.detail != "" {
		s += ": " + e.detail
	}
	if e.Sent {
		s += "; the request may have been received"
	}
	return s
}

func (e *TransportError) what() string {
	host := orDefault(e.host, "the API")
	switch {
	case e.Kind == KindResolve:
		return "no address found for " + host
	case e.Kind == KindConnect:
		return "no connection to " + host
	case e.Kind == KindTLS:
		return "no secure connection to " + host
	case e.Kind == KindTimeout && e.Sent:
		return "no answer from " + host + " in time"
	case e.Kind == KindTimeout:
		return "the deadline passed before anything was sent to " + host
	case e.Kind == KindCancelled:
		return "the request to " + host + " was given up"
	default:
		return "the connection to " + host + " broke"
	}
}

// Unwrap gives the cause as far as it is safe to show: a context error, a system
// error number, or nil.
func (e *TransportError) Unwrap() error { return e.err }

// The reasons of AnswerError.
const (
	ReasonTooLarge     = "larger than 1 MiB"
	ReasonTruncated    = "cut short"
	ReasonTooSlow      = "not complete before the deadline"
	ReasonNotJSON      = "not the JSON object that was expected"
	ReasonNoID         = "without a usable session id"
	ReasonNotOurs      = "about another session"
	ReasonNoList       = "without a list of sessions"
	ReasonNoReference  = "with a session that names no external_id"
	ReasonNotAsked     = "a list of another external_id than the one asked for"
	ReasonNoNext       = "with more pages than can be asked for"
	ReasonTokenRepeats = "with a page token that repeats"
	ReasonTooManyPages = "with too many pages"
	ReasonCached       = "an old one that a cache on the way had kept"
)

// AnswerError is a success that cannot be read, so that what it announced is in
// doubt.
type AnswerError struct {
	Status int
	// Reason is one of the Reason constants, never text from the answer.
	Reason string
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("the API answered %d, but the answer is %s", e.Status, e.Reason)
}
