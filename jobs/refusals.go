package jobs

import (
	"fmt"
	"regexp"
	"strings"

	"usher/store"
	"usher/upstream"
)

// alike says what the API refused, in words that are the same for everybody who is
// refused for the same: the status, the API's code and what it says, with nothing in it
// of a person. A mistake in a mapping is the same for every row, and must not burn a
// whole batch; see [store.Breakers].
func alike(a store.Applicant, e *upstream.StatusError) string {
	words := []string{fmt.Sprintf("HTTP %d", e.Status)}
	for _, more := range []string{e.Code, e.Message} {
		if more = strings.TrimSpace(withoutValues(a, more)); more != "" && more != words[len(words)-1] {
			words = append(words, more)
		}
	}
	return strings.Join(words, " ")
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
