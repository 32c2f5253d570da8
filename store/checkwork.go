package store

import (
	"context"
	"errors"
)

// CheckWork has the database do once what the work needs of it, and returns why it does
// not, a [DatabaseError] as a rule: it is away, only lets itself be read, has no room,
// or somebody keeps what belongs to the account locked for a second or longer. It
// changes nothing.
func (s *Store) CheckWork(ctx context.Context, account int64) error {
	err := s.checkWork(ctx, account)
	var words *DatabaseError
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &words) {
		return &DatabaseError{codeTimeout, "the database did not answer in time", s.d.slow}
	}
	return err
}

func (s *Store) checkWork(ctx context.Context, account int64) error {
	return s.InTx(ctx, func(tx *Tx) error {
		for _, statement := range s.d.lockSoon {
			if _, err := tx.conn.exec(ctx, statement); err != nil {
				return err
			}
		}
		for _, table := range []string{"pace", "gate"} {
			var id int64
			if err := tx.queryOne(ctx, `SELECT account_id FROM `+table+` WHERE account_id = $1 `+s.d.forUpdate, []any{account}, &id); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		_, err := collect(ctx, tx.queries, `
SELECT id
FROM batches
WHERE account_id = $1 AND state = 'running'
ORDER BY id `+s.d.forShare, []any{account}, scanID)
		if err != nil {
			return err
		}
		_, err = tx.conn.exec(ctx, `UPDATE clock SET seen_at = seen_at WHERE id = 1`) // written, for want of room shows here alone
		return err
	})
}

func scanID(r rows) (id int64, err error) { return id, r.Scan(&id) }
