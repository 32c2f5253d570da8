package store

import (
	"context"
	"fmt"
	"time"
)

// QuietWindow is when nobody of a batch is invited next, as follows from its rule:
// from From, and before Until. Before From people may be invited, if it is not
// before Since, the moment for which the window was found; so a clock that is set
// back invites nobody in a window that was before this one.
type QuietWindow struct{ Since, From, Until time.Time }

// loud says in SQL that people of a batch may be invited by the database's clock, from now
// to a time. It
// is not true before the first window is found, nor after one is over, until the
// next one is found.
func (d *dialect) loud(until string) string {
	return `(quiet = '' OR quiet_since <= ` + d.now + ` AND quiet_from > ` + until + `)`
}

// quietColumns are what the database's clock makes of the quiet times of a batch.
func (d *dialect) quietColumns() string {
	return `quiet, quiet_since, quiet_from, quiet_until,
quiet <> '' AND (quiet_from IS NULL OR quiet_since > ` + d.now + ` OR quiet_from <= ` + d.now + `),
` + d.astray()
}

// astray says in SQL that the window of a batch is to be found anew.
func (d *dialect) astray() string {
	return `(quiet <> '' AND (quiet_from IS NULL OR quiet_since > ` + d.now + ` OR quiet_until <= ` + d.now + `))`
}

// SetQuiet gives a batch the rule of its quiet times. Nobody of it is invited before
// a window is found for it; see [queries.MoveQuiet].
func (q queries) SetQuiet(ctx context.Context, batch int64, rule string) error {
	_, err := q.conn.exec(ctx, `
UPDATE batches
SET quiet = $2, quiet_since = NULL, quiet_from = NULL, quiet_until = NULL
WHERE id = $1`, batch, rule)
	return wrap("set the quiet times of a batch", err)
}

// MoveQuiet gives a batch the next window of its rule, unless its window is of now,
// as when another process was first, or a person.
func (q queries) MoveQuiet(ctx context.Context, batch int64, rule string, w QuietWindow) error {
	_, err := q.conn.exec(ctx, `
UPDATE batches
SET quiet_since = $3, quiet_from = $4, quiet_until = $5
WHERE id = $1 AND quiet = $2 AND `+q.d.astray(), batch, rule, w.Since, w.From, w.Until)
	return wrap("move the quiet times of a batch on", err)
}

// EndQuiet has a running batch go on that is quiet, until the window w. It reports
// whether it was quiet, until the moment over.
func (t *Tx) EndQuiet(ctx context.Context, batch int64, rule string, over time.Time, w QuietWindow) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE batches
SET quiet_since = $3, quiet_from = $4, quiet_until = $5
WHERE id = $1 AND quiet = $2 AND state = 'running' AND quiet_until = $6 AND quiet_from <= `+t.d.now,
		batch, rule, w.Since, w.From, w.Until, over)
	if err != nil {
		return false, fmt.Errorf("end the quiet time of a batch: %w", err)
	}
	return n == 1, nil
}
