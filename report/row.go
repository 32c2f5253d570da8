package report

import (
	"fmt"
	"time"

	"usher/store"
)

// row is a line of a report. The names and their order are promised to people
// who read reports with programs.
type row struct {
	Row           int    `csv:"row" json:"row"`
	Status        string `csv:"status" json:"status"`
	ExternalID    string `csv:"external_id" json:"external_id"`
	FirstName     string `csv:"first_name" json:"first_name"`
	LastName      string `csv:"last_name" json:"last_name"`
	Email         string `csv:"email" json:"email"`
	Phone         string `csv:"phone" json:"phone"`
	SessionID     string `csv:"session_id" json:"session_id"`
	SessionURL    string `csv:"session_url" json:"session_url"`
	ErrorCode     string `csv:"error_code" json:"error_code"`
	Error         string `csv:"error" json:"error"`
	Attempts      int    `csv:"attempts" json:"attempts"`
	SentAt        string `csv:"sent_at" json:"sent_at"`
	SettledAt     string `csv:"settled_at" json:"settled_at"`
	OutcomeStatus string `csv:"outcome_status" json:"outcome_status"`
	OutcomeReason string `csv:"outcome_reason" json:"outcome_reason"`
}

// columns are the names of a row's columns.
var columns = []string{"row", "status", "external_id", "first_name", "last_name", "email", "phone", "session_id",
	"session_url", "error_code", "error", "attempts", "sent_at", "settled_at", "outcome_status", "outcome_reason"}

func newRow(a *store.Applicant) row {
	return row{
		Row:           a.Row,
		Status:        string(a.State),
		ExternalID:    a.ExternalID,
		FirstName:     a.FirstName,
		LastName:      a.LastName,
		Email:         a.Email,
		Phone:         a.Phone,
		SessionID:     a.SessionID,
		SessionURL:    a.SessionURL,
		ErrorCode:     a.ErrorCode,
		Error:         errorText(a),
		Attempts:      a.Counted,
		SentAt:        timeText(a.SentAt),
		SettledAt:     timeText(a.SettledAt),
		OutcomeStatus: a.OutcomeStatus,
		OutcomeReason: a.OutcomeReason,
	}
}

// errorText tells of a duplicate where its person is, even if nobody wrote it
// down.
func errorText(a *store.Applicant) string {
	if a.State == store.Duplicate && a.Error == "" && a.Holder.Batch != 0 {
		return fmt.Sprintf("This person is in batch %d, row %d.", a.Holder.Batch, a.Holder.Row)
	}
	return a.Error
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// extraNames gives the input's own columns names that no other column of the
// report has.
func extraNames(headings []string) []string {
	taken := make(map[string]bool, len(columns)+len(headings))
	for _, name := range columns {
		taken[name] = true
	}
	names := make([]string, len(headings))
	for i, heading := range headings {
		name := heading
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", heading, n)
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

// extraOf is an applicant's values of the extra columns, one for each.
func extraOf(a *store.Applicant, names []string) []string {
	if len(a.Extra) == len(names) {
		return a.Extra
	}
	values := make([]string, len(names))
	copy(values, a.Extra)
	return values
}
