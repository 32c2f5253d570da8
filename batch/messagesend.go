package batch

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"usher/store"
)

// NewMessageKey is what a target knows a message by.
func NewMessageKey() string { return "msg_" + rand.Text() }

// SendMessageAgain has a message sent once more by a process that works, whatever
// became of it. The target knows it by the same id. If seen is not empty, nothing is done
// when the message is not as it was then (see [Message.Seen]): somebody asked for the same
// before, or it has been sent meanwhile. It reports whether it is sent again.
func (s *Service) SendMessageAgain(ctx context.Context, by Actor, id int64, seen string) (again bool, err error) {
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		again = false // a transaction may be begun anew
		m, err := tx.LockMessage(ctx, s.account, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return WithHint(missing("there is no message %d", id), "'usher notify log' lists them")
		case err != nil:
			return err
		}
		if seen != "" && messageOf(m, nil).Seen() != seen {
			return nil
		}
		if _, ok := s.cfg.Notify[m.Target]; !ok {
			return requestError("add it below notify: in usher.yaml, or leave the message", "the settings have no target %q any more", m.Target)
		}
		again, err = tx.SendMessageAgain(ctx, s.account, id, MessagePatience)
		switch {
		case err != nil:
			return err
		case !again:
			return requestError("look in a moment what comes of it", "message %d is being sent at this moment", id)
		}
		return s.asked(ctx, tx, by, store.ActMessageAgain, id)
	})
	return again && err == nil, err
}

// TestMessage has a target told that this is a test, by a process that works: once, and
// whatever it was told before. It reports whether it is; not if a test of it waits
// already.
func (s *Service) TestMessage(ctx context.Context, by Actor, target string) (tested bool, err error) {
	t, known := s.cfg.Notify[target]
	switch {
	case !known:
		return false, requestError("add it below notify: in usher.yaml", "the settings have no target %q", target)
	case s.Rehearsal():
		return false, requestError("try it where invitations are sent for real", "in a rehearsal nobody is told anything")
	}
	err = s.st.InTx(ctx, func(tx *store.Tx) error {
		tested = false // a transaction may be begun anew
		waiting, err := tx.Messages(ctx, s.account, store.MessageFilter{Target: target, State: store.MessageWaiting})
		if err != nil || slices.ContainsFunc(waiting, func(m store.Message) bool { return m.What == store.EventTest }) {
			return err
		}
		id, err := tx.InsertMessage(ctx, store.Message{Account: s.account, Key: NewMessageKey(), Target: target, Kind: t.Kind(),
			What: store.EventTest, Count: 1, State: store.MessageWaiting}, MessagePatience)
		if err != nil {
			return err
		}
		tested = true
		return s.asked(ctx, tx, by, store.ActMessageTest, id)
	})
	return tested && err == nil, err
}

// asked has a message sent that somebody asked for, and records who it was.
func (s *Service) asked(ctx context.Context, tx *store.Tx, by Actor, what store.ActName, id int64) error {
	if err := s.control.EnqueueErrand(ctx, tx, s.account, MessageErrand, id, time.Time{}); err != nil {
		return err
	}
	return tx.RecordAct(ctx, store.Act{Actor: by, What: what, Account: s.account, Numbers: map[string]int{"message": int(id)}})
}
