package batch

import (
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
