package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
	"usher/upstream"
)

// lookupWorker finds out what became of an applicant whose answer was lost.
type lookupWorker struct {
	river.WorkerDefaults[LookupArgs]
	s *Service
}

// Work looks an applicant up when its turn has come. A look-up that cannot be
// made now is made by a job that the sweeper enqueues later.
func (w *lookupWorker) Work(ctx context.Context, job *river.Job[LookupArgs]) error {
	s := w.s
	// A look-up that was made meanwhile takes no slot, and nothing of the day.
	d, err := s.st.InDoubt(ctx, job.Args.key())
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !d.Due:
		return nil
	case err != nil:
		return err
	}
	if off, err := s.lookupPutOff(ctx, d); off || err != nil {
		return err
	}
	t, err := s.slot(ctx, lookups)
	if err != nil {
		return snooze()
	}
	defer s.pacer.release()
	var sends bool
	defer func() {
		if !sends {
			s.pacer.unused(t)
		}
	}()
	g, open := s.gate.lookupsOpen()
	if !open {
		return snooze()
	}
	l := t.leave(g.Generation)
	allowed := func() bool { return s.gate.allowsLookup(l) }
	if !s.untilTurn(t, allowed) {
		return snooze()
	}
	ctx = upstream.OnlyIf(context.WithoutCancel(ctx), func() bool {
		may := allowed()
		sends = sends || may
		return may
	})
	_, err = s.lookup(ctx, job.Args.key(), l)
	return err
}

// lookups stands for the look-ups among the batches that take turns.
const lookups = 0

// lookup asks the API for the sessions of an applicant in doubt and settles
// what it learns. The outcome is that of the request, for the gate; without a
// request it is empty.
func (s *Service) lookup(ctx context.Context, key store.Key, l leave) (outcome, error) {
	d, err := s.st.InDoubt(ctx, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && !d.Due {
		return outcome{}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	found, err := s.find(ctx, d)
	if err != nil {
		return s.lookupFailed(ctx, d, err, l)
	}
	s.downs.Store(0)
	s.accepted.one(l)
	return outcome{alive: true}, s.settleLookup(ctx, d, s.verdict(d, found))
}

// verdict is what the sessions found mean for the applicant.
func (s *Service) verdict(d store.InDoubt, f findings) store.Settlement {
	v := store.Settlement{Key: d.Key, Attempt: d.Attempt, Seen: f.seen}
	found := f.ours
	switch {
	case len(found)+len(f.unfit) > 0 && d.Rivals > 0 && d.SessionID == "":
		return s.contested(d, v)
	case len(found) == 1 && found[0].URL == "" && d.Lookups == 0 && d.SessionID != "":
		v.State, v.SessionID, v.ErrorCode, v.LookupIn = store.Sending, d.SessionID, "url_missing", s.againIn(d)
		v.Error = "The API does not tell the session's URL yet. It is asked once more."
	case len(found) > 1:
		v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeUnknown, "several_sessions"
		v.Error = fmt.Sprintf("The API has %d sessions that may be this person's: %s.", len(found), named(found))
	case len(found) == 1:
		v.From = f.from
		return s.found(d, found[0], v)
	case d.Lookups == 0 && !f.proveNone(d):
		v.State, v.ErrorCode, v.LookupIn = store.Sending, "in_doubt", s.againIn(d)
		v.Error = s.askedAgainText(d, v.LookupIn)
		if d.ErrorCode == store.CodeSessionOfAnother { // kept for the second look-up
			v.ErrorCode, v.Error = d.ErrorCode, d.Error
		}
	case len(f.unfit) > 0:
		v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeUnknown, store.CodeTimeDoesNotFit
		v.Error = fmt.Sprintf("The answer was lost. The API has a session with this external_id that nobody holds, but not from the time of the request: %s.", named(f.unfit))
	case d.ErrorCode == store.CodeSessionOfAnother:
		v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeUnknown, d.ErrorCode
		v.Error = d.Error + " It knows none that is this person's own."
	default:
		return s.notFound(d, v, f.later)
	}
	return v
}

// named lists sessions for the person who has to settle an applicant by hand.
func named(all []upstream.Session) string {
	const most = 5
	words := make([]string, 0, most+1)
	for i, v := range all {
		if i == most {
			words = append(words, fmt.Sprintf("and %d more", len(all)-most))
			break
		}
		word := v.ID
		if !v.CreatedAt.IsZero() {
			word += " of " + v.CreatedAt.Format(time.RFC3339)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

const urlLostText = "The session was made, but the API does not tell its URL."

// contested settles an applicant whose reference others have who are being
// sent to at the same time: whose the session is cannot be told until they are
// settled, and not at all when they are in doubt as well.
func (s *Service) contested(d store.InDoubt, v store.Settlement) store.Settlement {
	if d.Lookups == 0 {
		v.State, v.ErrorCode, v.LookupIn = store.Sending, "in_doubt", s.againIn(d)
		v.Error = "Others with the same external_id are being sent to. The API is asked once more."
		return v
	}
	v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeUnknown, "external_id_shared"
	v.Error = "The answer was lost, and the session found may be another person's with the same external_id."
	return v
}

// found settles an applicant whose one session was found.
func (s *Service) found(d store.InDoubt, one upstream.Session, v store.Settlement) store.Settlement {
	v.State, v.Outcome, v.SessionID, v.SessionURL, v.Links = store.Invited, store.OutcomeFound, one.ID, one.URL, string(one.Links)
	if one.URL != "" {
		return v
	}
	if !d.SendEmailInvite && !d.SendPhoneInvite && s.cfg.Resend && d.Counted < maxCounted {
		// Nobody was told of that session and nobody can reach it.
		v.State, v.Outcome = store.Queued, store.OutcomeAbandoned
		return v
	}
	v.ErrorCode, v.Error = store.CodeURLLost, urlLostText
	return v
}

// notFound settles an applicant of whom two look-ups found nothing, or one when the list
// already showed a session of ours that was made later.
func (s *Service) notFound(d store.InDoubt, v store.Settlement, later time.Time) store.Settlement {
	v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeNotFound, "not_found"
	v.Error = "The answer was lost, and " + notFoundWords(later) + ". Sending again is turned off (upstream.resend)."
	switch {
	case d.BatchState == store.BatchCancelled:
		v.State, v.ErrorCode, v.Error = store.Cancelled, "", ""
	case d.Counted >= maxCounted:
		v.ErrorCode = "attempts_used_up"
		v.Error = fmt.Sprintf("The answer was lost %d times, and %s.", d.Counted, notFoundWords(later))
	case s.cfg.Resend:
		v.State, v.ErrorCode, v.Error = store.Queued, "", ""
	}
	return v
}

// againIn is how long it is to the second look-up. It keeps its distance to a
// first one that was late, too: two at one moment are no better than one.
func (s *Service) againIn(d store.InDoubt) time.Duration {
	return max(d.Ended.Add(s.cfg.LookupAgain).Sub(d.Now), s.cfg.LookupAgain-s.cfg.LookupAfter, time.Second/2)
}

// settleLookup writes a verdict, with the job of those who are to be sent again.
// The time of the next one must not be brought back with those of an old clock:
// two look-ups keep their distance.
func (s *Service) settleLookup(ctx context.Context, d store.InDoubt, v store.Settlement) error {
	if err := s.seeClock(ctx); err != nil {
		return err
	}
	var settled bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		if settled, err = tx.SettleLookup(ctx, s.account, v, d.Lookups); err != nil || !settled {
			return err
		}
		if v.State != store.Queued {
			return nil
		}
		return s.river.insert(ctx, tx, inviteJobs(d.Batch, []int{d.Row}, urgent))
	})
	if err != nil {
		return fmt.Errorf("settle a look-up: %w", err)
	}
	if settled && v.State == store.Invited {
		s.cfg.Told.Invited(1)
	}
	if settled && v.From != (store.Key{}) {
		s.log.Warn("a session was taken from somebody who had it by mistake: the API lists it under another's reference",
			zap.Int64("batch", v.From.Batch), zap.Int("row", v.From.Row))
	}
	s.log.Debug("looked up", zap.Int64("batch", d.Batch), zap.Int("row", d.Row), zap.String("state", string(v.State)),
		zap.String("code", v.ErrorCode), zap.Bool("settled", settled))
	return nil
}

// lookupFailed decides what a look-up without an answer means.
func (s *Service) lookupFailed(ctx context.Context, d store.InDoubt, err error, l leave) (outcome, error) {
	var answer *upstream.AnswerError
	var status *upstream.StatusError
	switch {
	case errors.As(err, &answer), errors.As(err, &status) && cannotTell(status.Status):
		s.downs.Store(0)
		return outcome{alive: true}, s.settleLookup(ctx, d, s.inconclusive(d, status))
	}
	o := outcomeOf(err, false)
	if o.state == store.Failed || errors.Is(err, store.ErrNotFound) {
		o = inDoubt(o.status)
	}
	s.heard(o, err, l)
	return o, s.st.PostponeLookup(ctx, d.Key, d.Attempt, lookupRetry)
}

// lookupRetry is how soon a look-up is made again that met an API in trouble.
const lookupRetry = 5 * time.Second

// cannotTell tells the statuses by which the API says that it does not list
// sessions, or not to this key.
func cannotTell(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusGone, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true
	}
	return false
}

// inconclusive settles an applicant whom the API cannot tell of. A route that
// is not there will not be there in two minutes; anything else is asked twice.
func (s *Service) inconclusive(d store.InDoubt, e *upstream.StatusError) store.Settlement {
	v := store.Settlement{Key: d.Key, Attempt: d.Attempt, State: store.Unknown, Outcome: store.OutcomeUnknown, ErrorCode: "lookup_impossible",
		Error: "The answer was lost, and the API cannot be asked what became of the request. A person must find out."}
	if d.SessionID != "" {
		v.State, v.Outcome, v.SessionID, v.ErrorCode, v.Error = store.Invited, store.OutcomeCreated, d.SessionID, store.CodeURLLost, urlLostText
		return v
	}
	noRoute := e != nil && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented)
	if !noRoute && d.Lookups == 0 {
		v.State, v.Outcome, v.ErrorCode, v.LookupIn = store.Sending, "", "in_doubt", s.againIn(d)
		v.Error = "The API could not tell what became of the request. It is asked once more."
	}
	if d.ErrorCode == store.CodeSessionOfAnother { // why it had to be asked is what a person must know
		v.ErrorCode, v.Error = d.ErrorCode, d.Error
	}
	return v
}
