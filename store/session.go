package store

import (
	"context"
	"fmt"
	"slices"
)

// CodeSessionOfAnother is the error code of an applicant whose answer named a
// session that another applicant has.
const CodeSessionOfAnother = "session_of_another"

var sessionCols = []col{{"k_session", text}, {"k_batch", integer}, {"k_row", integer}}

// holdSessions makes sessions their applicants', and returns those that another
// applicant of the account has, by their holders. They are taken in one order
// whoever takes them, so that two transactions do not deadlock.
func (t *Tx) holdSessions(ctx context.Context, account int64, told []Settlement) (map[string]Key, error) {
	if len(told) == 0 {
		return nil, nil
	}
	arg, err := recordsArg(len(told), func(i int) []any { return []any{told[i].SessionID, told[i].Batch, told[i].Row} })
	if err != nil {
		return nil, err
	}
	n, err := t.conn.exec(ctx, `
INSERT INTO sessions (account_id, session_id, batch_id, row_no)
SELECT $2, k_session, k_batch, k_row
FROM `+t.d.records(sessionCols)+` AS k
WHERE true
ORDER BY k_session, k_batch, k_row
ON CONFLICT DO NOTHING`, arg, account)
	if err != nil {
		return nil, fmt.Errorf("hold sessions: %w", err)
	}
	if int(n) == len(told) {
		return nil, nil
	}
	ids := make([]string, len(told))
	for i, s := range told {
		ids[i] = s.SessionID
	}
	return t.SessionHolders(ctx, account, ids)
}

// toOneOnly makes the settlements whose session is another applicant's into
// ones that are in doubt: one session is one person's, and an answer that names
// somebody else's is no answer (a caching proxy once gave one to everybody).
// Where two are told of one session at the same moment, neither has it: which
// of them was answered first is not known here.
func (t *Tx) toOneOnly(ctx context.Context, account int64, all []Settlement) error {
	of := make(map[string]Key, len(all))
	disputed := map[string]bool{}
	told := make([]Settlement, 0, len(all))
	for _, s := range all {
		if s.SessionID == "" {
			continue
		}
		other, again := of[s.SessionID]
		disputed[s.SessionID] = disputed[s.SessionID] || again && other != s.Key
		of[s.SessionID] = s.Key
		told = append(told, s)
	}
	told = slices.DeleteFunc(told, func(s Settlement) bool { return disputed[s.SessionID] })
	holders, err := t.holdSessions(ctx, account, told)
	if err != nil {
		return err
	}
	for i := range all {
		s := &all[i]
		holder, held := holders[s.SessionID]
		switch {
		case disputed[s.SessionID]:
			s.doubt("The API answered with one session for several people, so it is not known what was made for this one.")
		case held && holder != s.Key:
			s.doubt(fmt.Sprintf("The API answered with the session that batch %d, row %d has, so it is not known what was made for this person.",
				holder.Batch, holder.Row))
		}
	}
	return nil
}

// doubt takes the session off a settlement: what the API made for this person, if
// anything, is to be looked up.
func (s *Settlement) doubt(why string) {
	s.State, s.Outcome, s.SessionID, s.SessionURL, s.Links = Sending, OutcomeInDoubt, "", "", ""
	s.ErrorCode, s.Error = CodeSessionOfAnother, why
}

// takeSession takes a session from an applicant who has it by mistake: the API
// lists it under another's reference. What was made for that applicant, if
// anything, is in doubt then, and looked up; in a batch that is over a person has
// to find out.
func (t *Tx) takeSession(ctx context.Context, account int64, id string, from Key) error {
	if err := t.holdBatches(ctx, []Key{from}); err != nil {
		return err
	}
	for _, had := range []State{Invited, Sending} {
		to, err := collect(ctx, t.queries, `
UPDATE applicants
SET state = (SELECT CASE WHEN b.state IN ('running', 'paused') THEN 'sending' ELSE 'unknown' END FROM batches b WHERE b.id = batch_id),
    session_id = '', session_url = '', links = '', error_code = $4, error = $5, lookups = 0, lookup_job_at = NULL,
    outcome_status = '', outcome_reason = '', lookup_at = `+t.d.now+`
WHERE batch_id = $1 AND row_no = $2 AND session_id = $3 AND state || '' = $6
RETURNING state`, []any{from.Batch, from.Row, id, CodeSessionOfAnother,
			"The API answered with a session that is another person's, so it is not known what was made for this one.", string(had)}, scanState)
		if err != nil {
			return fmt.Errorf("take a session: %w", err)
		}
		for _, s := range to {
			t.move(from.Batch, had, s, 1)
		}
	}
	_, err := t.conn.exec(ctx, `
UPDATE attempts
SET outcome = 'in_doubt', session_id = ''
WHERE batch_id = $1 AND row_no = $2 AND session_id = $3`, from.Batch, from.Row, id)
	if err != nil {
		return fmt.Errorf("take a session: %w", err)
	}
	_, err = t.conn.exec(ctx, `
DELETE FROM sessions
WHERE account_id = $1 AND session_id = $2 AND batch_id = $3 AND row_no = $4`, account, id, from.Batch, from.Row)
	if err != nil {
		return fmt.Errorf("take a session: %w", err)
	}
	return t.forgetReturns(ctx, account, from, id)
}

// SessionHolders tells whose these sessions of an account are. One that was
// given up still is its applicant's; see [queries.AbandonedSessions].
func (q queries) SessionHolders(ctx context.Context, account int64, ids []string) (map[string]Key, error) {
	type holder struct {
		id string
		k  Key
	}
	arg, err := recordsArg(len(ids), func(i int) []any { return []any{ids[i]} })
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT session_id, batch_id, row_no
FROM sessions
WHERE account_id = $2 AND session_id IN (SELECT k_id FROM `+q.d.records([]col{{"k_id", text}})+` AS k)`,
		[]any{arg, account}, func(r rows) (h holder, err error) { return h, r.Scan(&h.id, &h.k.Batch, &h.k.Row) })
	holders := make(map[string]Key, len(all))
	for _, h := range all {
		holders[h.id] = h.k
	}
	return holders, wrap("read session holders", err)
}

// holdSession makes a session this applicant's, whose row has it, or returns
// [ErrExists] when another has it.
func (t *Tx) holdSession(ctx context.Context, account int64, k Key, id string) error {
	if id == "" {
		return nil
	}
	told := []Settlement{{Key: k, SessionID: id}}
	holders, err := t.holdSessions(ctx, account, told)
	if holder, held := holders[id]; err == nil && held && holder != k {
		err = ErrExists
	}
	if err != nil {
		return err
	}
	return t.tellEarly(ctx, account, told)
}

// AbandonedSessions are the ids of sessions that were made for an applicant and
// given up.
func (q queries) AbandonedSessions(ctx context.Context, k Key) (map[string]bool, error) {
	attempts, err := q.Attempts(ctx, k)
	ids := map[string]bool{}
	for _, a := range attempts {
		if a.Outcome == OutcomeAbandoned {
			ids[a.SessionID] = true
		}
	}
	return ids, err
}

// SettleLookup records what a look-up found, and reports whether it did: only
// while the applicant is sending with that attempt and that many look-ups
// behind it. A session is not given to a second applicant: look-ups that settle
// are done one after the other, by the gate's row, and one that an answer gave
// to somebody at the same moment is [ErrExists].
func (t *Tx) SettleLookup(ctx context.Context, account int64, s Settlement, lookups int) (bool, error) {
	if _, err := t.lockGate(ctx, account); err != nil {
		return false, err
	}
	if err := t.holdBatches(ctx, requeued([]Settlement{s})); err != nil {
		return false, err
	}
	if s.From != (Key{}) {
		if err := t.takeSession(ctx, account, s.SessionID, s.From); err != nil {
			return false, err
		}
	}
	session, url, links := s.SessionID, s.SessionURL, s.Links
	if s.State == Queued {
		session, url, links = "", "", "" // an abandoned session is the attempt's, not the next one's
	}
	n, err := t.conn.exec(ctx, `
UPDATE applicants
SET state = $4, session_id = $5, session_url = $6, links = $7, error_code = $8, error = $9,
    lookups = lookups + 1, lookup_job_at = NULL,
    lookup_seen = CASE WHEN lookup_seen = '' THEN $14 ELSE lookup_seen END,
    lookup_at = CASE WHEN $4 = 'sending' THEN `+t.d.after("$10")+` END,
    sent_at = CASE WHEN $4 = 'queued' THEN NULL ELSE sent_at END,
    settled_at = CASE WHEN $4 IN ('queued', 'sending') THEN NULL ELSE `+t.d.now+` END
WHERE batch_id = $1 AND row_no = $2 AND attempt = $3 AND state = 'sending' AND lookups = $11
  AND NOT EXISTS (
      SELECT 1 FROM sessions o
      WHERE o.account_id = $12 AND o.session_id = $13 AND NOT (o.batch_id = $1 AND o.row_no = $2))`,
		s.Batch, s.Row, s.Attempt, string(s.State), session, url, links, s.ErrorCode, s.Error,
		s.LookupIn.Seconds(), lookups, account, s.SessionID, s.Seen)
	if err != nil || n == 0 {
		return false, wrap("settle look-up", err)
	}
	t.move(s.Batch, Sending, s.State, int(n))
	if err := t.holdSession(ctx, account, s.Key, s.SessionID); err != nil {
		return false, wrap("settle look-up", err)
	}
	if err := t.afterLookup(ctx, account, s); err != nil || s.Outcome == "" {
		return true, err
	}
	_, err = t.conn.exec(ctx, `
UPDATE attempts
SET outcome = $4, session_id = $5, ended_at = coalesce(ended_at, `+t.d.now+`)
WHERE batch_id = $1 AND row_no = $2 AND n <= $3 AND outcome IN ('', 'in_doubt', 'created')`,
		s.Batch, s.Row, s.Attempt, s.Outcome, s.SessionID)
	return true, wrap("settle attempts", err)
}
