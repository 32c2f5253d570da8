package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"usher/store"
	"usher/upstream"
)

// findings are what a look-up learned.
type findings struct {
	ours  []upstream.Session // those that the attempts in doubt may have made
	unfit []upstream.Session // those that nobody holds and that may not be left out, but whose time does not fit
	from  store.Key          // who has the last of ours by mistake
	seen  string             // the ids of all that were listed, as a JSON array
	later time.Time          // when a session of ours was made that proves the list to be up to date; zero for none
}

// find returns the sessions that the attempts in doubt may have made, with
// their URLs as far as they can be read back.
func (s *Service) find(ctx context.Context, d store.InDoubt) (f findings, err error) {
	later := time.Time{}
	if d.SessionID == "" && d.Lookups == 0 {
		later = s.listedLater(ctx, d) // before the list is asked, or it would prove nothing
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if d.SessionID != "" { // it was told, without its URL
		one, err := s.readBack(ctx, upstream.Session{ID: d.SessionID})
		return findings{ours: []upstream.Session{one}}, err
	}
	all, err := s.api.SessionsByExternalID(ctx, d.ExternalID)
	if err != nil {
		return f, err
	}
	f, err = s.candidates(ctx, d, all)
	f.later = later
	if err != nil || len(f.ours) != 1 || f.ours[0].URL != "" {
		return f, err
	}
	f.ours[0], err = s.readBack(ctx, f.ours[0])
	return f, err
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

// candidates sorts out the listed sessions that nobody else has. A reference
// that usher made up is nobody else's by itself, and needs no clock. With one of
// the caller's, a session is taken for ours when it was made while the attempts
// ran, or was not there yet when the API was asked first. Only one that is older
// than the first attempt by a day is left out: how an API tells its times is not
// known, and a session that is passed over means a second invitation.
func (s *Service) candidates(ctx context.Context, d store.InDoubt, all []upstream.Session) (f findings, err error) {
	if f.seen, err = idList(all); err != nil {
		return f, err
	}
	before, err := parseIDList(d.Seen)
	if err != nil {
		return f, err
	}
	free, err := s.free(ctx, d, all, before)
	if err != nil {
		return f, err
	}
	for _, v := range free {
		sure := !v.gone && (v.held || v.from != (store.Key{}) || generated.MatchString(d.ExternalID) || before != nil && !slices.Contains(before, v.ID))
		if !sure && v.CreatedAt.IsZero() && len(free) <= readBackMost {
			if v.Session, err = s.readBack(ctx, v.Session); err != nil {
				return f, err
			}
		}
		switch {
		case sure || !v.gone && s.mayBeOurs(d, v.CreatedAt):
			f.ours = append(f.ours, v.Session)
			f.from = v.from // it counts only if there is no other
		case v.CreatedAt.IsZero() || !s.longBefore(d, v.CreatedAt):
			f.unfit = append(f.unfit, v.Session)
		}
	}
	return f, nil
}

// candidate is a session, listed now or before, that no other applicant has, or
// has by mistake.
type candidate struct {
	upstream.Session
	held bool      // by the applicant who is looked up
	from store.Key // who has it by mistake
	gone bool      // from the list: it was there at the first look-up
}

// free leaves out the sessions that others have, and those that were given up.
// What the first look-up saw and a later one does not is still there: a list
// forgets, but no session is ever taken back.
func (s *Service) free(ctx context.Context, d store.InDoubt, listed []upstream.Session, before []string) ([]candidate, error) {
	all := slices.Clone(listed)
	for _, id := range before {
		all = append(all, upstream.Session{ID: id}) // once listed, it counts as that
	}
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = v.ID
	}
	holders, err := s.st.SessionHolders(ctx, s.account, ids)
	if err != nil {
		return nil, err
	}
	abandoned, err := s.st.AbandonedSessions(ctx, d.Key)
	if err != nil {
		return nil, err
	}
	var free []candidate
	seen := map[string]bool{}
	for i, v := range all {
		if seen[v.ID] || abandoned[v.ID] {
			continue
		}
		seen[v.ID] = true
		c := candidate{Session: v, gone: i >= len(listed)}
		ours, err := s.mayTake(ctx, d, &c, holders)
		if err != nil {
			return nil, err
		}
		if ours {
			free = append(free, c)
		}
	}
	return free, nil
}

// mayTake reports whether a session is nobody else's by right, and notes who has
// it. One that somebody with another reference has is there by mistake: the API
// lists it under this one.
func (s *Service) mayTake(ctx context.Context, d store.InDoubt, c *candidate, holders map[string]store.Key) (bool, error) {
	holder, held := holders[c.ID]
	if c.held = held && holder == d.Key; !held || c.held {
		return true, nil
	}
	h, err := s.st.Applicant(ctx, holder)
	if err != nil || strings.EqualFold(h.ExternalID, d.ExternalID) {
		return false, err
	}
	c.from = holder
	return true, nil
}

// idList writes down which sessions a look-up listed.
func idList(all []upstream.Session) (string, error) {
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = v.ID
	}
	b, err := json.Marshal(ids)
	return string(b), err
}

// parseIDList reads it back; nil is none yet.
func parseIDList(text string) (ids []string, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fmt.Errorf("read what the first look-up saw: %w", err)
	}
	return ids, nil
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
	return s.madeWithin(d, made) || s.madeWithin(d, made.Add(s.toDatabase(d)))
}

// toDatabase is what is added to a time by the API's clock to make it one by the
// database's.
func (s *Service) toDatabase(d store.InDoubt) time.Duration {
	skew, _ := s.api.Skew() // the API's clock minus this process's
	return d.Now.Sub(d.ReadAt) - skew
}

// longBefore tells whether a session is so much older than the first attempt, by
// either clock, that no way of telling the time explains it: zones are half a day
// at the most, and who tells no more than the day tells its beginning.
func (s *Service) longBefore(d store.InDoubt, made time.Time) bool {
	if made.Equal(made.Truncate(24 * time.Hour)) {
		made = made.Add(24 * time.Hour)
	}
	limit := d.First.Add(-24 * time.Hour)
	return made.Before(limit) && made.Add(s.toDatabase(d)).Before(limit)
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
