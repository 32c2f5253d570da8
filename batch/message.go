package batch

import (
	"context"
	"fmt"
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
	Names     []string   `json:"names"`   // of the schedules and folders that it is about; likewise
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
	State  string // waiting, sent, failed or stopped
	Before int64  // older than the message with this id
	Limit  int
}

// Messages lists what was told to whom, the newest first.
func (s *Service) Messages(ctx context.Context, f MessageFilter) ([]Message, error) {
	all, err := s.st.Messages(ctx, s.account, store.MessageFilter{Target: f.Target, State: store.MessageState(f.State), Before: f.Before, Limit: f.Limit})
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
	byID := make(map[int64]store.Event, len(events))
	for _, e := range events {
		byID[e.ID] = e
	}
	messages := make([]Message, len(all))
	for i, m := range all {
		messages[i] = messageOf(m, byID)
	}
	return messages, nil
}

func messageOf(m store.Message, byID map[int64]store.Event) Message {
	batches, names := []int64{}, []string{}
	for _, id := range m.Events {
		e := byID[id]
		if e.Batch > 0 && !slices.Contains(batches, e.Batch) {
			batches = append(batches, e.Batch)
		}
		if e.Name != "" && !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
	}
	if m.State != store.MessageWaiting {
		m.NextAt = time.Time{}
	}
	return Message{m.ID, m.Key, m.Target, m.Kind, string(m.What), m.Count, batches, names, string(m.State), m.Tries, m.Answer,
		timeOrNull(m.CreatedAt), timeOrNull(m.TriedAt), timeOrNull(m.NextAt), timeOrNull(m.EndedAt)}
}

// EventWords are of what kind the message's events are, and how many if there are more
// than one.
func (m Message) EventWords() string {
	if m.Events == 1 {
		return m.Event
	}
	return Thousands(m.Events) + " " + m.Event
}

// toldWords are what events of each kind are called, one and several.
var toldWords = map[string][2]string{
	string(store.EventFinished): {"run is finished", "runs are finished"},
	string(store.EventPaused):   {"batch was paused", "batches were paused"},
	string(store.EventMissed):   {"run of a schedule was missed", "runs of schedules were missed"},
	string(store.EventWaiting):  {"run of a schedule waits for somebody's yes", "runs of schedules wait for somebody's yes"},
	string(store.EventRefused):  {"file was refused", "files were refused"},
	string(store.EventTest):     {"test", "tests"},
}

// ToldWords are so many events of a kind in words, such as "2 batches were paused".
func ToldWords(event string, n int) string {
	if event == string(store.EventGate) {
		return "the gate was closed or opened " + Counted(n, "time", "times")
	}
	words, known := toldWords[event]
	if !known {
		return Counted(n, event, event)
	}
	return Counted(n, words[0], words[1])
}

// Words are what the message is about.
func (m Message) Words() string { return ToldWords(m.Event, m.Events) }

// Seen tells whether a message is still as somebody saw it; see
// [Service.SendMessageAgain]. It differs with whatever becomes of the message.
func (m Message) Seen() string {
	at := func(t *time.Time) int64 {
		if t == nil {
			return 0
		}
		return t.UnixMilli()
	}
	return fmt.Sprintf("%s-%d-%d-%d", m.State, m.Tries, at(m.NextAt), at(m.EndedAt))
}
