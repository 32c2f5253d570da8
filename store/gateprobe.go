package store

import (
	"context"
	"fmt"
	"time"
)

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
	running := `account_id = $1 AND batches.state = 'running' AND (CAST($2 AS BIGINT) = 0 OR id = $2) AND ` + q.d.loud(q.d.now)
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
