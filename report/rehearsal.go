package report

import (
	"context"

	"usher/store"
)

// RehearsalCode is the error code of those who would have been sent to, in the
// report of a rehearsal. Who imports that report invites them.
const RehearsalCode = "rehearsal"

const rehearsalWords = "Rehearsal: nobody was contacted."

// Rehearsal reads the rows of a rehearsal: those that were sent, to a sandbox,
// say that nobody was contacted, whatever else is known of them.
func Rehearsal(st reader) reader { return rehearsed{st} }

type rehearsed struct{ reader }

func (r rehearsed) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	page, err := r.reader.Applicants(ctx, batch, afterRow, limit)
	for i := range page {
		switch a := &page[i]; a.State {
		case store.Invited, store.Sending, store.Unknown:
			a.ErrorCode, a.Error = RehearsalCode, rehearsalWords
		}
	}
	return page, err
}
