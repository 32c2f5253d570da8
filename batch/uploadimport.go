package batch

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"usher/importer"
	"usher/jobs"
	"usher/store"
)

// Agreement is what somebody agreed to who had looked at a plan.
type Agreement struct {
	Invitations int  // so many at the most
	LeaveOut    bool // those whose rows have problems are not invited
}

// Invite hands an upload over to a job that imports it and sets its batch running:
// this revision, which must be checked, and no more than was agreed to. Of several
// who press at once one does, and the others are told how it stands, which is no
// error.
func (s *Service) Invite(ctx context.Context, by Actor, id string, revision int, a Agreement) (Upload, error) {
	if err := by.Check(); err != nil {
		return Upload{}, err
	}
	u, err := s.Upload(ctx, id)
	if err != nil || u.State == UploadImporting || u.State == UploadImported {
		return u, err
	}
	if u.State != UploadReady || u.Revision != revision {
		return Upload{}, s.whyNot(ctx, id, revision)
	}
	if err := u.invitable(a); err != nil {
		return Upload{}, err
	}
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		ok, err := tx.InviteUpload(ctx, id, revision, a.Invitations, by)
		if err != nil || !ok {
			return err
		}
		return s.control.EnqueueUpload(ctx, tx, s.account, id)
	})
	if err != nil {
		return Upload{}, err
	}
	u, err = s.Upload(ctx, id)
	if err == nil && u.State == UploadReady && u.Revision != revision {
		return Upload{}, &ChangedError{u.Revision}
	}
	return u, err
}

// invitable is nil if there is somebody to invite, and nothing in the way.
func (u Upload) invitable(a Agreement) error {
	p := u.Plan
	switch {
	case !u.Checked || p == nil:
		return requestError("wait until it is", "the list is not checked yet")
	case p.NothingNew:
		return requestError("come back when there are", "the source has no new rows")
	case p.Refusal != nil:
		return requestError(p.Refusal.Fix, "%s", p.Refusal.Words)
	case p.Known != nil: // the import finds it, and points there
		return nil
	case p.Problems > 0 && !u.Choices.LeaveOut && !a.LeaveOut:
		return requestError("correct them, or choose to leave them out", "rows with problems: %d", p.Problems)
	case p.Plan.Tokens == 0:
		return requestError("look at the list of duplicates and problems", "nobody in this list would be invited")
	case p.Plan.Tokens > a.Invitations:
		return requestError("look at the list as it is now", "%d people would be invited, and not %d", p.Plan.Tokens, a.Invitations)
	}
	return nil
}

// WaitUpload waits a moment for the end of an import, and returns the upload as it
// is then.
func (s *Service) WaitUpload(ctx context.Context, id string) (Upload, error) {
	for end := time.Now().Add(waitPatience); ; {
		u, err := s.upload(ctx, id)
		if err != nil {
			return Upload{}, err
		}
		if u.State != UploadImporting || time.Now().After(end) {
			return s.Upload(ctx, id)
		}
		select {
		case <-ctx.Done():
			return Upload{}, context.Cause(ctx)
		case <-time.After(uploadPoll):
		}
	}
}

// waitPatience is how long somebody who asks waits for the end of an import.
const waitPatience = 2 * time.Second

// importUpload makes a running batch of an upload that somebody agreed to. What is
// wrong with it is kept with the upload, for people; the error is one that passes.
// Nobody of it is sent to unless the upload points to the batch, as both are
// written at once.
func (s *Service) importUpload(ctx context.Context, id string) error {
	u, err := s.upload(ctx, id)
	if errors.Is(err, ErrNoUpload) || err == nil && u.State != UploadImporting {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.importAgreed(ctx, u)
	var busy *importer.BusyError
	var held *HeldError
	switch {
	case err == nil || errors.Is(err, errImported):
		_ = s.st.DeleteContent(ctx, u.Content) // what is left is swept
		return nil
	case errors.As(err, &busy), errors.As(err, &held):
		return jobs.ErrLater
	case passes(ctx, err):
		return plainly(err)
	}
	_, err = s.st.RefuseUpload(ctx, id, err.Error(), Hint(err))
	return err
}

// errImported means that another process imported the upload first.
var errImported = errors.New("the list was imported by another process")

func (s *Service) importAgreed(ctx context.Context, u store.Upload) error {
	stored, _, err := s.st.UploadPlan(ctx, u.ID)
	if err != nil {
		return err
	}
	plan, err := readPlan(stored)
	if err != nil {
		return err
	}
	options, err := s.uploadOptions(ctx, u)
	if err != nil {
		return err
	}
	c, err := readChoices(u.Choices)
	if err != nil {
		return err
	}
	options.Activating = func(ctx context.Context, tx *store.Tx, batch int64) error {
		if err := imported(ctx, tx, u, batch, false); err != nil {
			return err
		}
		return beginning(c.Quiet, s.breakersOf(c.Choices))(ctx, tx, batch)
	}
	var far atomic.Pointer[Progress]
	end := s.beats(ctx, func(ctx context.Context) error {
		if p := far.Load(); p != nil {
			return s.st.BeatImport(ctx, u.ID, store.UploadProgress(*p))
		}
		return nil
	})
	defer end()
	p, err := s.Import(ctx, u.Inviter, Feed{open: func(ctx context.Context) (feed, error) { return s.openUpload(ctx, u) }},
		ImportOptions{whole: &options, Tell: func(e Event) {
			if e, ok := e.(Importing); ok {
				far.Store(&e.Progress)
			}
		}})
	if err != nil {
		return err
	}
	defer p.Discard()
	if p.Known {
		return s.st.InTx(ctx, func(tx *store.Tx) error { return imported(ctx, tx, u, p.Batch.ID, true) })
	}
	if err := asAgreed(p.Batch.Counts, u.Agreed, plan); err != nil {
		return err
	}
	return p.Start(ctx)
}

// imported notes the batch of an upload, unless another process was first.
func imported(ctx context.Context, tx *store.Tx, u store.Upload, batch int64, known bool) error {
	err := tx.UploadImported(ctx, u.ID, batch, known, uploadLife)
	if errors.Is(err, store.ErrNotFound) {
		return errImported
	}
	return err
}

// asAgreed is nil if no more people would be invited than somebody agreed to, and
// none is left out of whom nobody knew.
func asAgreed(counts Counts, agreed int, plan *UploadPlan) error {
	const fix = "look at the list as it is now, and decide again"
	if n := counts.Open(); n > agreed {
		return requestError(fix, "nobody was invited: %d people would be by now, and you agreed to %d", n, agreed)
	}
	if plan.Plan != nil && counts[Rejected] > plan.Plan.Counts[Rejected] {
		return requestError(fix, "nobody was invited: %d rows have problems by now, and not %d", counts[Rejected], plan.Plan.Counts[Rejected])
	}
	return nil
}

// plainly is an error that passes without the name of the file, which is for the
// owner's screen and not for the log.
func plainly(err error) error {
	var db *store.DatabaseError
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, errFileGone, importer.ErrLeaseLost} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errors.As(err, &db) {
		return db
	}
	return err
}
