package message

import (
	"fmt"
	"strconv"
	"strings"

	"usher/batch"
	"usher/store"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// headline is all of a message in a line.
func headline(what store.EventName, events []store.Event, count int) string {
	if what == store.EventTest {
		return "this is a test: messages arrive"
	}
	if count == 1 && len(events) == 1 {
		return said(events[0])
	}
	switch what {
	case store.EventFinished:
		words := batch.ToldWords(string(what), count)
		if counts := sum(events); len(events) == count {
			words += ": " + countWords(counts)
		}
		return words
	case store.EventGate:
		words := batch.ToldWords(string(what), count)
		if len(events) > 0 {
			words += "; now " + said(events[len(events)-1])
		}
		return words
	}
	return batch.ToldWords(string(what), count)
}

// sentence is an event as a sentence.
func sentence(e store.Event) string {
	words := said(e)
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// said is an event in words, which begin with a small letter of ours.
func said(e store.Event) string {
	switch e.What {
	case store.EventFinished:
		return about(e) + " is finished: " + countWords(countsOf(e))
	case store.EventPaused:
		return about(e) + " is paused: " + batch.PauseReasonWords(e.Reason) + " (" + countWords(countsOf(e)) + ")"
	case store.EventGate:
		if e.Reason == "" {
			return "the gate is open: invitations are sent again"
		}
		words, _ := batch.ClosedWords(e.Reason)
		return "the gate is closed and nothing is sent: " + orWord(words, e.Reason)
	case store.EventMissed:
		return fmt.Sprintf("schedule %s was missed%s", e.Name, why(e))
	case store.EventWaiting:
		return fmt.Sprintf("schedule %s waits for somebody's yes%s", e.Name, why(e))
	}
	return fmt.Sprintf("a file in folder %s was refused%s", e.Name, why(e))
}

// about names the batch of an event.
func about(e store.Event) string {
	words := fmt.Sprintf("batch %d", e.Batch)
	if e.BatchName != "" {
		words += " (" + e.BatchName + ")"
	}
	return words
}

// why is the reason of an event of another room, and its numbers.
func why(e store.Event) string {
	words := plain(e.Reason)
	if n, ok := e.Numbers["people"]; ok {
		words = strings.TrimPrefix(words+", "+batch.Counted(n, "person", "people"), ", ")
	}
	if words == "" {
		return ""
	}
	return ": " + words
}

// plain is a word of ours as people read it.
func plain(word string) string { return strings.ReplaceAll(word, "_", " ") }

func orWord(words, reason string) string {
	if words != "" {
		return words
	}
	return plain(reason)
}

// countWords say how many people are in which state, without those in which nobody is.
func countWords(counts batch.Counts) string {
	var words []string
	for _, s := range batch.States {
		if n := counts[s]; n > 0 {
			words = append(words, batch.Thousands(n)+" "+string(s))
		}
	}
	if len(words) == 0 {
		return "nobody was in it"
	}
	return strings.Join(words, ", ")
}

// sum adds the counts of events.
func sum(events []store.Event) batch.Counts {
	counts := batch.Counts{}
	for _, e := range events {
		for s, n := range countsOf(e) {
			counts[s] += n
		}
	}
	return counts
}
