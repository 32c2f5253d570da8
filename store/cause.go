package store

import "context"

// Cause is what went wrong with some applicants of a batch: those of one state
// and one error code.
type Cause struct {
	State   State
	Code    string
	Count   int
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
