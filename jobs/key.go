package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"usher/store"
	"usher/upstream"
)

// keyPoll is how often the key is read again while the gate is closed for it.
const keyPoll = 2 * time.Second

// keys is which key the API refused last.
type keys struct {
	mu      sync.Mutex
	refused int
	looked  time.Time
}

// replaced reports whether the key that an answer refused is in use no more: it
// was replaced meanwhile, or is now, having been read again. Then the refusal
// says nothing of the key in use.
func (s *Service) replaced(err error) bool {
	var status *upstream.StatusError
	if s.cfg.RenewKey == nil || !errors.As(err, &status) {
		return false
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if s.cfg.RenewKey(status.Key) != status.Key {
		return true
	}
	s.keys.refused = status.Key
	return false
}

// openForKey reads the key again while the gate is closed for it, and opens the
// gate when it is another one.
func (s *Service) openForKey(ctx context.Context, g store.Gate) {
	if s.cfg.RenewKey == nil || g.Reason != store.GateUnauthorized || g.ByPerson {
		return
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if time.Since(s.keys.looked) < keyPoll {
		return
	}
	s.keys.looked = time.Now()
	inUse := s.cfg.RenewKey(s.keys.refused)
	if inUse == s.keys.refused {
		return
	}
	s.keys.refused = inUse // once only: the gate may be closed again for a key of another process
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	err := s.st.InTx(ctx, func(tx *store.Tx) error {
		opened, err := tx.OpenGateForKey(ctx, s.account, g.Generation)
		if err != nil || !opened {
			return err
		}
		return forQueues(ctx, tx, s.account, s.river.resume)
	})
	if err != nil {
		s.outages.tell("the gate could not be opened for the new key", err)
	}
}
