package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/store"
)

// UploadState is where an upload is on its way to a batch.
type UploadState = store.UploadState

// The states of an upload; see [store.UploadState].
const (
	UploadReceiving = store.UploadReceiving
	UploadReady     = store.UploadReady
	UploadImporting = store.UploadImporting
	UploadImported  = store.UploadImported
)

// uploadLife is how long an upload is kept, and how long what was imported points
// to its batch.
const uploadLife = 24 * time.Hour

// ErrNoUpload means that there is no upload of this id.
var ErrNoUpload = errors.New("there is no such list any more")

// ChangedError means that somebody chose or corrected something since, so what was
// asked for was meant for another list than is there.
type ChangedError struct{ Revision int } // the present one

func (e *ChangedError) Error() string { return "somebody has changed this list in the meantime" }

// Hint is the next step.
func (e *ChangedError) Hint() string { return "look at it as it is now, and choose again" }

// Upload is a list that somebody brought by a page, until it is a batch. Any
// process on the database knows it.
type Upload struct {
	ID       string
	Owner    string // the user who brought it
	Name     string // of the file, for people
	Source   string // the database source that it is, instead of a file
	State    UploadState
	Size     int64 // of the file, in bytes
	Revision int   // counts up with every choice and correction
	Choices  Choices
	// Plan is what the last check found, nil before the first; Checked tells that it
	// is of this revision.
	Plan    *UploadPlan
	Checked bool
	// Progress is how far the check is, or the import.
	Progress Progress
	// Refusal is why the last import brought nothing, and Fix what to do about it.
	Refusal string
	Fix     string
	Agreed  int    // invitations that were agreed to
	Inviter string // who agreed
	Batch   int64  // of an imported one
	// Known tells that the same list was imported before: Batch is of that import,
	// and nobody was invited by this one.
	Known     bool
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Upload is the upload with this id, or an error that wraps [ErrNoUpload].
func (s *Service) Upload(ctx context.Context, id string) (Upload, error) {
	u, err := s.UploadStanding(ctx, id)
	if err != nil {
		return u, err
	}
	text, revision, err := s.st.UploadPlan(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return u, noUpload()
	}
	if err != nil || text == "" {
		return u, err
	}
	u.Checked = revision == u.Revision && u.State != UploadReceiving
	if u.Plan, err = readPlan(text); err != nil || u.Plan.Plan == nil {
		return u, err
	}
	u.Plan.Plan.Cost, err = s.Cost(ctx, u.Plan.Plan.Tokens, u.Choices.Quiet) // of now, and not of the check
	return u, err
}

// UploadStanding is an upload without its plan, which may be large; an error wraps
// [ErrNoUpload] as [Service.Upload]'s does.
func (s *Service) UploadStanding(ctx context.Context, id string) (Upload, error) {
	u, err := s.upload(ctx, id)
	if err != nil {
		return Upload{}, err
	}
	all, err := uploadOf(u)
	all.Choices.Breakers = new(s.breakersOf(all.Choices))
	return all, err
}

// upload is what is stored of an upload of this account.
func (s *Service) upload(ctx context.Context, id string) (store.Upload, error) {
	if cleanText(id) != id { // an address may have anything
		return store.Upload{}, noUpload()
	}
	u, err := s.st.Upload(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Account != s.account {
		return u, noUpload()
	}
	return u, err
}

func noUpload() error {
	return WithHint(ErrNoUpload, "it was discarded, did not arrive whole, or was brought more than a day ago; bring it again")
}

// uploadOf is an upload without its plan.
func uploadOf(u store.Upload) (Upload, error) {
	c, err := readChoices(u.Choices)
	return Upload{
		ID: u.ID, Owner: u.Owner, Name: u.Name, Source: u.Source, State: u.State, Size: u.Size, Revision: u.Revision,
		Choices: c.Choices, Progress: Progress(u.Progress), Refusal: u.Refusal, Fix: u.RefusalFix, Agreed: u.Agreed,
		Inviter: u.Inviter.Name, Batch: u.Batch, Known: u.Known, CreatedAt: u.CreatedAt, ExpiresAt: u.ExpiresAt,
		Checked: u.PlanRevision == u.Revision && u.State != UploadReceiving,
	}, err
}

// Uploads lists a user's uploads that are not imported, the newest first, without
// their plans; those of all users if the name is empty.
func (s *Service) Uploads(ctx context.Context, owner string) ([]Upload, error) {
	stored, err := s.st.Uploads(ctx, s.account, owner)
	all := make([]Upload, 0, len(stored))
	for _, one := range stored {
		u, wrong := uploadOf(one)
		all, err = append(all, u), errors.Join(err, wrong)
	}
	return all, err
}

// DiscardUpload removes an upload. One that is being imported, or was, stays.
func (s *Service) DiscardUpload(ctx context.Context, by Actor, id string) error {
	if err := by.Check(); err != nil {
		return err
	}
	u, err := s.upload(ctx, id)
	if err != nil {
		return err
	}
	if u.State == UploadImported {
		return tooLate(u)
	}
	var removed bool
	err = s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		removed, err = tx.DeleteUpload(ctx, id)
		return err
	})
	if err == nil && !removed {
		err = s.whyNot(ctx, id, u.Revision)
	}
	if err != nil {
		return err
	}
	_ = s.st.DeleteContent(ctx, u.Content) // what is left is swept
	return nil
}

// whyNot is why nothing could be done to a revision of an upload.
func (s *Service) whyNot(ctx context.Context, id string, revision int) error {
	u, err := s.upload(ctx, id)
	switch {
	case err != nil:
		return err
	case u.State == UploadReceiving:
		return requestError("wait until it is there", "the list is still coming in")
	case u.State != UploadReady:
		return tooLate(u)
	}
	return &ChangedError{u.Revision}
}

// tooLate says that nothing can be changed any more.
func tooLate(u store.Upload) error {
	if u.State == UploadImported {
		return requestError(fmt.Sprintf("look at batch %d", u.Batch), "the list was imported already")
	}
	return requestError("wait a moment: the batch is there soon", "the list is being imported")
}

// SweepUploads removes what is of no use any more: uploads that are a day old, and
// those that stopped coming in. Every worker does so now and then; a process that
// only serves pages should.
func (s *Service) SweepUploads(ctx context.Context) error { return s.st.SweepUploads(ctx) }

// readPlan reads what a check found.
func readPlan(text string) (*UploadPlan, error) {
	var p UploadPlan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, errors.New("the plan of an upload cannot be read") // its own words may quote the list
	}
	return &p, nil
}
