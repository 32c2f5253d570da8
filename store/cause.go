package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// Cause is what went wrong with some applicants of a batch: those of one state
// and one error code.
type Cause struct {
	State   State
	Code    string
	Count   int
	AtLeast bool   // there are more than Count
	Message string // as the first of them has it
	Varies  bool   // the message of another of Rows is not the same
	Rows    []int  // the first of them
}

// examples is how many rows a cause names.
const examples = 5

// Causes tells what went wrong in a batch, the most frequent first: at most limit
// causes, or all if it is 0. A code is the API's own where it gave one. Messages
// do not make causes, as they may name the person.
func (q queries) Causes(ctx context.Context, batch int64, limit int) ([]Cause, error) {
	all, err := collect(ctx, q, `
SELECT state, error_code, count(*)
FROM applicants
WHERE batch_id = $1 AND error_code <> ''
GROUP BY state, error_code
ORDER BY count(*) DESC, state, error_code`, []any{batch}, func(r rows) (c Cause, err error) {
		return c, r.Scan(&c.State, &c.Code, &c.Count)
	})
	if err != nil {
		return nil, wrap("read causes", err)
	}
	if limit > 0 {
		all = all[:min(len(all), limit)]
	}
	for i := range all {
		if err := q.exemplify(ctx, batch, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// The most that are counted of a cause of a batch that is at work, and the most
// causes of a state that are looked at.
const (
	mostCounted = 2_000
	mostCauses  = 50
)

// coded are the states in which everybody has an error code.
var coded = []State{Rejected, Failed, Unknown}

// CausesSoFar is as [queries.Causes], for a batch that is at work: there PostgreSQL
// would look every row up that it counts, 2.5 s for 100,000. So a cause is counted
// as far as a few thousand, and what the kept counts tell is taken from them: of a
// state with one such cause the number is known all the same.
func (q queries) CausesSoFar(ctx context.Context, batch int64, limit int) ([]Cause, error) {
	counts, err := q.Counts(ctx, batch)
	if err != nil {
		return nil, err
	}
	var all []Cause
	for _, state := range States {
		if counts[state] == 0 {
			continue
		}
		some, err := q.causesOf(ctx, batch, state)
		if err != nil {
			return nil, wrap("read causes", err)
		}
		if slices.Contains(coded, state) && len(some) < mostCauses {
			countRest(some, counts[state])
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b Cause) int { return cmp.Compare(b.Count, a.Count) })
	if limit > 0 {
		all = all[:min(len(all), limit)]
	}
	for i := range all {
		if err := q.exemplify(ctx, batch, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// causesOf goes through the codes of a state, each found behind the one before.
func (q queries) causesOf(ctx context.Context, batch int64, state State) (all []Cause, err error) {
	for code := ""; len(all) < mostCauses; {
		err := q.queryOne(ctx, `
SELECT error_code
FROM applicants
WHERE batch_id = $1 AND state = $2 AND error_code > $3 AND error_code <> ''
ORDER BY error_code
LIMIT 1`, []any{batch, string(state), code}, &code)
		if errors.Is(err, ErrNotFound) {
			break
		}
		c := Cause{State: state, Code: code}
		if err == nil {
			err = q.queryOne(ctx, `
SELECT count(*)
FROM (SELECT 1
      FROM applicants
      WHERE batch_id = $1 AND state = $2 AND error_code = $3 AND error_code <> ''
      LIMIT $4) AS few`, []any{batch, string(state), code, mostCounted + 1}, &c.Count)
		}
		if err != nil {
			return nil, err
		}
		if c.AtLeast = c.Count > mostCounted; c.AtLeast {
			c.Count = mostCounted
		}
		all = append(all, c)
	}
	return all, nil
}

// countRest finds the number of the one cause of a state that was not counted to its
// end.
func countRest(all []Cause, total int) {
	rest, at := total, -1
	for i, c := range all {
		switch {
		case !c.AtLeast:
			rest -= c.Count
		case at >= 0:
			return
		default:
			at = i
		}
	}
	if at >= 0 && rest > mostCounted {
		all[at].Count, all[at].AtLeast = rest, false
	}
}

// exemplify adds the first rows of a cause, and what is said of them.
func (q queries) exemplify(ctx context.Context, batch int64, c *Cause) error {
	_, err := collect(ctx, q, `
SELECT row_no, error
FROM applicants
WHERE batch_id = $1 AND state = $2 AND error_code = $3 AND error_code <> ''
ORDER BY row_no
LIMIT $4`, []any{batch, string(c.State), c.Code, examples}, func(r rows) (none struct{}, err error) {
		var row int
		var message string
		err = r.Scan(&row, &message)
		if len(c.Rows) == 0 {
			c.Message = message
		}
		c.Varies = c.Varies || message != c.Message
		c.Rows = append(c.Rows, row)
		return none, err
	})
	return wrap("read causes", err)
}
