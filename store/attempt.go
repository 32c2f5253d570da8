package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// The outcomes of an attempt. An attempt whose outcome is empty has no known
// end: its process may have died.
const (
	OutcomeCreated   = "created"   // the API made a session
	OutcomeRefused   = "refused"   // the API refused this person
	OutcomeDeferred  = "deferred"  // 401, 402, 403, 404 workflow, 429: not counted
	OutcomeNotSent   = "not_sent"  // provably nothing was sent: not counted
	OutcomeInDoubt   = "in_doubt"  // it may have made a session
	OutcomeFound     = "found"     // in doubt, then the look-up found its session
	OutcomeNotFound  = "not_found" // in doubt, then two look-ups found nothing
	OutcomeAbandoned = "abandoned" // it made a session nobody can use or was told of
	OutcomeUnknown   = "unknown"   // in doubt, and the look-ups do not tell
	OutcomeResolved  = "by_person" // a person said what became of it
)

// ClaimParams says for whom, under which rights and for how long applicants
// are claimed.
type ClaimParams struct {
	Account     int64
	Worker      string        // holder of a living worker lease
	Generation  int64         // the gate's generation the claim was decided in
	Wave        int64         // of the pace, in which its slot was taken
	Probe       bool          // claims through a closed gate, under the probe lease
	Ahead       time.Duration // how far ahead of the request: a quiet time must not begin within it
	Timeout     time.Duration
	LookupAfter time.Duration // past the deadline, for when nothing is heard
}

// Claim moves applicants from queued to sending and records an attempt for
// each, and returns those it moved. Only they may be sent, only once the
// transaction is committed, and only before the attempt's deadline. It moves
// nobody unless the batch is running and not quiet and does not hold them back, the worker's lease is alive,
// no refusal moved the pace on since the slot was taken, and the gate is open in the
// given generation (or closed, and probed by this worker, whose right to probe lasts for
// longer than the request can).
//
// Here and in [Tx.Settle] the state is compared as an expression, which keeps
// the planner from going by the index of states: it takes a state to be rare
// that was so when it last looked.
func (t *Tx) Claim(ctx context.Context, p ClaimParams, keys []Key) ([]Applicant, error) {
	arg, err := keysArg(keys)
	if err != nil {
		return nil, err
	}
	claimed, err := collect(ctx, t.queries, `
UPDATE applicants
SET state = 'sending', attempt = attempt + 1, lookups = 0, lookup_job_at = NULL,
    lookup_at = `+t.d.after("$6")+`, sent_at = `+t.d.now+`
FROM `+t.d.records(keyCols)+` AS k
WHERE batch_id = k_batch
  AND row_no = k_row
  AND state || '' = 'queued'
  AND `+t.d.mayClaim()+`
RETURNING `+applicantColumns,
		p.args(arg, (p.Timeout+p.LookupAfter).Seconds()), scanApplicant)
	if err != nil {
		return nil, fmt.Errorf("claim applicants: %w", err)
	}
	for _, a := range claimed {
		t.move(a.Batch, Queued, Sending, 1)
	}
	return claimed, t.insertAttempts(ctx, p, claimed)
}

func (t *Tx) insertAttempts(ctx context.Context, p ClaimParams, claimed []Applicant) error {
	if len(claimed) == 0 {
		return nil
	}
	arg, err := recordsArg(len(claimed), func(i int) []any {
		return []any{claimed[i].Batch, claimed[i].Row, claimed[i].Attempt}
	})
	if err != nil {
		return err
	}
	return t.later(ctx, "insert attempts", `
INSERT INTO attempts (batch_id, row_no, n, generation, worker, started_at, deadline_at, outcome, status, session_id)
SELECT k_batch, k_row, k_n, $2, $3, `+t.d.now+`, `+t.d.after("$4")+`, '', 0, ''
FROM `+t.d.records(attemptCols)+` AS k`, []any{arg, p.Generation, p.Worker, p.Timeout.Seconds()}, nil)
}

var (
	keyCols     = []col{{"k_batch", integer}, {"k_row", integer}}
	attemptCols = []col{{"k_batch", integer}, {"k_row", integer}, {"k_n", integer}}
)

// keysArg turns keys into records, in one order whoever asks, so that two
// transactions with the same keys wait for each other and do not deadlock.
func keysArg(keys []Key) (string, error) {
	keys = slices.SortedFunc(slices.Values(keys), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Row, b.Row))
	})
	return recordsArg(len(keys), func(i int) []any { return []any{keys[i].Batch, keys[i].Row} })
}

// Settlement is what became of an attempt, and the state it puts its
// applicant in.
type Settlement struct {
	Key
	Attempt    int
	State      State
	Outcome    string // one of the Outcome constants
	Status     int    // HTTP status, 0 when there was no answer
	Counted    bool   // whether it counts against the limit of attempts
	SessionID  string
	SessionURL string
	Links      string
	ErrorCode  string
	Error      string
	Refusal    string        // for state Failed: what was refused, in words that are the same for all and name nobody
	LookupIn   time.Duration // for state Sending: from now to the look-up
	From       Key           // of a look-up: who has the session by mistake, from whom it is taken
	Seen       string        // of a look-up: the sessions that were listed, kept if it is the first
}

var settleCols = []col{{"k_batch", integer}, {"k_row", integer}, {"k_n", integer}, {"k_state", text},
	{"k_outcome", text}, {"k_status", integer}, {"k_counted", integer}, {"k_session", text}, {"k_url", text},
	{"k_links", text}, {"k_code", text}, {"k_error", text}, {"k_lookup", real}}

// Settle records the ends of attempts and the states they lead to, and returns
// the keys it settled. An applicant is touched only while it is sending with
// that attempt; an attempt's outcome is kept in any case. A settlement whose
// session another applicant has is changed, where it stands in all, to one that
// is in doubt with [CodeSessionOfAnother]. When too many are refused, their batch
// is paused; see [Tx.Paused].
func (t *Tx) Settle(ctx context.Context, account int64, all []Settlement) ([]Key, error) {
	if err := t.toOneOnly(ctx, account, all); err != nil {
		return nil, err
	}
	arg, err := recordsArg(len(all), func(i int) []any {
		s := &all[i]
		counted := 0
		if s.Counted {
			counted = 1
		}
		return []any{s.Batch, s.Row, s.Attempt, string(s.State), s.Outcome, s.Status, counted,
			s.SessionID, s.SessionURL, s.Links, s.ErrorCode, s.Error, s.LookupIn.Seconds()}
	})
	if err != nil {
		return nil, err
	}
	if err := t.holdSettled(ctx, all); err != nil {
		return nil, err
	}
	records := t.d.records(settleCols)
	var settled []Key
	err = t.later(ctx, "settle applicants", `
UPDATE applicants
SET state = k_state, session_id = k_session, session_url = k_url, links = k_links,
    error_code = k_code, error = k_error, counted = counted + k_counted, lookup_job_at = NULL,
    lookup_at = CASE WHEN k_state = 'sending' THEN `+t.d.after("k_lookup")+` END,
    sent_at = CASE WHEN k_state = 'queued' THEN NULL ELSE sent_at END,
    settled_at = CASE WHEN k_state IN ('queued', 'sending') THEN NULL ELSE `+t.d.now+` END
FROM `+records+` AS k
WHERE batch_id = k_batch AND row_no = k_row AND attempt = k_n AND state || '' = 'sending'
RETURNING batch_id, row_no, state`, []any{arg}, func(r rows) error {
		var k Key
		var to State
		err := r.Scan(&k.Batch, &k.Row, &to)
		t.move(k.Batch, Sending, to, 1)
		settled = append(settled, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = t.later(ctx, "settle attempts", `
UPDATE attempts
SET outcome = k_outcome, status = k_status, session_id = k_session, ended_at = `+t.d.now+`
FROM `+records+` AS k
WHERE batch_id = k_batch AND row_no = k_row AND n = k_n AND outcome IN ('', 'in_doubt')`, []any{arg}, nil)
	if err != nil {
		return nil, err
	}
	if err := t.tellEarly(ctx, account, all); err != nil {
		return nil, err
	}
	if err := t.flush(ctx); err != nil { // nobody was settled early
		return nil, err
	}
	if err := t.releaseFailed(ctx, account, all); err != nil {
		return nil, err
	}
	if err := t.cancelRequeued(ctx, account, requeued(all)); err != nil {
		return nil, err
	}
	return settled, t.countRefusals(ctx, all, settled)
}

func requeued(all []Settlement) []Key {
	var keys []Key
	for _, s := range all {
		if s.State == Queued {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// holdBatches keeps batches from being cancelled until the transaction ends. A
// cancellation at the same moment would not see those who go back to the queue
// in it, nor they the cancellation, and they would stay queued for ever. It
// comes before any other lock of the transaction, as in a cancellation.
func (t *Tx) holdBatches(ctx context.Context, keys []Key) error {
	return t.lockBatches(ctx, keys, t.d.forShare)
}

func (t *Tx) lockBatches(ctx context.Context, keys []Key, lock string) error {
	if len(keys) == 0 {
		return nil
	}
	arg, err := keysArg(keys)
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `
SELECT id
FROM batches
WHERE id IN (SELECT k_batch FROM `+t.d.records(keyCols)+` AS k)
ORDER BY id
`+lock, arg)
	return wrap("hold batches", err)
}

// cancelRequeued cancels those who went back to the queue of a batch that was
// cancelled while they were being sent.
func (t *Tx) cancelRequeued(ctx context.Context, account int64, keys []Key) error {
	if len(keys) == 0 {
		return nil
	}
	arg, err := keysArg(keys)
	if err != nil {
		return err
	}
	cancelled, err := collect(ctx, t.queries, `
UPDATE applicants
SET state = 'cancelled', settled_at = `+t.d.now+`
FROM `+t.d.records(keyCols)+` AS k
WHERE batch_id = k_batch AND row_no = k_row AND state = 'queued'
  AND EXISTS (SELECT 1 FROM batches WHERE id = batch_id AND batches.state = 'cancelled')
RETURNING batch_id, row_no`, []any{arg}, scanKey)
	if err != nil || len(cancelled) == 0 {
		return wrap("cancel applicants", err)
	}
	for _, k := range cancelled {
		t.move(k.Batch, Queued, Cancelled, 1)
	}
	return t.releasePeople(ctx, account, keys, Cancelled)
}

// releaseFailed gives up the person of those who were refused.
func (t *Tx) releaseFailed(ctx context.Context, account int64, all []Settlement) error {
	var failed []Key
	for _, s := range all {
		if s.State == Failed {
			failed = append(failed, s.Key)
		}
	}
	return t.releasePeople(ctx, account, failed, Failed)
}

// releasePeople gives up the persons held by these applicants, where they are
// in this state: to those who had them before, if they were invited.
func (t *Tx) releasePeople(ctx context.Context, account int64, keys []Key, state State) error {
	if len(keys) == 0 {
		return nil
	}
	arg, err := keysArg(keys)
	if err != nil {
		return err
	}
	err = t.returnPeople(ctx, `
  JOIN `+t.d.records(keyCols)+` AS k ON a.batch_id = k_batch AND a.row_no = k_row`, `a.state = $3`, arg, account, string(state))
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `
DELETE FROM people
WHERE account_id = $2
  AND (person_key, batch_id, row_no) IN (
      SELECT a.person_key, a.batch_id, a.row_no
      FROM applicants a, `+t.d.records(keyCols)+` AS k
      WHERE a.batch_id = k_batch AND a.row_no = k_row AND a.state = $3)`, arg, account, string(state))
	return wrap("release people", err)
}

func scanKey(r rows) (k Key, err error) { return k, r.Scan(&k.Batch, &k.Row) }

// Attempt is one request for an applicant.
type Attempt struct {
	N                              int
	Generation                     int64
	Worker                         string
	StartedAt, DeadlineAt, EndedAt time.Time
	Outcome                        string
	Status                         int
	SessionID                      string
}

// Sent reports whether anything was ever sent for an account, or was about to
// be: whether it has an attempt.
func (q queries) Sent(ctx context.Context, account int64) (sent bool, err error) {
	err = q.queryOne(ctx, `
SELECT EXISTS (
    SELECT 1 FROM batches b
    WHERE b.account_id = $1
      AND EXISTS (SELECT 1 FROM attempts t WHERE t.batch_id = b.id))`, []any{account}, &sent)
	return sent, wrap("look for attempts", err)
}

// Attempts lists the attempts of an applicant, the first first.
func (q queries) Attempts(ctx context.Context, k Key) ([]Attempt, error) {
	all, err := collect(ctx, q, `
SELECT n, generation, worker, started_at, deadline_at, ended_at, outcome, status, session_id
FROM attempts
WHERE batch_id = $1 AND row_no = $2
ORDER BY n`, []any{k.Batch, k.Row}, func(r rows) (a Attempt, err error) {
		return a, r.Scan(&a.N, &a.Generation, &a.Worker, timeOf(&a.StartedAt), timeOf(&a.DeadlineAt),
			timeOf(&a.EndedAt), &a.Outcome, &a.Status, &a.SessionID)
	})
	return all, wrap("read attempts", err)
}
