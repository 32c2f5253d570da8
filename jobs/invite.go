package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
	"usher/upstream"
)

// inviteWorker invites one applicant.
type inviteWorker struct {
	river.WorkerDefaults[InviteArgs]
	s *Service
}

// snooze is how long a job that may not send now stays away. Its queue is
// paused meanwhile, so this only keeps it from spinning; it is short, so that
// work goes on at once when the gate opens. River gives the attempt back.
func snooze() error { return river.JobSnooze(jitter(500 * time.Millisecond)) }

// Work waits for a slot, claims the applicant, sends, and settles.
func (w *inviteWorker) Work(ctx context.Context, job *river.Job[InviteArgs]) error {
	s, key := w.s, job.Args.key()
	if s.canaries.mayBeFirst(key.Batch) { // who is invited without a job needs no slot for it
		a, err := s.st.Applicant(ctx, key)
		if err == nil && a.State != store.Queued {
			return nil
		}
	}
	done, err := s.inviteInTurn(ctx, key)
	switch {
	case errors.Is(err, errNotNow):
		return snooze()
	case err != nil:
		return err
	case !done:
		return s.orDone(ctx, key)
	}
	return nil
}

// inviteInTurn waits for a turn to send, and invites an applicant as [Service.invite] does.
// The error is errNotNow if nobody may be sent to now.
func (s *Service) inviteInTurn(ctx context.Context, key store.Key) (done bool, err error) {
	t, err := s.slot(ctx, key.Batch)
	if err != nil {
		return false, errNotNow
	}
	g, open, _ := s.gate.view()
	if !open {
		s.pacer.unused(t)
		s.pacer.release()
		return false, errNotNow
	}
	return s.invite(ctx, key, t.leave(g.Generation), t)
}

// slot waits for a turn to send; see [pacer.slot].
func (s *Service) slot(ctx context.Context, batch int64) (turn, error) {
	if s.isStopping() {
		return turn{}, errNotNow
	}
	return s.pacer.slot(ctx, batch)
}

// orDone ends a job whose applicant it could not settle: for good when there
// is nothing left to do for it, else until later.
func (s *Service) orDone(ctx context.Context, key store.Key) error {
	a, err := s.st.Applicant(ctx, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case a.State == store.Queued:
		return snooze()
	}
	return nil
}

// invite claims an applicant, creates a session and settles what became of it.
// It reports whether the applicant needs this job no more, and releases the
// job's place among the requests in flight when the request is over: one that
// may stop the batch keeps it until that is written, so that no more of them go
// unwritten in a process than may be in flight. Once the
// applicant is claimed nothing of the caller's context reaches the request:
// stopping does not cut it.
func (s *Service) invite(ctx context.Context, key store.Key, l leave, t turn) (done bool, err error) {
	c := s.commits.claim(key, l, t, false)
	if c.err != nil || !c.ok {
		s.pacer.unused(t)
		s.pacer.release()
		if c.err == nil {
			_, _ = s.readGate(ctx) // another process may have closed it
		}
		return false, wrap("claim", c.err)
	}
	session, err := putBack()
	due, inTime := t.due(time.Now())
	if t.at = due; inTime && s.holds(c, l, t) {
		session, err = s.send(c, func() bool { return s.gate.allows(l) })
	}
	heard := outcomeOf(err, c.applicant.WorkflowID != "")
	if heard.attempt == store.OutcomeNotSent {
		s.pacer.unused(t)
	}
	if heard.mayStop() {
		defer s.pacer.release()
	} else {
		s.pacer.release()
	}
	o, err := s.conclude(ctx, c.applicant, session, err, l)
	return o.state != store.Queued, wrap("settle", err)
}

// conclude settles what became of a request and does what else it means. The
// error is that of settling.
func (s *Service) conclude(ctx context.Context, a store.Applicant, session upstream.Session, sent error, l leave) (outcome, error) {
	o := outcomeOf(sent, a.WorkflowID != "")
	if sent == nil && session.URL == "" {
		o.state, o.code = store.Sending, "url_missing" // the session is there: it is looked up, never sent again
	}
	if sent != nil {
		s.heard(o, sent, l) // at once: it may be a word to stop
	}
	written, err := s.commits.settle(s.settlement(a, session, o, sent), s.patience(o))
	switch {
	case sent != nil:
	case err == nil && written.ErrorCode == store.CodeSessionOfAnother:
		o = s.mixedUp(a, o.status, l)
	default:
		s.heard(o, nil, l)
	}
	s.react(ctx, a, o, sent)
	return o, err
}

// mixedUp tells of an answer that named the session of another applicant. The
// API, or a proxy before it, mixes its answers up: several in a row close the
// gate, as lost answers do.
func (s *Service) mixedUp(a store.Applicant, status int, l leave) outcome {
	s.log.Warn("the API answered with a session that another person has; what it made for this one is looked up",
		zap.Int64("batch", a.Batch), zap.Int("row", a.Row))
	o := inDoubt(status)
	s.heard(o, errMixedUp, l)
	return o
}

var errMixedUp = errors.New("the API answers with sessions that other people have")

// send makes the request, unless it may not be made any more just before, or the deadline
// passed since the claim.
func (s *Service) send(c claimed, may func() bool) (upstream.Session, error) {
	ctx := upstream.OnlyIf(context.Background(), may)
	ctx, cancel := context.WithDeadline(ctx, c.deadline)
	defer cancel()
	// The deadline by the wall clock as well: the other one stands still while
	// the machine sleeps, and others look the applicant up meanwhile.
	ctx, cancelWall := context.WithDeadline(ctx, c.deadline.Round(0))
	defer cancelWall()
	a := c.applicant
	redirect, err := s.redirect(a)
	if err != nil {
		return upstream.Session{}, err
	}
	began := time.Now()
	session, err := s.api.CreateSession(ctx, upstream.SessionRequest{
		FirstName: a.FirstName, LastName: a.LastName, Email: a.Email, Phone: a.Phone, ExternalID: a.ExternalID,
		SendEmailInvite: a.SendEmailInvite, SendPhoneInvite: a.SendPhoneInvite,
		WorkflowID: a.WorkflowID, RedirectURL: redirect,
	})
	if err == nil {
		s.witnesses.add(a.ExternalID, session.ID, began)
	}
	return session, err
}

// settlement turns an outcome into what is written. A person's limit of
// attempts that may have made a session is [maxCounted].
func (s *Service) settlement(a store.Applicant, session upstream.Session, o outcome, err error) store.Settlement {
	out := store.Settlement{
		Key: a.Key, Attempt: a.Attempt, State: o.state, Outcome: o.attempt, Status: o.status, Counted: o.counted,
		SessionID: session.ID, SessionURL: session.URL, Links: string(session.Links), ErrorCode: o.code,
		LookupIn: s.cfg.LookupAfter,
	}
	switch {
	case o.state == store.Failed:
		out.Error, out.Refusal = refusalText(err), refusalOf(a, err)
	case o.code == "url_missing":
		out.LookupIn = time.Second
	case o.state == store.Sending:
		out.Error = "The answer of the API was lost. What became of the request is being checked."
	}
	return out
}

// refusalText is what the report says of a refusal: the API's own words.
func refusalText(err error) string {
	var status *upstream.StatusError
	if errors.As(err, &status) && status.Message != "" {
		return status.Message
	}
	return "The API refused this person and did not say why."
}

// refusalOf is what was refused to somebody, in words that name nobody.
func refusalOf(a store.Applicant, err error) string {
	var status *upstream.StatusError
	if !errors.As(err, &status) {
		return ""
	}
	return alike(a, status)
}

// maxCounted is how many attempts that may have created a session are made for
// one person. After them a person decides.
const maxCounted = 5

// react does what an answer means for the batch, beyond what its settlement does.
func (s *Service) react(ctx context.Context, a store.Applicant, o outcome, err error) {
	if o.pause != "" {
		s.pauseBatch(ctx, a.Batch, o.pause, pauseDetail(a, err))
	}
	s.log.Debug("answered", zap.Int64("batch", a.Batch), zap.Int("row", a.Row), zap.Int("attempt", a.Attempt),
		zap.String("outcome", o.attempt), zap.Int("status", o.status))
}

// pauseDetail says in words why a batch is paused after an answer.
func pauseDetail(a store.Applicant, err error) string {
	var page *noReturnPageError
	if errors.As(err, &page) {
		return page.Error()
	}
	return fmt.Sprintf("The API knows no workflow %q.", a.WorkflowID)
}

func (s *Service) pauseBatch(ctx context.Context, batch int64, reason, detail string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	var paused []store.PausedBatch
	err := s.st.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.PauseItself(ctx, batch, reason, detail)
		paused = tx.Paused()
		return err
	})
	if err != nil {
		s.outages.tell("a batch could not be paused", err, zap.Int64("batch", batch))
		return
	}
	s.notePaused(paused)
}
