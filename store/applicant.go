package store

import (
	"context"
	"encoding/json"
	"time"
)

// State is where an applicant is in the job of being invited.
type State string

// The states of an applicant.
const (
	Rejected  State = "rejected"  // failed validation, never sent
	Duplicate State = "duplicate" // this person is in this batch already or was invited before
	Queued    State = "queued"
	Sending   State = "sending" // an attempt is recorded, its outcome is not known yet
	Invited   State = "invited"
	Failed    State = "failed"    // the API refused this person
	Unknown   State = "unknown"   // sent, the answer lost, the look-up inconclusive
	Cancelled State = "cancelled" // given up by a person before it was sent
)

// States lists every state, in the order in which people are told of them.
var States = []State{Rejected, Duplicate, Queued, Sending, Invited, Failed, Unknown, Cancelled}

// Key names an applicant: a batch and the row of its source.
type Key struct {
	Batch int64
	Row   int
}

// Applicant is one row of a batch.
type Applicant struct {
	Key
	State           State
	Run             int // the run that settled it last
	FirstName       string
	LastName        string
	Email           string
	Phone           string
	ExternalID      string // the applicant's own, or a generated one; sent with every request
	SendEmailInvite bool
	SendPhoneInvite bool
	WorkflowID      string
	RedirectURL     string
	Extra           []string // the values of the batch's ExtraColumns
	PersonKey       string   // see [PersonKey]; empty on a rejected row
	Holder          Key      // for a duplicate: who holds the person
	Attempt         int      // number of the last attempt
	Counted         int      // attempts that may have made a session, or were refused
	SessionID       string
	SessionURL      string
	Links           string // JSON, as the API gave it
	ErrorCode       string
	Error           string
	SentAt          time.Time
	SettledAt       time.Time
	OutcomeStatus   string
	OutcomeReason   string
}

const applicantColumns = `batch_id, row_no, state, run, first_name, last_name, email, phone, external_id,
send_email_invite, send_phone_invite, workflow_id, redirect_url, extra, person_key, holder_batch, holder_row,
attempt, counted, session_id, session_url, links, error_code, error, sent_at, settled_at, outcome_status, outcome_reason`

func scanApplicant(r rows) (a Applicant, err error) {
	var extra string
	err = r.Scan(&a.Batch, &a.Row, &a.State, &a.Run, &a.FirstName, &a.LastName, &a.Email, &a.Phone, &a.ExternalID,
		&a.SendEmailInvite, &a.SendPhoneInvite, &a.WorkflowID, &a.RedirectURL, &extra, &a.PersonKey,
		&a.Holder.Batch, &a.Holder.Row, &a.Attempt, &a.Counted, &a.SessionID, &a.SessionURL, &a.Links,
		&a.ErrorCode, &a.Error, timeOf(&a.SentAt), timeOf(&a.SettledAt), &a.OutcomeStatus, &a.OutcomeReason)
	if err != nil || extra == "" {
		return a, err
	}
	return a, json.Unmarshal([]byte(extra), &a.Extra)
}

// insertColumns are the columns that an import fills; the rest start empty.
var insertColumns = []string{"batch_id", "row_no", "state", "run", "first_name", "last_name", "email", "phone",
	"external_id", "send_email_invite", "send_phone_invite", "workflow_id", "redirect_url", "extra", "person_key",
	"holder_batch", "holder_row", "attempt", "counted", "lookups", "session_id", "session_url", "links",
	"error_code", "error", "settled_at", "outcome_status", "outcome_reason"}

// InsertApplicants adds rows of an importing batch, in the fastest way the
// database has.
func (t *Tx) InsertApplicants(ctx context.Context, all []Applicant) error {
	var failed error
	err := t.conn.insertRows(ctx, "applicants", insertColumns, len(all), func(i int) []any {
		a := &all[i]
		extra, err := extraText(a.Extra)
		if err != nil {
			failed = err
		}
		return []any{a.Batch, a.Row, string(a.State), 1, a.FirstName, a.LastName, a.Email, a.Phone,
			a.ExternalID, a.SendEmailInvite, a.SendPhoneInvite, a.WorkflowID, a.RedirectURL, extra, a.PersonKey,
			a.Holder.Batch, a.Holder.Row, 0, 0, 0, "", "", "",
			a.ErrorCode, a.Error, a.SettledAt, "", ""}
	})
	if err == nil {
		err = failed
	}
	for i := range all {
		t.move(all[i].Batch, "", all[i].State, 1)
	}
	return wrap("insert applicants", err)
}

func extraText(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	b, err := json.Marshal(values)
	return string(b), err
}

// Applicant is the applicant with this key, or [ErrNotFound].
func (q queries) Applicant(ctx context.Context, k Key) (Applicant, error) {
	all, err := q.applicants(ctx, `WHERE batch_id = $1 AND row_no = $2`, k.Batch, k.Row)
	return first(all, err)
}

// Applicants reads up to limit applicants of a batch after a row, in row
// order, so that a report of any size is read page by page.
func (q queries) Applicants(ctx context.Context, batch int64, afterRow, limit int) ([]Applicant, error) {
	return q.applicants(ctx, `WHERE batch_id = $1 AND row_no > $2 ORDER BY row_no LIMIT $3`, batch, afterRow, limit)
}

func (q queries) applicants(ctx context.Context, where string, args ...any) ([]Applicant, error) {
	all, err := collect(ctx, q, `SELECT `+applicantColumns+` FROM applicants `+where, args, scanApplicant)
	return all, wrap("read applicants", err)
}

// HasOpen reports whether anybody of a batch is not settled. It is asked often:
// the ranges and their order make PostgreSQL go by the index of states, where
// it would else read past everybody who is settled to find one who is not.
func (q queries) HasOpen(ctx context.Context, batch int64) (bool, error) {
	for _, state := range []State{Queued, Sending} {
		all, err := collect(ctx, q, `
SELECT state
FROM applicants
WHERE batch_id = $1 AND state >= $2 AND state <= $2
ORDER BY state
LIMIT 1`, []any{batch, string(state)}, scanState)
		if err != nil || len(all) > 0 {
			return len(all) > 0, wrap("look for open applicants", err)
		}
	}
	return false, nil
}

func scanState(r rows) (s State, err error) { return s, r.Scan(&s) }

// The error codes that are counted when a batch is over; see [CodeSessionOfAnother].
const (
	CodeURLLost        = "url_lost"          // invited, and the API does not tell the URL
	CodeTimeDoesNotFit = "time_does_not_fit" // a session may be this person's, but for its time
)

// CodeNotSent is the error code of those of whom a person found that nothing was sent.
const CodeNotSent = "not_sent"

// CodeCounts counts the applicants of a batch who are invited or unknown and
// have an error code, and those who failed as nothing was sent, by code.
func (q queries) CodeCounts(ctx context.Context, batch int64) (map[string]int, error) {
	counts, err := countsBy[string](ctx, q, `
SELECT error_code, count(*)
FROM applicants
WHERE batch_id = $1 AND error_code <> ''
  AND (state IN ('invited', 'unknown') OR state = 'failed' AND error_code = '`+CodeNotSent+`')
GROUP BY error_code`, batch)
	return counts, wrap("count codes", err)
}
