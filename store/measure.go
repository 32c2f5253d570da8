package store

import (
	"context"
	"time"
)

// AccountCounts is the number of applicants of all batches of an account by state. As
// in [queries.CountsOf], nobody is counted for it.
func (q queries) AccountCounts(ctx context.Context, account int64) (Counts, error) {
	found, err := countsBy[State](ctx, q, `
SELECT c.state, CAST(sum(c.n) AS BIGINT)
FROM counts c
JOIN batches b ON b.id = c.batch_id
WHERE b.account_id = $1
GROUP BY c.state`, account)
	counts := make(Counts, len(States))
	for _, s := range States {
		counts[s] = found[s]
	}
	return counts, wrap("read counts", err)
}

// BatchCounts is the number of batches of an account by state.
func (q queries) BatchCounts(ctx context.Context, account int64) (map[BatchState]int, error) {
	counts, err := countsBy[BatchState](ctx, q, `
SELECT state, count(*)
FROM batches
WHERE account_id = $1
GROUP BY state`, account)
	return counts, wrap("count batches", err)
}

// Waiting is how many people of running batches are queued, and since when that run
// has been under way which has been so for the longest; the zero time if nobody is
// queued. now is the database's clock.
func (q queries) Waiting(ctx context.Context, account int64) (people int, since, now time.Time, err error) {
	err = q.queryOne(ctx, `
SELECT coalesce(CAST(sum(w.n) AS BIGINT), 0), min(w.started_at), `+q.d.now+`
FROM (
    SELECT r.started_at, (SELECT sum(c.n) FROM counts c WHERE c.batch_id = b.id AND c.state = 'queued') AS n
    FROM batches b
    JOIN runs r ON r.batch_id = b.id AND r.run = b.run
    WHERE b.account_id = $1 AND b.state = 'running') AS w
WHERE w.n > 0`, []any{account}, &people, timeOf(&since), timeOf(&now))
	return people, since, now, wrap("read who waits", err)
}

// InDoubtPeople is how many people of an account are in doubt, and are being looked
// up. Unlike [queries.WorkerLoads] it reads nobody who is merely being sent to, so that
// it costs the same however many those are.
func (q queries) InDoubtPeople(ctx context.Context, account int64) (n int, err error) {
	err = q.queryOne(ctx, `
SELECT count(*)
FROM batches b
JOIN applicants a ON a.batch_id = b.id AND a.state = 'sending' AND a.error_code <> ''
WHERE b.account_id = $1 AND b.state IN ('running', 'paused', 'cancelled')`, []any{account}, &n)
	return n, wrap("count those in doubt", err)
}
