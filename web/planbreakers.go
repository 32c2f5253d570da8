package web

import (
	"net/http"
	"strconv"
	"strings"

	"usher/batch"
)

// breakerField is a field of what makes a batch stop by itself, on the page of a list.
type breakerField struct {
	Name, Label, Hint string
	Number            int
	Most              int // characters that may be typed
}

// breakerFields are the fields of breakers.
func breakerFields(b batch.Breakers) []breakerField {
	return []breakerField{
		{"breaker_canary", "People who go first, alone", "The others follow when these are invited. 0: everybody goes at once.", b.Canary, 4},
		{"breaker_same_refusal", "Refused in a row for the same reason", "So many people pause the batch. 0: never.", b.SameRefusal, 7},
		{"breaker_tolerate", "Refused of 100 people", "More than so many pause the batch, when 50 people were sent to. 100: never.", b.Tolerate, 3},
	}
}

// breakersIn takes over what a form says of the breakers. What it leaves empty, or does
// not have, stays as it is.
func breakersIn(r *http.Request, c *batch.Choices) error {
	if c.Breakers == nil {
		return nil
	}
	b := *c.Breakers
	for name, to := range map[string]*int{"breaker_canary": &b.Canary, "breaker_same_refusal": &b.SameRefusal, "breaker_tolerate": &b.Tolerate} {
		text := strings.TrimSpace(r.PostFormValue(name))
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return &batch.RequestError{Wrong: "What is written of when the batch pauses itself is no number", Fix: "Write whole numbers such as 5."}
		}
		*to = n
	}
	c.Breakers = &b
	return nil
}

// firstWords say that the first people of a list go alone, and what for; empty if they do
// not.
func firstWords(c batch.Choices, invitations int) string {
	if c.Breakers == nil {
		return ""
	}
	words := batch.FirstWords(*c.Breakers, invitations)
	if words == "" {
		return ""
	}
	return words + " If one of them is refused the batch is paused, and nobody else is sent to: so a mistake in the list costs little."
}
