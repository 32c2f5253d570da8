package store

import (
	"context"
	"fmt"
	"time"
)

// The reasons for which the gate is closed. The empty reason is an open gate.
const (
	GateRateLimited     = "rate_limited"     // 429
	GateDailyLimit      = "daily_limit"      // our own day count is used up
	GateDayUsedUp       = "day_used_up"      // the API's own is, going by its refusals
	GateUnreachable     = "unreachable"      // no connection can be made
	GateUpstreamDown    = "upstream_down"    // many answers in a row were lost or 5xx
	GateMisconfigured   = "misconfigured"    // the API answers with a redirect
	GatePaymentRequired = "payment_required" // 402
	GateUnauthorized    = "unauthorized"     // 401, 403
	GateByPerson        = "by_person"
)

// strength orders the reasons: a weaker one does not replace a stronger one.
var strength = map[string]int{
	GateRateLimited: 1, GateDailyLimit: 2, GateDayUsedUp: 2, GateUnreachable: 3, GateUpstreamDown: 3,
	GateMisconfigured: 4, GatePaymentRequired: 5, GateUnauthorized: 6, GateByPerson: 9,
}

// GateReasons are the reasons for which the gate is closed, the weakest first.
var GateReasons = []string{GateRateLimited, GateDailyLimit, GateDayUsedUp, GateUnreachable, GateUpstreamDown,
	GateMisconfigured, GatePaymentRequired, GateUnauthorized, GateByPerson}

// GateStrength orders the reasons for which the gate closes; 0 is an open one.
func GateStrength(reason string) int { return strength[reason] }

// timed tells the reasons that end at a time; the others end with a probe that
// succeeds.
func timed(reason string) bool { return reason == GateRateLimited || reason == GateDailyLimit }

// Gate is whether the fleet may call the API now.
type Gate struct {
	Account    int64
	Generation int64
	Reason     string // empty: open
	Detail     string // for people; holds nothing about an applicant
	ByPerson   bool
	ClosedAt   time.Time
	Until      time.Time // when it opens, or when it is probed next
	Step       int       // how often in a row it was closed, for the back-off
	ProbeBy    string
	ProbeUntil time.Time
	Now        time.Time // the database's clock when this was read
}

// Open reports whether requests may be sent.
func (g Gate) Open() bool { return g.Reason == "" }

// Timed reports whether it opens by itself at Until, without a probe.
func (g Gate) Timed() bool { return timed(g.Reason) && !g.ByPerson }

// LetsLookups reports whether look-ups may be made: also where the day's requests are used
// up by our own count, as some are kept for them.
func (g Gate) LetsLookups() bool { return g.Open() || g.Reason == GateDailyLimit && !g.ByPerson }

// Probed reports whether a probe is under way.
func (g Gate) Probed() bool { return g.ProbeBy != "" && g.ProbeUntil.After(g.Now) }

// Wait is how long it is until Until, by the database's clock.
func (g Gate) Wait() time.Duration { return g.Until.Sub(g.Now) }

const gateColumns = `account_id, generation, reason, detail, by_person, closed_at, until, step, probe_by, probe_until`

func (q queries) gate(ctx context.Context, account int64, lock string) (Gate, error) {
	var g Gate
	err := q.queryOne(ctx, `SELECT `+gateColumns+`, `+q.d.now+` FROM gate WHERE account_id = $1 `+lock, []any{account},
		&g.Account, &g.Generation, &g.Reason, &g.Detail, &g.ByPerson, timeOf(&g.ClosedAt), timeOf(&g.Until),
		&g.Step, &g.ProbeBy, timeOf(&g.ProbeUntil), timeOf(&g.Now))
	return g, wrap("read gate", err)
}

// Gate reads the gate of an account.
func (q queries) Gate(ctx context.Context, account int64) (Gate, error) {
	return q.gate(ctx, account, "")
}

func (t *Tx) lockGate(ctx context.Context, account int64) (Gate, error) {
	return t.gate(ctx, account, t.d.forUpdate)
}

// writeGate writes a gate that this transaction has locked and read as it was, and
// notes what has become of it.
func (t *Tx) writeGate(ctx context.Context, was, g Gate) error {
	if err := t.noteGate(ctx, was, g); err != nil {
		return err
	}
	_, err := t.conn.exec(ctx, `
UPDATE gate
SET generation = $2, reason = $3, detail = $4, by_person = $5, closed_at = $6, until = $7, step = $8,
    probe_by = $9, probe_until = $10
WHERE account_id = $1`, g.Account, g.Generation, g.Reason, g.Detail, g.ByPerson, g.ClosedAt, g.Until, g.Step,
		g.ProbeBy, g.ProbeUntil)
	return wrap("write gate", err)
}

// Closing is an answer that closes the gate.
type Closing struct {
	Generation int64 // of the request that was answered
	Reason     string
	Detail     string
	Told       bool // the API itself said how long to wait
	// Wait is how long to wait the step-th time in a row.
	Wait func(step int) time.Duration
}

// CloseGate applies an answer to the gate and returns the gate as it then is,
// and whether it changed.
func (t *Tx) CloseGate(ctx context.Context, account int64, c Closing) (Gate, bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil {
		return g, false, err
	}
	next, changed := g.closed(c)
	if !changed {
		return g, false, nil
	}
	return next, true, t.writeGate(ctx, g, next)
}

// closed is the gate after an answer. What a person closed, no answer changes.
// An answer to the present generation closes it, or keeps it closed for longer
// when it is a probe's; a probe that met a limit says nothing of the cause,
// which stays. An answer to an older generation can only make a closed gate's
// cause stronger or its end later, and an open gate shut only when the API
// itself named a time to wait. No answer makes the end earlier: the time named
// with a 429 holds though a 402 came after it. The step grows while the same
// cause closes it again; an open gate that has one was closed by a limit.
func (g Gate) closed(c Closing) (Gate, bool) {
	if g.ByPerson {
		return g, false
	}
	next := g
	next.Reason, next.Detail = c.Reason, c.Detail
	switch {
	case c.Generation == g.Generation:
		next.Step = 1
		if c.Reason == g.Reason || g.Open() && timed(c.Reason) {
			next.Step = g.Step + 1
		}
		if !g.Open() && timed(c.Reason) && (!timed(g.Reason) || strength[c.Reason] < strength[g.Reason]) {
			next.Reason, next.Detail, next.Step = g.Reason, g.Detail, g.Step
		}
		if g.Open() {
			next.ClosedAt = g.Now
		}
		next.Generation++
		next.ProbeBy, next.ProbeUntil = "", time.Time{}
		next.Until = later(g.Until, g.Now.Add(c.Wait(next.Step)))
		return next, true
	case g.Open():
		if !c.Told || c.Reason != GateRateLimited {
			return g, false
		}
		next.Generation++
		next.ClosedAt = g.Now
		next.Until = g.Now.Add(c.Wait(next.Step))
		return next, true
	case strength[c.Reason] > strength[g.Reason] && c.Generation == g.Generation-1:
		next.Step = 1
		next.Until = later(g.Until, g.Now.Add(c.Wait(next.Step)))
		return next, true
	case c.Told:
		next.Reason, next.Detail = g.Reason, g.Detail
		next.Until = g.Now.Add(c.Wait(next.Step))
		return next, next.Until.After(g.Until)
	}
	return g, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// HoldGate reads the gate and keeps it as it is until the transaction ends.
func (t *Tx) HoldGate(ctx context.Context, account int64) (Gate, error) {
	return t.gate(ctx, account, t.d.forShare)
}

// CloseGateByPerson closes the gate until a person opens it.
func (t *Tx) CloseGateByPerson(ctx context.Context, account int64, detail string) error {
	g, err := t.lockGate(ctx, account)
	if err != nil {
		return err
	}
	return t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1, Reason: GateByPerson, Detail: detail,
		ByPerson: true, ClosedAt: g.Now})
}

// OpenGate opens the gate in whatever state it is, for a person, and reports
// whether it was closed.
func (t *Tx) OpenGate(ctx context.Context, account int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Open() {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1})
}

// OpenGateAfterProbe opens a gate whose probe, sent in this generation,
// succeeded, unless the API named a time to wait in the meantime.
func (t *Tx) OpenGateAfterProbe(ctx context.Context, account, generation int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Open() || g.ByPerson || g.Generation != generation {
		return false, err
	}
	if !g.Timed() && g.Until.After(g.Now) {
		return false, nil
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: generation + 1})
}

// OpenGateForKey opens a gate that is closed, in this generation, because the
// API refused the key, which is another one now.
func (t *Tx) OpenGateForKey(ctx context.Context, account, generation int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Reason != GateUnauthorized || g.ByPerson || g.Generation != generation {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: generation + 1})
}

// OpenGateWhenDue opens a gate whose time has come. The step is kept, so that
// the back-off goes on growing until a request succeeds.
func (t *Tx) OpenGateWhenDue(ctx context.Context, account int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || !g.Timed() || g.Until.After(g.Now) {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1, Step: g.Step})
}

// ResetGateSteps starts the back-off anew, after a success.
func (q queries) ResetGateSteps(ctx context.Context, account int64) error {
	_, err := q.conn.exec(ctx, `UPDATE gate SET step = 0 WHERE account_id = $1 AND reason = '' AND step <> 0`, account)
	return wrap("reset gate", err)
}

// TakeProbe takes the right to send one request through a closed gate, for
// hold at most, and reports whether it was taken: when the gate's time has
// come, in this generation, and nobody else holds it.
func (t *Tx) TakeProbe(ctx context.Context, account, generation int64, worker string, hold time.Duration) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil {
		return false, err
	}
	if g.Open() || g.ByPerson || g.Timed() || g.Generation != generation || g.Probed() || g.Until.After(g.Now) {
		return false, nil
	}
	next := g
	next.ProbeBy, next.ProbeUntil = worker, g.Now.Add(hold)
	return true, t.writeGate(ctx, g, next)
}

// ReleaseProbe gives the probe up and tries again after d at the earliest, when
// there was nobody to send or the request told nothing.
func (t *Tx) ReleaseProbe(ctx context.Context, account, generation int64, worker string, d time.Duration) error {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Generation != generation || g.Open() || g.ByPerson || g.ProbeBy != worker {
		return err
	}
	next := g
	next.ProbeBy, next.ProbeUntil, next.Until = "", time.Time{}, later(g.Until, g.Now.Add(d))
	return t.writeGate(ctx, g, next)
}

// ProbeCandidate is a queued applicant to probe a closed gate with: one that
// nothing was sent for yet, so had no part in closing it, or else any.
// [ErrNotFound] when nobody is queued whose batch is not quiet and does not hold him
// back. A batch of 0 is any running batch.
func (q queries) ProbeCandidate(ctx context.Context, account, batch int64) (Key, error) {
	running := `account_id = $1 AND batches.state = 'running' AND (CAST($2 AS BIGINT) = 0 OR id = $2) AND ` + q.d.loud()
	queued := `
SELECT batch_id, row_no
FROM applicants
WHERE state = 'queued' AND batch_id IN (SELECT id FROM batches WHERE canary_to = 0 AND ` + running + `)`
	first := `
SELECT batch_id, row_no
FROM batches
JOIN applicants ON batch_id = id AND applicants.state = 'queued' AND row_no <= canary_to
WHERE canary_to > 0 AND ` + running
	for _, query := range []string{queued + " AND attempt = 0 LIMIT 1", first + " AND attempt = 0 LIMIT 1", queued + " LIMIT 1", first + " LIMIT 1"} {
		all, err := collect(ctx, q, query, []any{account, batch}, scanKey)
		if err != nil {
			return Key{}, fmt.Errorf("pick a probe: %w", err)
		}
		if len(all) > 0 {
			return all[0], nil
		}
	}
	return Key{}, ErrNotFound
}

// ProbeLookup is an applicant in doubt to probe a closed gate with, when nobody
// is queued: looking it up creates nothing. [ErrNotFound] when there is none.
func (q queries) ProbeLookup(ctx context.Context, account int64) (Key, error) {
	all, err := collect(ctx, q, `
SELECT a.batch_id, a.row_no
FROM applicants a
JOIN batches b ON b.id = a.batch_id
WHERE b.account_id = $1 AND a.state = 'sending' AND a.lookup_at <= `+q.d.now+`
LIMIT 1`, []any{account}, scanKey)
	return first(all, wrap("pick a probe", err))
}
