package message

import (
	"encoding/json"
	"time"

	"usher/batch"
	"usher/store"
)

// letter is a message with its words, the same however it is sent and however often.
type letter struct {
	store.Message
	events  []store.Event
	subject string // a line
	lines   []line
	base    string // where the pages are; may be empty
}

// line is an event in words, and what a person can do about it.
type line struct {
	Words, Hint, Link string
}

func (r *Room) letter(m store.Message, events []store.Event) letter {
	l := letter{Message: m, events: events, subject: headline(m.What, events, m.Count), base: r.cfg.Web.PublicURL}
	for _, e := range events {
		n := line{Words: sentence(e), Hint: hint(e)}
		if l.base != "" && e.Batch > 0 {
			n.Link = l.base + "/batches/" + decimal(e.Batch)
		}
		l.lines = append(l.lines, n)
	}
	return l
}

// left is how many events are not named.
func (l letter) left() int { return max(l.Count-len(l.events), 0) }

// types are the types of events, as programs know them.
var types = map[store.EventName]string{
	store.EventFinished: "batch.finished", store.EventPaused: "batch.paused", store.EventGate: "gate.changed",
	store.EventMissed: "schedule.missed", store.EventWaiting: "schedule.waiting", store.EventRefused: "file.refused",
	store.EventTest: "test",
}

// body is the JSON that programs get. It is part of the interface.
type body struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // of the last event
	Data      data      `json:"data"`
}

type data struct {
	Words  string  `json:"words"` // all of it in a line
	Count  int     `json:"count"` // how many events there are; the last hundred are named
	Events []event `json:"events"`
}

type event struct {
	ID        int64          `json:"id"`
	At        time.Time      `json:"at"`
	Batch     int64          `json:"batch,omitempty"`
	BatchName string         `json:"batch_name,omitempty"`
	Name      string         `json:"name,omitempty"` // of the schedule or the folder
	Reason    string         `json:"reason,omitempty"`
	Words     string         `json:"words"`
	Numbers   map[string]int `json:"numbers"`
}

// json is the letter for programs.
func (l letter) json() []byte {
	b := body{types[l.What], l.CreatedAt, data{l.subject, l.Count, []event{}}}
	for _, e := range l.events {
		b.Timestamp = e.At
		b.Data.Events = append(b.Data.Events, event{e.ID, e.At, e.Batch, e.BatchName, e.Name, e.Reason, sentence(e), e.Numbers})
	}
	text, err := json.Marshal(b)
	if err != nil {
		panic(err) // there is nothing in it that has no JSON
	}
	return text
}

// batches are those that the letter is about, each once.
func (l letter) batches() (ids []int64) {
	seen := map[int64]bool{}
	for _, e := range l.events {
		if e.Batch > 0 && !seen[e.Batch] {
			seen[e.Batch] = true
			ids = append(ids, e.Batch)
		}
	}
	return ids
}

// hint is what a person can do about an event; it may be empty.
func hint(e store.Event) string {
	switch e.What {
	case store.EventFinished:
		b := batch.Batch{ID: e.Batch, Counts: countsOf(e)}
		if b.Counts.Problems() > 0 {
			return b.ProblemHint()
		}
	case store.EventPaused:
		return batch.Batch{ID: e.Batch, PauseReason: e.Reason}.PausedHint()
	case store.EventGate:
		_, hint := batch.ClosedWords(e.Reason)
		return hint
	case store.EventMissed, store.EventWaiting:
		return "'usher schedule show " + e.Name + "' says more"
	case store.EventRefused:
		return "the folder 'refused' in it has the file, and beside it what is wrong with it"
	}
	return ""
}

// countsOf are how many people are in which state, by an event about a batch.
func countsOf(e store.Event) batch.Counts {
	counts := batch.Counts{}
	for _, s := range batch.States {
		counts[s] = e.Numbers[string(s)]
	}
	return counts
}
