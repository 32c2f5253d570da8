package batch

import (
	"context"
	"math"
	"strconv"
	"time"

	"usher/store"
)

// Minute is what was sent in a minute.
type Minute struct {
	At      time.Time // its beginning
	Allowed float64   // requests that the gate and the pace let through; negative for any number
	Sent    int       // requests to make a session
	Invited int       // people
	Limited int       // 429 to any request
	Refused int       // of those sent: 401, 402 and 403, which close the gate
	Lost    int       // of those sent: 5xx, and no answer
}

// Story is what was sent in the last hour by minute, the present one last, and what
// became of the gate and the pace, the newest first.
type Story struct {
	Minutes []Minute
	Events  []GateEvent
}

// GateStory tells the last hour.
func (s *Service) GateStory(ctx context.Context) (Story, error) {
	now, err := s.st.Now(ctx)
	if err != nil {
		return Story{}, err
	}
	last := minuteOf(now)
	sent, err := s.st.Traffic(ctx, s.account, last-hourMinutes+1, last)
	if err != nil {
		return Story{}, err
	}
	events, err := s.st.GateEvents(ctx, s.account, eventsMost)
	if err != nil {
		return Story{}, err
	}
	all := make([]Minute, hourMinutes)
	for i := range all {
		all[i].At = time.Unix((last-hourMinutes+1+int64(i))*60, 0).UTC()
	}
	for _, t := range sent {
		all[t.Minute-last+hourMinutes-1].add(t)
	}
	for i, allowed := range store.Allowed(pace(s.cfg), events, all[0].At, now, hourMinutes) {
		all[i].Allowed = allowed
	}
	return Story{all, gateHistory(events)}, nil
}

const (
	hourMinutes = 60
	eventsMost  = 5000 // that an hour is counted by
)

// add adds what was sent in a minute to what is told of it.
func (m *Minute) add(t store.Traffic) {
	if t.Request == store.TrafficInvited {
		m.Invited += int(t.N)
		return
	}
	status, _ := strconv.Atoi(t.Answer)
	if status == 429 {
		m.Limited += int(t.N)
	}
	if t.Request != "create" || t.Answer == store.AnswerNotSent {
		return
	}
	m.Sent += int(t.N)
	switch {
	case status >= 401 && status <= 403:
		m.Refused += int(t.N)
	case status >= 500, t.Answer == store.AnswerLost:
		m.Lost += int(t.N)
	}
}

// AllowedWords are how many were allowed, in words.
func (m Minute) AllowedWords() string {
	if m.Allowed < 0 {
		return "any number"
	}
	return Thousands(int(math.Round(m.Allowed)))
}

// GateEvent is something that became of the gate or of the pace.
type GateEvent struct {
	At     time.Time
	Open   bool   // the gate was opened
	Reason string // of a gate that was closed
	Words  string // what happened, for people
	Detail string // what the API said, for instance; may be empty
	Until  time.Time
}

// gateHistory is what became of the gate and the pace, in the order in which it is
// stored.
func gateHistory(stored []store.GateEvent) []GateEvent {
	all := make([]GateEvent, len(stored))
	for i, e := range stored {
		all[i] = GateEvent{At: e.At, Open: e.Kind == store.GateEventGate && e.Reason == "", Reason: e.Reason, Detail: e.Detail, Until: e.Until}
		switch {
		case e.Kind == store.GateEventPace:
			all[i].Words = "the pace is " + RateWords(e.Rate) + " now, by what the API has let through"
		case e.Reason == "":
			all[i].Words = "opened"
		default:
			all[i].Words = "closed: " + reasonWords[e.Reason]
		}
	}
	return all
}

// RateWords are a rate in requests a second.
func RateWords(rate float64) string {
	return strconv.FormatFloat(rate, 'g', 3, 64) + " requests a second"
}
