package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/jobs"
	"usher/store"
)

// State is the state of a person in a batch; Counts is how many are in each.
type (
	State  = store.State
	Counts = store.Counts
)

// The states of a person; see [store.State].
const (
	Rejected  = store.Rejected
	Duplicate = store.Duplicate
	Queued    = store.Queued
	Sending   = store.Sending
	Invited   = store.Invited
	Failed    = store.Failed
	Unknown   = store.Unknown
	Cancelled = store.Cancelled
)

// States are all of them, in the order in which people are told of them.
var States = store.States

// The states of a batch.
const (
	Running  = string(store.BatchRunning)
	Paused   = string(store.BatchPaused)
	Finished = string(store.BatchFinished)
	GivenUp  = string(store.BatchCancelled)
)

// Batch is a batch and how many of its people are in each state. Its JSON is
// part of the interface.
type Batch struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	State       string `json:"state"`
	Problems    bool   `json:"problems"`            // finished, but some were rejected, failed or unknown
	Rehearsal   bool   `json:"rehearsal,omitempty"` // nobody was contacted
	Owner       string `json:"owner,omitempty"`     // the user who brought it by a page
	PauseReason string `json:"pause_reason,omitempty"`
	PauseDetail string `json:"pause_detail,omitempty"`
	Quiet       *Quiet `json:"quiet,omitempty"` // if it has quiet times, and is not over
	Run         int    `json:"run"`
	Counts      Counts `json:"counts"`
	// Still is what keeps it from going on, apart from the gate, and StillHint what to do
	// about it; API is the address of the API it is for, if the settings name another;
	// DoneAbout is when it is done, in words, if quiet times make that later. All four are
	// told in a [Standing] alone.
	Still      string     `json:"still,omitempty"`
	StillHint  string     `json:"still_hint,omitempty"`
	API        string     `json:"api,omitempty"`
	DoneAbout  string     `json:"done_about,omitempty"`
	Report     string     `json:"report,omitempty"`
	CreatedAt  *time.Time `json:"created_at"`
	ImportedAt *time.Time `json:"imported_at"`
	FinishedAt *time.Time `json:"finished_at"`

	source   string
	account  int64
	breakers Breakers
	canaryTo int    // the row of the last of those who go first, while the others are held back
	quiet    string // the rule of its quiet times
}

func batchOf(b store.Batch, c store.Counts) Batch {
	return Batch{
		ID: b.ID, Name: b.Name, State: string(b.State), Problems: b.State == store.BatchFinished && c.Problems() > 0,
		PauseReason: b.PauseReason, PauseDetail: b.PauseDetail, Run: b.Run, Counts: c, Report: b.ReportPath, Owner: b.Owner,
		CreatedAt: timeOrNull(b.CreatedAt), ImportedAt: timeOrNull(b.ImportedAt), FinishedAt: timeOrNull(b.FinishedAt),
		Quiet: quietOf(b), source: b.Source, account: b.Account, quiet: b.Quiet, canaryTo: b.CanaryTo, breakers: b.Breakers,
	}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// PauseWords says to people why the batch is paused.
func (b Batch) PauseWords() string {
	switch {
	case b.PauseReason == jobs.PausedByPerson:
		return "by a person"
	case b.PauseDetail != "":
		return b.PauseDetail
	}
	return b.PauseReason
}

// PausedHint is what to do about a paused batch.
func (b Batch) PausedHint() string {
	if b.PauseReason == jobs.PausedWorkflowNotFound {
		return fmt.Sprintf("'usher cancel %d', then run the file with the right workflow; 'usher resume %d' if the workflow is there now", b.ID, b.ID)
	}
	if b.PauseReason == jobs.PausedNoReturnPage {
		return fmt.Sprintf("set it for every process that works, then 'usher resume %d'", b.ID)
	}
	if b.PauseReason == jobs.PausedByPerson {
		return fmt.Sprintf("'usher resume %d' sets it going again; 'usher acts %d' says who paused it, and when", b.ID, b.ID)
	}
	if b.StoppedItself() {
		return b.stoppedHint()
	}
	return fmt.Sprintf("'usher resume %d' sets it going again", b.ID)
}

// Batch is the batch with this id. That there is none is an error with a hint.
func (s *Service) Batch(ctx context.Context, id int64) (Batch, error) {
	b, err := s.batch(ctx, id)
	if err != nil {
		return Batch{}, err
	}
	counts, err := s.st.Counts(ctx, id)
	return batchOf(b, counts), err
}

func (s *Service) batch(ctx context.Context, id int64) (store.Batch, error) {
	b, err := s.st.Batch(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = WithHint(missing("there is no batch %d", id), "'usher batches' lists them")
	}
	return b, err
}

// Batches lists every batch of the database, the newest first.
func (s *Service) Batches(ctx context.Context) ([]Batch, error) {
	all, err := s.st.Batches(ctx, store.BatchFilter{})
	if err != nil {
		return nil, err
	}
	return s.counted(ctx, all)
}

// running are the account's running batches, the oldest first.
func (s *Service) running(ctx context.Context) ([]Batch, error) {
	all, err := s.st.BatchesIn(ctx, s.account, store.BatchRunning)
	if err != nil {
		return nil, err
	}
	return s.counted(ctx, all)
}

// counted adds to batches how many of their people are in each state.
func (s *Service) counted(ctx context.Context, all []store.Batch) ([]Batch, error) {
	ids := make([]int64, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	counts, err := s.st.CountsOf(ctx, ids)
	counted := make([]Batch, len(all))
	for i, b := range all {
		counted[i] = batchOf(b, counts[b.ID])
	}
	return counted, err
}
