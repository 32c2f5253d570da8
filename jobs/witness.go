package jobs

import (
	"context"
	"sync"
	"time"

	"usher/store"
	"usher/upstream"
)

// The list of an API may be behind: that it does not show a session proves nothing until
// it shows one that was made later. So each process remembers some sessions that it made
// itself. One of them that began after an attempt's deadline, and that the list shows, is
// a witness: the list knows all that was made by then, and what it does not show of the
// attempt was not made.

// witness is a session of ours, by which a list can be told to be up to date.
type witness struct {
	externalID, session string
	began               time.Time // when its request did, by this process's clock
	made                time.Time // by the API's clock, once the list has shown it
}

// witnesses are some of the sessions that this process made, the oldest first.
type witnesses struct {
	mu    sync.Mutex
	all   []witness
	last  witness   // the latest that the list has shown
	asked time.Time // when the list was last asked for one
}

// One witness is kept for each second, of the last minutes.
const (
	witnessEvery = time.Second
	witnessMost  = 300
)

// add remembers a session that was made, unless there is one from this second.
func (w *witnesses) add(externalID, session string, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.all); n > 0 && began.Sub(w.all[n-1].began) < witnessEvery {
		return
	}
	w.all = append(w.all, witness{externalID: externalID, session: session, began: began})
	if len(w.all) > witnessMost {
		w.all = append(w.all[:0], w.all[1:]...)
	}
}

// shown is the latest witness that the list has shown.
func (w *witnesses) shown() witness {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// pick is the oldest that began after a time, if there is one and the list was not asked
// in this second: the older it is, the sooner a list shows it.
func (w *witnesses) pick(after time.Time) (witness, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.asked) < witnessEvery {
		return witness{}, false
	}
	for _, one := range w.all {
		if one.began.After(after) {
			w.asked = time.Now()
			return one, true
		}
	}
	return witness{}, false
}

// show takes over that the list has shown a witness.
func (w *witnesses) show(one witness) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one.made.After(w.last.made) {
		w.last = one
	}
}

// proves reports whether a list that shows a witness shows whatever an attempt in doubt
// made: it began, and was made, after the attempt's deadline.
func (s *Service) proves(one witness, d store.InDoubt) bool {
	if one.made.IsZero() {
		return false
	}
	deadline := d.To.Add(clockSlack)
	return one.began.After(s.here(d, deadline)) && one.made.Add(s.toDatabase(d)).After(deadline)
}

// here is a time by the database's clock as this process's shows it.
func (s *Service) here(d store.InDoubt, t time.Time) time.Time { return d.ReadAt.Add(t.Sub(d.Now)) }

// listedLater is when the session of ours was made, by the API's clock, that the list
// shows and that proves it to be up to date for an attempt in doubt; zero if there is
// none. Whoever lists after that may believe that there is nothing. It asks the list for
// one session at the most, and takes a slot for that.
func (s *Service) listedLater(ctx context.Context, d store.InDoubt) time.Time {
	if last := s.witnesses.shown(); s.proves(last, d) {
		return last.made
	}
	one, ok := s.witnesses.pick(s.here(d, d.To.Add(clockSlack)))
	if !ok {
		return time.Time{}
	}
	if _, err := s.countRequest(ctx, true); err != nil {
		return time.Time{} // it counts later then
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout) // of which to wait for the slot took nothing
	defer cancel()
	all, err := s.api.SessionsByExternalID(ctx, one.externalID)
	if err != nil {
		return time.Time{}
	}
	one.made = madeAt(all, one.session)
	s.witnesses.show(one)
	if !s.proves(one, d) {
		return time.Time{}
	}
	return one.made
}

// madeAt is when a session of a list was made; zero if it is not there or it is not told.
func madeAt(all []upstream.Session, id string) time.Time {
	for _, v := range all {
		if v.ID == id {
			return v.CreatedAt
		}
	}
	return time.Time{}
}
