package jobs

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"usher/store"
	"usher/upstream"
)

// refusals counts, by batch, how many people in a row the API refused for the
// same reason. A mistake in a mapping is the same for every row, and must not
// burn a whole batch. One row that is tried again and again says nothing of the
// others, however often it is refused.
type refusals struct {
	mu sync.Mutex
	by map[int64]*refusal
}

type refusal struct {
	same string
	rows map[int]bool // sameRefusals of them at most
}

// sameRefusals is how many people refused alike in a row pause a batch.
const sameRefusals = 25

func newRefusals() *refusals { return &refusals{by: map[int64]*refusal{}} }

// add counts a refusal of a person, and reports whether it was one too many,
// and of what.
func (r *refusals) add(a store.Applicant, e *upstream.StatusError) (many bool, what string) {
	same := fmt.Sprintf("HTTP %d %s", e.Status, withoutValues(a, e.Message))
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.by[a.Batch]
	if last == nil || last.same != same {
		last = &refusal{same: same, rows: map[int]bool{}}
		r.by[a.Batch] = last
	}
	if len(last.rows) < sameRefusals { // a batch that could not be paused goes on, and need not be counted further
		last.rows[a.Row] = true
	}
	n := len(last.rows)
	return n >= sameRefusals, fmt.Sprintf("%d people in a row were refused for the same reason: %s", n, strings.TrimSpace(same))
}

// reset forgets a batch's refusals.
func (r *refusals) reset(batch int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, batch)
}

// personal matches what may be a person's in the API's words however it is
// written there: addresses, and numbers of six digits or more.
var personal = regexp.MustCompile(`[^\s"'<>(]+@[^\s"'<>)]+|\+?\(?\d(?:[\s().-]*\d){5,}`)

// withoutValues takes an applicant's own values out of the API's words, so that
// two refusals can be compared and the words can be shown to an operator.
func withoutValues(a store.Applicant, words string) string {
	for _, v := range []string{a.Email, a.Phone, a.ExternalID, a.FirstName, a.LastName} {
		if len(v) > 1 {
			words = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(v)).ReplaceAllLiteralString(words, "…")
		}
	}
	return personal.ReplaceAllLiteralString(words, "…")
}
