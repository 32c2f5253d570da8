package batch

import (
	"strings"

	"usher/jobs"
	"usher/store"
)

// The reasons for which the gate is closed: [Gate.Reason].
const (
	GateRateLimited     = store.GateRateLimited
	GateDailyLimit      = store.GateDailyLimit
	GateDayUsedUp       = store.GateDayUsedUp
	GateUnreachable     = store.GateUnreachable
	GateUpstreamDown    = store.GateUpstreamDown
	GateMisconfigured   = store.GateMisconfigured
	GatePaymentRequired = store.GatePaymentRequired
	GateUnauthorized    = store.GateUnauthorized
	GateByPerson        = store.GateByPerson
)

// The reasons for which a batch is paused: [Batch.PauseReason].
const (
	PausedByPerson         = jobs.PausedByPerson
	PausedWorkflowNotFound = jobs.PausedWorkflowNotFound
	PausedSameRefusal      = jobs.PausedSameRefusal
	PausedManyRefused      = jobs.PausedManyRefused
	PausedCanary           = jobs.PausedCanary
	PausedNoReturnPage     = jobs.PausedNoReturnPage
)

// PauseReasonWords say why a batch is paused, to whoever is not to read what the API
// said, as that may be about a person. See also [Batch.PauseWords].
func PauseReasonWords(reason string) string {
	switch reason {
	case PausedByPerson:
		return "by a person"
	case PausedWorkflowNotFound:
		return "the API does not know its workflow"
	case PausedSameRefusal:
		return "many people in a row were refused for the same reason"
	case PausedManyRefused:
		return "too many people were refused"
	case PausedCanary:
		return "not all of the people who went first were invited, and nobody else was sent to"
	case PausedNoReturnPage:
		return "a process that sends lacks what the page needs that people come back to"
	}
	return strings.ReplaceAll(reason, "_", " ")
}

// waitingWords say to somebody who waits in a paused batch why. They are in the rows
// of others than those whom the API refused.
func waitingWords(reason string) string {
	if reason == PausedByPerson {
		return "Not invited yet: the batch was paused by a person."
	}
	return "Not invited yet: the batch paused itself: " + PauseReasonWords(reason) + "."
}

// BeingImported is the state of a batch whose rows come in: nobody is sent to yet. See
// also [Running].
const BeingImported = string(store.BatchImporting)

// The outcomes of an attempt: [Attempt.Outcome]. The empty one has no known end.
const (
	OutcomeCreated   = store.OutcomeCreated
	OutcomeRefused   = store.OutcomeRefused
	OutcomeDeferred  = store.OutcomeDeferred
	OutcomeNotSent   = store.OutcomeNotSent
	OutcomeInDoubt   = store.OutcomeInDoubt
	OutcomeFound     = store.OutcomeFound
	OutcomeNotFound  = store.OutcomeNotFound
	OutcomeAbandoned = store.OutcomeAbandoned
	OutcomeUnknown   = store.OutcomeUnknown
	OutcomeResolved  = store.OutcomeResolved
)
