package jobs

import (
	"fmt"
	"time"

	"usher/store"
)

// proveNone reports whether a look-up that found nothing proves that there is nothing:
// the list shows a session of ours that was made after the attempt's deadline. An answer
// that named somebody else's session is asked about twice all the same.
func (f findings) proveNone(d store.InDoubt) bool {
	return !f.later.IsZero() && len(f.ours)+len(f.unfit) == 0 && d.ErrorCode != store.CodeSessionOfAnother
}

// askedAgainText says of somebody whom the first look-up did not find what is next, when,
// and by which rule.
func (s *Service) askedAgainText(d store.InDoubt, in time.Duration) string {
	next := "the request is sent again"
	if !s.cfg.Resend {
		next = "a person decides"
	}
	return fmt.Sprintf("The API did not know of a session at %s, and its list shows none of ours that was made later. It is asked once more at %s; if it knows of none then, %s.",
		clock(d.Now), clock(d.Now.Add(in)), next)
}

// notFoundWords say by which rule a session counts as not made.
func notFoundWords(later time.Time) string {
	if later.IsZero() {
		return "the API knew of no session when it was asked twice"
	}
	return "the API knows no session, though its list shows one of ours made later, at " + clock(later)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
