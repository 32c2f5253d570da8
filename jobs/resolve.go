package jobs

import (
	"context"
	"errors"
	"fmt"

	"usher/store"
)

// NotUnknownError means that a row cannot be resolved, as its outcome is not
// unknown, or there is no such row.
type NotUnknownError struct{ store.Key }

func (e *NotUnknownError) Error() string {
	return fmt.Sprintf("row %d of batch %d is not unknown", e.Row, e.Batch)
}

// SessionTakenError means that a row cannot be resolved with a session, as that
// is another person's.
type SessionTakenError struct{ store.Key }

func (e *SessionTakenError) Error() string {
	return fmt.Sprintf("the session for row %d of batch %d is another person's", e.Row, e.Batch)
}

// Resolve settles rows of a batch whose outcome is unknown, by a person's word:
// they were sent to, or were not; see [store.Tx.Resolve]. A session, which may be
// empty, is that of a single row. All are settled or none: a row that is not
// unknown is a [NotUnknownError], a session of somebody else a [SessionTakenError].
func (c *Control) Resolve(ctx context.Context, by store.Actor, batch int64, rows []int, sent bool, session string) error {
	if len(rows) == 0 {
		return nil
	}
	became := "not_sent"
	if sent {
		became = "invited"
	}
	return c.st.InTx(ctx, func(tx *store.Tx) error {
		if c.Resolving != nil { // first, as whoever retries locks the batch before its people
			if err := c.Resolving(ctx, tx, batch); err != nil {
				return err
			}
		}
		for _, row := range rows {
			if err := resolve(ctx, tx, store.Key{Batch: batch, Row: row}, sent, session); err != nil {
				return err
			}
		}
		return tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActResolve, Batch: batch,
			Numbers: map[string]int{became: len(rows)}, Rows: store.RowNumbers(rows)})
	})
}

func resolve(ctx context.Context, tx *store.Tx, k store.Key, sent bool, session string) error {
	ok, err := tx.Resolve(ctx, k, sent, session)
	switch {
	case errors.Is(err, store.ErrExists):
		return &SessionTakenError{k}
	case err != nil:
		return err
	case !ok:
		return &NotUnknownError{k}
	}
	return nil
}
