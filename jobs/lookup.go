package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
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
	if err := s.slot(ctx, lookups); err != nil {
		return snooze()
	}
	defer s.pacer.release()
	g, open, _ := s.gate.view()
	if !open {
		return snooze()
	}
	_, err = s.lookup(context.WithoutCancel(ctx), job.Args.key(), g.Generation)
	return err
}

// lookups stands for the look-ups among the batches that take turns.
const lookups = 0

// lookup asks the API for the sessions of an applicant in doubt and settles
// what it learns. The outcome is that of the request, for the gate; without a
// request it is empty.
func (s *Service) lookup(ctx context.Context, key store.Key, generation int64) (outcome, error) {
	d, err := s.st.InDoubt(ctx, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && !d.Due {
		return outcome{}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	found, err := s.find(ctx, d)
	if err != nil {
		return s.lookupFailed(ctx, d, err, generation)
	}
	s.downs.Store(0)
	return outcome{alive: true}, s.settleLookup(ctx, d, s.verdict(d, found))
}

// find returns the sessions that the attempts in doubt may have made, with
// their URLs as far as they can be read back.
func (s *Service) find(ctx context.Context, d store.InDoubt) ([]upstream.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if d.SessionID != "" { // it was told, without its URL
		one, err := s.readBack(ctx, upstream.Session{ID: d.SessionID})
		return []upstream.Session{one}, err
	}
	all, err := s.api.SessionsByExternalID(ctx, d.ExternalID)
	if err != nil {
		return nil, err
	}
	found, err := s.candidates(ctx, d, all)
	if err != nil || len(found) != 1 || found[0].URL != "" {
		return found, err
	}
	found[0], err = s.readBack(ctx, found[0])
	return found, err
}

// readBack asks for one session, for its URL and its time. That the API says
// it cannot tell is an answer; anything else that goes wrong is an error, as
// the URL may come another time.
func (s *Service) readBack(ctx context.Context, v upstream.Session) (upstream.Session, error) {
	one, err := s.api.Session(ctx, v.ID)
	var status *upstream.StatusError
	switch {
	case errors.As(err, &status) && cannotTell(status.Status):
		return v, nil
	case err != nil:
		return v, err
	}
	if one.URL != "" {
		v.URL, v.Links = one.URL, one.Links
	}
	if v.CreatedAt.IsZero() {
		v.CreatedAt = one.CreatedAt
	}
	return v, nil
}

// candidates are the listed sessions that this applicant's attempts may have
// made: nobody else's, and made while they ran. A reference that usher made up
// is nobody else's by itself, and needs no clock.
func (s *Service) candidates(ctx context.Context, d store.InDoubt, all []upstream.Session) ([]upstream.Session, error) {
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = v.ID
	}
	holders, err := s.st.SessionHolders(ctx, ids)
	if err != nil {
		return nil, err
	}
	abandoned, err := s.st.AbandonedSessions(ctx, d.Key)
	if err != nil {
		return nil, err
	}
	var found []upstream.Session
	seen := map[string]bool{}
	for _, v := range all {
		holder, held := holders[v.ID]
		if seen[v.ID] || abandoned[v.ID] || held && holder != d.Key {
			continue
		}
		seen[v.ID] = true
		if !held && !generated.MatchString(d.ExternalID) {
			if v.CreatedAt.IsZero() && len(all) <= readBackMost {
				if v, err = s.readBack(ctx, v); err != nil {
					return nil, err
				}
			}
			if !s.mayBeOurs(d, v.CreatedAt) {
				continue
			}
		}
		found = append(found, v)
	}
	return found, nil
}

// readBackMost is how many sessions of a list without times are asked for one
// by one.
const readBackMost = 5

// generated is the form of the references that an import makes up.
var generated = regexp.MustCompile(`^usher-[a-z2-7]{20}$`)

// mayBeOurs tells whether a session was made while the attempts in doubt ran,
// going by the API's clock: as its Date headers tell it, or as it is, should
// they be wrong. A time that is not told rules nothing out.
func (s *Service) mayBeOurs(d store.InDoubt, made time.Time) bool {
	if made.IsZero() {
		return true
	}
	skew, _ := s.api.Skew()     // the API's clock minus this process's
	ours := d.Now.Sub(d.ReadAt) // the database's clock minus this process's
	return s.madeWithin(d, made) || s.madeWithin(d, made.Add(ours-skew))
}

// clockSlack allows for what is left of the difference between the API's clock
// and the database's after the skew is taken off: a Date header has seconds
// only.
const clockSlack = 5 * time.Second

// madeWithin tells whether a session was made while the attempts in doubt ran.
// The API may finish a request for some time after we stopped waiting.
func (s *Service) madeWithin(d store.InDoubt, made time.Time) bool {
	return !made.Before(d.From.Add(-clockSlack)) && !made.After(d.To.Add(max(s.cfg.LookupAfter, time.Minute)+clockSlack))
}

// verdict is what the sessions found mean for the applicant.
func (s *Service) verdict(d store.InDoubt, found []upstream.Session) store.Settlement {
	v := store.Settlement{Key: d.Key, Attempt: d.Attempt}
	switch {
	case len(found) > 0 && d.Rivals > 0 && d.SessionID == "":
		return s.contested(d, v)
	case len(found) == 1 && found[0].URL == "" && d.Lookups == 0 && d.SessionID != "":
		v.State, v.SessionID, v.ErrorCode, v.LookupIn = store.Sending, d.SessionID, "url_missing", s.againIn(d)
		v.Error = "The API does not tell the session's URL yet. It is asked once more."
	case len(found) > 1:
		v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeUnknown, "several_sessions"
		v.Error = fmt.Sprintf("The API has %d sessions that may be this person's.", len(found))
	case len(found) == 1:
		return s.found(d, found[0], v)
	case d.Lookups == 0:
		v.State, v.ErrorCode, v.LookupIn = store.Sending, "in_doubt", s.againIn(d)
		v.Error = "The API does not know of a session yet. It is asked once more."
	default:
		return s.notFound(d, v)
	}
	return v
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
	v.ErrorCode, v.Error = "url_lost", urlLostText
	return v
}

// notFound settles an applicant of whom two look-ups found nothing.
func (s *Service) notFound(d store.InDoubt, v store.Settlement) store.Settlement {
	v.State, v.Outcome, v.ErrorCode = store.Unknown, store.OutcomeNotFound, "not_found"
	v.Error = "The answer was lost, and the API knows no session. Sending again is turned off (upstream.resend)."
	switch {
	case d.BatchState == store.BatchCancelled:
		v.State, v.ErrorCode, v.Error = store.Cancelled, "", ""
	case d.Counted >= maxCounted:
		v.ErrorCode = "attempts_used_up"
		v.Error = fmt.Sprintf("The answer was lost %d times, and the API knows no session.", d.Counted)
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
func (s *Service) settleLookup(ctx context.Context, d store.InDoubt, v store.Settlement) error {
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
	s.log.Debug("looked up", zap.Int64("batch", d.Batch), zap.Int("row", d.Row), zap.String("state", string(v.State)),
		zap.String("code", v.ErrorCode), zap.Bool("settled", settled))
	return nil
}

// lookupFailed decides what a look-up without an answer means.
func (s *Service) lookupFailed(ctx context.Context, d store.InDoubt, err error, generation int64) (outcome, error) {
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
	s.heard(o, err, generation)
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
		v.State, v.Outcome, v.SessionID, v.ErrorCode, v.Error = store.Invited, store.OutcomeCreated, d.SessionID, "url_lost", urlLostText
		return v
	}
	noRoute := e != nil && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented)
	if !noRoute && d.Lookups == 0 {
		v.State, v.Outcome, v.ErrorCode, v.LookupIn = store.Sending, "", "in_doubt", s.againIn(d)
		v.Error = "The API could not tell what became of the request. It is asked once more."
	}
	return v
}
