package batch

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"usher/report"
	"usher/store"
)

// RestStates are those of people who were not invited, and whose rows can be
// brought again.
var RestStates = []State{Rejected, Failed, Cancelled}

// WriteRest writes the rows of a batch that are in some states as a list that usher
// imports again: its report, as CSV, without the others.
func (s *Service) WriteRest(ctx context.Context, batch int64, states []State, w io.Writer) error {
	b, err := s.batch(ctx, batch)
	if err != nil {
		return err
	}
	return report.Write(ctx, inStates{s.st, states}, b, report.CSV, w)
}

// inStates reads those rows of a batch that are in some states.
type inStates struct {
	st     *store.Store
	states []State
}

func (r inStates) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	return r.st.People(ctx, store.PeopleFilter{Batch: batch, States: r.states, After: afterRow, Limit: limit})
}

// ReceiveRest makes an upload of the rows of a batch that is over and were not
// invited: [RestStates]. It is to be read as the batch was.
func (s *Service) ReceiveRest(ctx context.Context, by Actor, batch, limit int64) (Upload, error) {
	b, err := s.Batch(ctx, batch)
	if err != nil {
		return Upload{}, err
	}
	if err := b.hasRest(); err != nil {
		return Upload{}, err
	}
	from, to := io.Pipe()
	go func() { to.CloseWithError(s.WriteRest(ctx, batch, RestStates, to)) }()
	u, err := s.ReceiveUpload(ctx, by, b.Name+", the rest.csv", from, limit)
	_ = from.CloseWithError(errors.New("the list is not read any further")) // lets the writer go
	if err != nil {
		return Upload{}, err
	}
	return s.Choose(ctx, by, u.ID, u.Revision, s.readAs(ctx, b, u.Choices))
}

// Rest is how many rows of a batch can be brought again.
func (b Batch) Rest() (n int) {
	for _, state := range RestStates {
		n += b.Counts[state]
	}
	return n
}

// hasRest returns an error for a batch of which there is nothing to bring again, or
// not yet.
func (b Batch) hasRest() error {
	switch {
	case b.State != Finished && b.State != GivenUp:
		return requestError("wait until it is finished, or cancel it", "batch %d is not over, so it has no rest yet", b.ID)
	case b.Rest() == 0:
		return requestError("there is nothing to do", "everybody of batch %d was invited", b.ID)
	}
	return nil
}

// readAs chooses for a list what was chosen for a batch.
func (s *Service) readAs(ctx context.Context, b Batch, c Choices) Choices {
	stored, err := s.st.Batch(ctx, b.ID)
	var was struct {
		SendEmail *bool   `json:"send_email_invite"`
		SendPhone *bool   `json:"send_phone_invite"`
		Workflow  *string `json:"workflow_id"`
		Redirect  *string `json:"redirect_url"`
		Return    *bool   `json:"return"`
		Region    *string `json:"region"`
		Prefix    *string `json:"reference_prefix"`
	}
	if err != nil || json.Unmarshal([]byte(stored.Options), &was) != nil {
		return c // as any list
	}
	set(&c.SendEmail, was.SendEmail)
	set(&c.SendPhone, was.SendPhone)
	set(&c.WorkflowID, was.Workflow)
	set(&c.RedirectURL, was.Redirect)
	c.Return = was.Return != nil && *was.Return // it is left out where it is not so
	set(&c.Region, was.Region)
	set(&c.ReferencePrefix, was.Prefix)
	c.Quiet = ruleOf(stored.Quiet)
	return c
}

// set sets what is known.
func set[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}
