package report

import (
	"context"

	"usher/store"
)

// RehearsalCode is the error code of those who would have been sent to, in the
// report of a rehearsal. Who imports that report invites them.
const RehearsalCode = "rehearsal"

const rehearsalWords = "Rehearsal: nobody was contacted."

// Sent reports whether somebody in this state was sent to, or may have been: in a
// rehearsal, to a sandbox.
func Sent(s store.State) bool {
	return s == store.Invited || s == store.Sending || s == store.Unknown
}

// Rehearsal reads the rows of a rehearsal: those that were sent, to a sandbox,
// say that nobody was contacted, whatever else is known of them.
func Rehearsal(st reader) reader { return rehearsed{st} }

type rehearsed struct{ reader }

func (r rehearsed) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	page, err := r.reader.Applicants(ctx, batch, afterRow, limit)
	for i := range page {
		if a := &page[i]; Sent(a.State) {
			a.ErrorCode, a.Error = RehearsalCode, rehearsalWords
		}
	}
	return page, err
}
