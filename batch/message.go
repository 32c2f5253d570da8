package batch

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher/store"
)

// MessageErrand is the kind of errand by which messages are sent.
const MessageErrand = "message"

// MessagePatience is for how long a message is tried that does not arrive.
const MessagePatience = 24 * time.Hour

// Message is what a target of the settings was told, or is to be told. Nothing in it
// is about a person. Its JSON is part of the interface.
type Message struct {
	ID        int64      `json:"id"`
	MessageID string     `json:"message_id"` // as the target knows it
	Target    string     `json:"target"`
	Kind      string     `json:"kind"`  // webhook, email or command
	Event     string     `json:"event"` // of which kind its events are
	Events    int        `json:"events"`
	Batches   []int64    `json:"batches"` // that it is about; not all if its events are many
	State     string     `json:"state"`   // waiting, sent, failed or stopped
	Tries     int        `json:"tries"`   // since it was last asked for
	Answer    string     `json:"answer"`  // what came of the last one
	CreatedAt *time.Time `json:"created_at"`
	TriedAt   *time.Time `json:"tried_at"`
	NextAt    *time.Time `json:"next_at"` // of one that waits
	EndedAt   *time.Time `json:"ended_at"`
}

// MessageFilter says which messages are wanted; what is empty leaves none out.
type MessageFilter struct {
	Target string
	Before int64 // older than the message with this id
	Limit  int
}

// Messages lists what was told to whom, the newest first.
func (s *Service) Messages(ctx context.Context, f MessageFilter) ([]Message, error) {
	all, err := s.st.Messages(ctx, s.account, store.MessageFilter{Target: f.Target, Before: f.Before, Limit: f.Limit})
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, m := range all {
		ids = append(ids, m.Events...)
	}
	events, err := s.st.Events(ctx, s.account, ids)
	if err != nil {
		return nil, err
	}
	batchOf := make(map[int64]int64, len(events))
	for _, e := range events {
		batchOf[e.ID] = e.Batch
	}
	messages := make([]Message, len(all))
	for i, m := range all {
		messages[i] = messageOf(m, batchOf)
	}
	return messages, nil
}

func messageOf(m store.Message, batchOf map[int64]int64) Message {
	batches := []int64{}
	for _, event := range m.Events {
		if b := batchOf[event]; b > 0 && !slices.Contains(batches, b) {
			batches = append(batches, b)
		}
	}
	if m.State != store.MessageWaiting {
		m.NextAt = time.Time{}
	}
	return Message{m.ID, m.Key, m.Target, m.Kind, string(m.What), m.Count, batches, string(m.State), m.Tries, m.Answer,
		timeOrNull(m.CreatedAt), timeOrNull(m.TriedAt), timeOrNull(m.NextAt), timeOrNull(m.EndedAt)}
}

// SendMessageAgain has a message sent once more by a process that works, whatever
// became of it. The target knows it by the same id.
func (s *Service) SendMessageAgain(ctx context.Context, by Actor, id int64) error {
	return s.st.InTx(ctx, func(tx *store.Tx) error {
		m, err := tx.Message(ctx, s.account, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return WithHint(missing("there is no message %d", id), "'usher notify log' lists them")
		case err != nil:
			return err
		}
		if _, ok := s.cfg.Notify[m.Target]; !ok {
			return requestError("'usher notify list' shows who is told", "the settings have no target %q any more", m.Target)
		}
		again, err := tx.SendMessageAgain(ctx, s.account, id, MessagePatience)
		switch {
		case err != nil:
			return err
		case !again:
			return requestError("'usher notify log' shows what comes of it", "message %d is being sent at this moment", id)
		}
		if err := s.control.EnqueueErrand(ctx, tx, s.account, MessageErrand, id, time.Time{}); err != nil {
			return err
		}
		return tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActMessageAgain, Account: s.account, Numbers: map[string]int{"message": int(id)}})
	})
}

// EventWords are of what kind the message's events are, and how many if there are more
// than one.
func (m Message) EventWords() string {
	if m.Events == 1 {
		return m.Event
	}
	return Thousands(m.Events) + " " + m.Event
}
