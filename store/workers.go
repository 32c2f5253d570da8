package store

import "context"

// WorkerLoad is how many applicants a worker has.
type WorkerLoad struct {
	Worker   string
	InFlight int // whose request is under way
	InDoubt  int // whose answer was lost, and who are looked up by whoever comes first
}

// WorkerLoads are the workers that have sent to somebody of an account's running or
// paused batches who is not settled.
func (q queries) WorkerLoads(ctx context.Context, account int64) ([]WorkerLoad, error) {
	all, err := collect(ctx, q, `
SELECT t.worker, count(*), sum(CASE WHEN t.outcome = '' THEN 1 ELSE 0 END)
FROM batches b
JOIN applicants a ON a.batch_id = b.id AND a.state = 'sending'
JOIN attempts t ON t.batch_id = a.batch_id AND t.row_no = a.row_no AND t.n = a.attempt
WHERE b.account_id = $1 AND b.state IN ('running', 'paused', 'cancelled')
GROUP BY t.worker
ORDER BY t.worker`, []any{account}, func(r rows) (l WorkerLoad, err error) {
		var all int
		err = r.Scan(&l.Worker, &all, &l.InFlight)
		l.InDoubt = all - l.InFlight
		return l, err
	})
	return all, wrap("read what workers have", err)
}
