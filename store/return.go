package store

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ReturnToUsher is the redirect address of an applicant who comes back to a page of
// usher. It is no address, so nobody's own can be taken for it: the real one is made
// when the request is, and is in no database.
const ReturnToUsher = "usher:return"

// Who tells of a session after the invitation: [Return.Source].
const (
	ToldByBrowser  = "browser"  // anybody can type what a browser says
	ToldByProvider = "provider" // a webhook, which has the provider's secret
)

// OutcomeConfirmed is the outcome_status of an applicant on whom the provider gave
// its word, which is the outcome_reason.
const OutcomeConfirmed = "confirmed"

// FinalWords are the words of the provider that end a verification.
var FinalWords = []string{"verified", "rejected", "failed"}

// Return is what was told of an applicant's session after the invitation.
type Return struct {
	Source    string // ToldByBrowser or ToldByProvider
	SessionID string
	Status    string // the browser's word, or the provider's
	Reason    string // the browser's; may be empty
	At        time.Time
}

// final reports whether it is the provider's word on a verification.
func (r Return) final() bool {
	return r.Source == ToldByProvider && slices.Contains(FinalWords, r.Status)
}

// same reports whether two tell the same, whenever they do.
func (r Return) same(o Return) bool {
	r.At, o.At = time.Time{}, time.Time{}
	return r == o
}

// mostReturns is how much of what browsers say is kept of one applicant.
const mostReturns = 20

// NoteReturn keeps what was told of a session of this applicant, the present one or
// one that was given up, and reports whether it did. It does not if the session is
// not the applicant's, if the same was told before, or if browsers have said too
// much. What is not kept writes nothing, and costs two reads.
//
// The first word of a browser becomes the applicant's outcome. A final one of the
// provider takes its place, and that of an earlier one, unless that was on the
// present session and this is on another.
func (s *Store) NoteReturn(ctx context.Context, account int64, k Key, r Return) (noted bool, err error) {
	_, news, err := s.news(ctx, account, k, r)
	if err != nil || !news {
		return false, wrap("look for a return", err)
	}
	err = s.InTx(ctx, func(tx *Tx) (err error) {
		noted, err = tx.noteReturn(ctx, account, k, r)
		return err
	})
	return noted, wrap("note a return", err)
}

// news is what was told of an applicant so far, and whether this is to be kept too.
func (q queries) news(ctx context.Context, account int64, k Key, r Return) (told []Return, news bool, err error) {
	holders, err := q.SessionHolders(ctx, account, []string{r.SessionID})
	if holder, known := holders[r.SessionID]; err != nil || !known || holder != k {
		return nil, false, err
	}
	if told, err = q.Returns(ctx, k); err != nil {
		return nil, false, err
	}
	said := 0
	for _, o := range told {
		if o.same(r) {
			return told, false, nil
		}
		if o.Source == ToldByBrowser {
			said++
		}
	}
	return told, r.Source != ToldByBrowser || said < mostReturns, nil
}

// noteReturn notes one at a time of each applicant, whose row it holds. One without a
// time is told now.
func (t *Tx) noteReturn(ctx context.Context, account int64, k Key, r Return) (bool, error) {
	var a Applicant
	err := t.queryOne(ctx, `
SELECT session_id, outcome_status, outcome_reason
FROM applicants
WHERE batch_id = $1 AND row_no = $2
`+t.d.forUpdate, []any{k.Batch, k.Row}, &a.SessionID, &a.OutcomeStatus, &a.OutcomeReason)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	told, news, err := t.news(ctx, account, k, r)
	if err != nil || !news {
		return false, err
	}
	_, err = t.conn.exec(ctx, `
INSERT INTO returns (batch_id, row_no, n, source, session_id, status, reason, told_at)
VALUES ($1, $2, (SELECT coalesce(max(n), 0) + 1 FROM returns WHERE batch_id = $1 AND row_no = $2), $3, $4, $5, $6, coalesce($7, `+t.d.now+`))`,
		k.Batch, k.Row, r.Source, r.SessionID, r.Status, r.Reason, r.At)
	if err != nil {
		return false, err
	}
	status, reason := outcomeAfter(a, told, r)
	if status == a.OutcomeStatus && reason == a.OutcomeReason {
		return true, nil
	}
	_, err = t.conn.exec(ctx, `
UPDATE applicants
SET outcome_status = $3, outcome_reason = $4
WHERE batch_id = $1 AND row_no = $2`, k.Batch, k.Row, status, reason)
	return true, err
}

// outcomeAfter is an applicant's outcome when, after what was told already, this is.
func outcomeAfter(a Applicant, told []Return, r Return) (status, reason string) {
	ofPresent := func(o Return) bool { return o.final() && o.SessionID == a.SessionID }
	switch {
	case r.final() && (r.SessionID == a.SessionID || !slices.ContainsFunc(told, ofPresent)):
		return OutcomeConfirmed, r.Status
	case r.Source == ToldByBrowser && a.OutcomeStatus == "" && a.OutcomeReason == "":
		return r.Status, r.Reason
	}
	return a.OutcomeStatus, a.OutcomeReason
}

// Returns lists what was told of an applicant's sessions, the first first.
func (q queries) Returns(ctx context.Context, k Key) ([]Return, error) {
	all, err := collect(ctx, q, `
SELECT source, session_id, status, reason, told_at
FROM returns
WHERE batch_id = $1 AND row_no = $2
ORDER BY n`, []any{k.Batch, k.Row}, func(r rows) (told Return, err error) {
		return told, r.Scan(&told.Source, &told.SessionID, &told.Status, &told.Reason, timeOf(&told.At))
	})
	return all, wrap("read returns", err)
}

// HasReturns reports whether anything was told of anybody of a batch.
func (q queries) HasReturns(ctx context.Context, batch int64) (has bool, err error) {
	err = q.queryOne(ctx, `SELECT EXISTS (SELECT 1 FROM returns WHERE batch_id = $1)`, []any{batch}, &has)
	return has, wrap("look for returns", err)
}

// forgetReturns takes away what was told of a session that is not this applicant's
// after all. What the provider told is kept for whose it is.
func (t *Tx) forgetReturns(ctx context.Context, account int64, k Key, session string) error {
	if err := t.keepEarly(ctx, account, k, session); err != nil {
		return err
	}
	_, err := t.conn.exec(ctx, `
DELETE FROM returns
WHERE batch_id = $1 AND row_no = $2 AND session_id = $3`, k.Batch, k.Row, session)
	return wrap("forget returns", err)
}
