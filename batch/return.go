package batch

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode"

	"usher/store"
	"usher/upstream"
)

// Confirmed is the outcome_status of somebody on whom the provider gave its word.
const Confirmed = store.OutcomeConfirmed

// Return is what was told of somebody's session after the invitation. Its JSON is
// part of the interface.
type Return struct {
	Source    string     `json:"source"` // "browser" or "provider"
	SessionID string     `json:"session_id"`
	Status    string     `json:"status"`
	Reason    string     `json:"reason"`
	At        *time.Time `json:"at"`
}

// ByProvider reports whether it is the provider's word. What a browser says anybody
// can type.
func (r Return) ByProvider() bool { return r.Source == store.ToldByProvider }

func (s *Service) returnsOf(ctx context.Context, k store.Key) ([]Return, error) {
	told, err := s.st.Returns(ctx, k)
	all := make([]Return, len(told))
	for i, r := range told {
		all[i] = Return{r.Source, r.SessionID, r.Status, r.Reason, timeOrNull(r.At)}
	}
	return all, err
}

// Returned keeps what a browser says that came back to the page of this token. A
// token that is not right, and a session that is not the person's, are no errors:
// nothing is kept of them, and the browser must not learn that. An applicant whose
// session is not known yet has none that a browser could prove.
func (s *Service) Returned(ctx context.Context, token string, said url.Values) error {
	account, k, ok := s.returnedTo(token)
	r, names := upstream.ParseReturn(said)
	if !ok || !names {
		return nil
	}
	_, err := s.st.NoteReturn(ctx, account, k, store.Return{
		Source: store.ToldByBrowser, SessionID: r.SessionID, Status: asSaid(r.Status), Reason: asSaid(r.Reason),
	})
	return err
}

// asSaid puts in quotes what a browser says that could be mistaken for the
// provider's word: the words of that, and whatever has letters that may only look
// like theirs.
func asSaid(word string) string {
	plain := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, word)
	foreign := strings.ContainsFunc(plain, func(r rune) bool { return r > unicode.MaxASCII })
	switch {
	case foreign, strings.Contains(plain, "confirm"), plain == "verified", plain == "rejected":
		return `"` + word + `"`
	}
	return word
}

// Confirmed reports whether the outcome is the provider's word.
func (p Individual) Confirmed() bool { return p.OutcomeStatus == Confirmed }

// ReturnTo is the address that the page which people come back to leads on to;
// empty for none.
func (s *Service) ReturnTo() string { return s.cfg.Web.ReturnTo }

// HasReturns reports whether anything was told of anybody of a batch after the
// invitations.
func (s *Service) HasReturns(ctx context.Context, batch int64) (bool, error) {
	return s.st.HasReturns(ctx, batch)
}

// afterwards is a redirect address for people.
func afterwards(address string) string {
	if address == store.ReturnToUsher {
		return "a page of usher"
	}
	return address
}
