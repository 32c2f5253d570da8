package report

import (
	"context"

	"usher/store"
)

// PausedCode is the error code of those who wait, in the report of a batch that is
// paused.
const PausedCode = "paused"

// Waiting reads the rows of a batch that is paused: those that wait say why, in
// the words given, unless something else is said of them.
func Waiting(st reader, words string) reader { return waiting{st, words} }

type waiting struct {
	reader
	words string
}

func (r waiting) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]store.Applicant, error) {
	page, err := r.reader.Applicants(ctx, batch, afterRow, limit)
	for i := range page {
		if a := &page[i]; a.State == store.Queued && a.ErrorCode == "" && a.Error == "" {
			a.ErrorCode, a.Error = PausedCode, r.words
		}
	}
	return page, err
}
