package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// WorkerPace is with which pace a worker sends, and for which batch alone; 0 is for all
// of its account.
type WorkerPace struct {
	Pace
	Batch int64 `json:",omitempty"`
}

// HoldPace notes for a while with which pace a worker sends for an account, so that
// others can tell. It says nothing about the right to send.
func (q queries) HoldPace(ctx context.Context, account int64, worker string, p WorkerPace, d time.Duration) error {
	detail, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = q.HoldLease(ctx, paceLease(account)+worker, worker, string(detail), d)
	return err
}

// ReleasePace takes back what [Store.HoldPace] noted.
func (q queries) ReleasePace(ctx context.Context, account int64, worker string) error {
	return q.ReleaseLease(ctx, paceLease(account)+worker, worker)
}

// WorkerPaces are the paces with which an account's living workers send.
func (q queries) WorkerPaces(ctx context.Context, account int64) ([]WorkerPace, error) {
	leases, err := q.Leases(ctx, paceLease(account))
	if err != nil {
		return nil, err
	}
	all := make([]WorkerPace, len(leases))
	for i, l := range leases {
		if err := json.Unmarshal([]byte(l.Detail), &all[i]); err != nil {
			return nil, fmt.Errorf("read the pace of a worker: %w", err)
		}
	}
	return all, nil
}

func paceLease(account int64) string { return fmt.Sprintf("pace:%d:", account) }

// Doubt is how many people's answers were lost, and when the first of them is looked
// up; zero if that is not known yet.
type Doubt struct {
	People int
	Next   time.Time
}

// InDoubtNow counts the people of an account whose answer was lost and who are not
// settled; of one batch, unless that is 0.
func (q queries) InDoubtNow(ctx context.Context, account, batch int64) (d Doubt, err error) {
	from := `
FROM batches b
JOIN applicants a ON a.batch_id = b.id AND a.state = 'sending'
JOIN attempts t ON t.batch_id = a.batch_id AND t.row_no = a.row_no AND t.n = a.attempt
WHERE b.account_id = $1
  AND (CAST($2 AS BIGINT) = 0 OR b.id = $2)
  AND b.state IN ('running', 'paused', 'cancelled')
  AND (t.outcome <> '' OR t.deadline_at < ` + q.d.now + `)`
	if err := q.queryOne(ctx, `SELECT count(*)`+from, []any{account, batch}, &d.People); err != nil {
		return d, wrap("count people in doubt", err)
	}
	due, err := collect(ctx, q, `SELECT a.lookup_at`+from+` AND a.lookup_at IS NOT NULL ORDER BY a.lookup_at LIMIT 1`, []any{account, batch},
		func(r rows) (at time.Time, err error) { return at, r.Scan(timeOf(&at)) })
	if err == nil && len(due) > 0 {
		d.Next = due[0]
	}
	return d, wrap("read when people are looked up", err)
}
