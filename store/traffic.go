package store

import (
	"cmp"
	"context"
	"slices"
)

// Traffic is how many requests were answered in one way.
type Traffic struct {
	Minute  int64  // since 1970 (UTC), in which they were sent; 0 is all time
	Request string // what was asked for: create, list, session, workflow; or [TrafficInvited]
	Answer  string // the HTTP status, or one of the Answer constants
	N       int64
}

// TrafficInvited counts the people who were invited, among the requests.
const TrafficInvited = "invited"

// The answers that are no HTTP status.
const (
	AnswerLost    = "lost"     // sent, or some of it, without an answer
	AnswerNotSent = "not_sent" // nothing of it was sent
)

var trafficCols = []col{{"k_minute", integer}, {"k_request", text}, {"k_answer", text}, {"k_n", integer}}

// AddTraffic adds what was sent, to its minutes and to all time.
func (q queries) AddTraffic(ctx context.Context, account int64, sent []Traffic) error {
	all := map[Traffic]int64{}
	for _, t := range sent {
		n := t.N
		t.N = 0
		all[t] += n
		t.Minute = 0
		all[t] += n
	}
	rows := make([]Traffic, 0, len(all))
	for t, n := range all {
		t.N = n
		rows = append(rows, t)
	}
	// In one order, so that two processes do not wait for each other.
	slices.SortFunc(rows, func(a, b Traffic) int {
		return cmp.Or(cmp.Compare(a.Minute, b.Minute), cmp.Compare(a.Request, b.Request), cmp.Compare(a.Answer, b.Answer))
	})
	arg, err := recordsArg(len(rows), func(i int) []any { return []any{rows[i].Minute, rows[i].Request, rows[i].Answer, rows[i].N} })
	if err != nil {
		return err
	}
	_, err = q.conn.exec(ctx, `
INSERT INTO traffic (account_id, minute, request, answer, n)
SELECT $2, k_minute, k_request, k_answer, k_n
FROM `+q.d.records(trafficCols)+` AS k
WHERE true
ORDER BY k_minute, k_request, k_answer
ON CONFLICT (account_id, minute, request, answer) DO UPDATE
SET n = traffic.n + excluded.n`, arg, account)
	return wrap("add traffic", err)
}

// Traffic is what was sent in the minutes from first to last, both among them, by
// minute; that of all time is in minute 0.
func (q queries) Traffic(ctx context.Context, account, first, last int64) ([]Traffic, error) {
	all, err := collect(ctx, q, `
SELECT minute, request, answer, n
FROM traffic
WHERE account_id = $1 AND minute BETWEEN $2 AND $3
ORDER BY minute, request, answer`, []any{account, first, last}, func(r rows) (t Traffic, err error) {
		return t, r.Scan(&t.Minute, &t.Request, &t.Answer, &t.N)
	})
	return all, wrap("read traffic", err)
}

// SweepTraffic forgets the minutes before one; all time stays.
func (q queries) SweepTraffic(ctx context.Context, account, before int64) error {
	_, err := q.conn.exec(ctx, `DELETE FROM traffic WHERE account_id = $1 AND minute > 0 AND minute < $2`, account, before)
	return wrap("sweep traffic", err)
}
