package jobs

import (
	"errors"
	"net/http"

	"usher/store"
	"usher/upstream"
)

// outcome is what an answer to a create request means.
type outcome struct {
	state   store.State // of the applicant; Sending means in doubt
	attempt string      // the attempt's outcome
	counted bool        // counts against the limit of attempts
	status  int         // HTTP status, 0 without an answer
	gate    string      // the reason to close the gate for, or ""
	pause   string      // the reason to pause the batch for, or ""
	code    string      // error_code in the report
	alive   bool        // the API is up: it answered as it should
}

// mayStop reports whether the outcome may pause the batch, by itself or with others
// that are alike.
func (o outcome) mayStop() bool { return o.state == store.Failed || o.pause != "" }

// Reasons for which a batch is paused.
const (
	PausedByPerson         = "by_person"
	PausedWorkflowNotFound = "workflow_not_found"
	PausedSameRefusal      = store.PausedSameRefusal
	PausedManyRefused      = store.PausedManyRefused
	PausedCanary           = store.PausedCanary
	PausedNoReturnPage     = "no_return_page" // a worker cannot say where people come back to
)

// outcomeOf is the one table of outcomes: it says what the answer to a create
// request means for the applicant, the gate and the batch. err is as
// [upstream.Client.CreateSession] returned it.
func outcomeOf(err error, hasWorkflow bool) outcome {
	var status *upstream.StatusError
	var transport *upstream.TransportError
	var page *noReturnPageError
	switch {
	case err == nil:
		return outcome{state: store.Invited, attempt: store.OutcomeCreated, counted: true, status: http.StatusOK, alive: true}
	case errors.As(err, &status):
		return outcomeOfStatus(status, hasWorkflow)
	case errors.As(err, &page): // before anything was sent
		return outcome{state: store.Queued, attempt: store.OutcomeNotSent, pause: PausedNoReturnPage}
	case errors.As(err, &transport) && !transport.Sent:
		o := outcome{state: store.Queued, attempt: store.OutcomeNotSent}
		if transport.Kind == "connect" || transport.Kind == "resolve" || transport.Kind == "tls" {
			o.gate = store.GateUnreachable
		}
		return o
	}
	return inDoubt(0) // cut, timed out, or an answer that cannot be read
}

func inDoubt(status int) outcome {
	return outcome{state: store.Sending, attempt: store.OutcomeInDoubt, counted: true, status: status, code: "in_doubt"}
}

func outcomeOfStatus(e *upstream.StatusError, hasWorkflow bool) outcome {
	deferred := outcome{state: store.Queued, attempt: store.OutcomeDeferred, status: e.Status}
	switch s := e.Status; {
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		deferred.gate = store.GateUnauthorized
		return deferred
	case s == http.StatusPaymentRequired:
		deferred.gate, deferred.alive = store.GatePaymentRequired, true
		return deferred
	case s == http.StatusTooManyRequests:
		deferred.gate, deferred.alive = store.GateRateLimited, true
		return deferred
	case s == http.StatusProxyAuthRequired: // a proxy's answer: the API was not reached
		return outcome{state: store.Queued, attempt: store.OutcomeNotSent, status: s, gate: store.GateUnreachable}
	case s == http.StatusNotFound && hasWorkflow:
		deferred.pause, deferred.alive = PausedWorkflowNotFound, true
		return deferred
	case s == http.StatusRequestTimeout, s == http.StatusConflict, s == http.StatusTooEarly, s >= 500, s < 300:
		o := inDoubt(s)
		if e.HasRetryAfter {
			o.gate = store.GateUpstreamDown
		}
		return o
	case s < 400:
		o := inDoubt(s)
		o.gate = store.GateMisconfigured
		return o
	}
	return outcome{state: store.Failed, attempt: store.OutcomeRefused, counted: true, status: e.Status,
		code: refusalCode(e), alive: true}
}

// refusalCode names a refusal in the report: the API's own code, if it gave
// one, else one for the status.
func refusalCode(e *upstream.StatusError) string {
	if e.Code != "" {
		return e.Code
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "invalid_request"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusNotFound:
		return "not_found"
	}
	return "refused"
}
