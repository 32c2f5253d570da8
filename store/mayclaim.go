package store

import "context"

// mayClaim says in SQL that somebody, who is batch_id and row_no, may be claimed under the
// rights that [ClaimParams.args] passes.
func (d *dialect) mayClaim() string {
	return `EXISTS (SELECT 1 FROM batches WHERE id = batch_id AND account_id = $2 AND batches.state = 'running'
      AND (canary_to = 0 OR row_no <= canary_to) AND ` + d.loud(d.after("$10")) + `)
  AND EXISTS (SELECT 1 FROM leases WHERE name = $3 AND expires_at > ` + d.now + `)
  AND EXISTS (SELECT 1 FROM pace WHERE account_id = $2 AND wave = $9)
  AND EXISTS (SELECT 1 FROM gate WHERE account_id = $2 AND generation = $4
      AND (reason = '' OR ($5 AND probe_by = $7 AND probe_until >= ` + d.after("$8") + `)))`
}

// args are those of a statement with [dialect.mayClaim], which uses all but $1 and $6.
func (p ClaimParams) args(first, sixth any, more ...any) []any {
	return append([]any{first, p.Account, WorkerLease(p.Worker), p.Generation, p.Probe, sixth, p.Worker,
		p.Timeout.Seconds(), p.Wave, p.Ahead.Seconds()}, more...)
}

// ClaimHolds reports whether an applicant who was claimed could still be claimed under the
// same rights at this moment, and is sending with that attempt. Who is claimed some time before the
// request is made must be asked for so.
func (q queries) ClaimHolds(ctx context.Context, p ClaimParams, k Key, attempt int) (holds bool, err error) {
	p.Ahead = 0
	err = q.queryOne(ctx, `
SELECT EXISTS (
    SELECT 1
    FROM applicants
    WHERE batch_id = $1 AND row_no = $6 AND attempt = $11 AND applicants.state || '' = 'sending'
      AND `+q.d.mayClaim()+`)`, p.args(k.Batch, k.Row, attempt), &holds)
	return holds, wrap("ask whether a claim holds", err)
}
