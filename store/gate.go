package store

import (
	"context"
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
// notes and tells what has become of it.
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
	if err != nil || was.Generation == g.Generation && was.Reason == g.Reason && was.Until.Equal(g.Until) {
		return wrap("write gate", err)
	}
	return t.tellOfGate(ctx, g.Account)
}

// HoldGate reads the gate and keeps it as it is until the transaction ends.
func (t *Tx) HoldGate(ctx context.Context, account int64) (Gate, error) {
	return t.gate(ctx, account, t.d.forShare)
}
