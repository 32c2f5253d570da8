package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// beginner is what begins a transaction of database/sql.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

// SQLite copies its log into the file once it has so many pages of 4 KiB. An
// import writes the same pages of the indexes again and again, at random: the
// longer the log, the fewer copies. At 1,000 pages, which is SQLite's own
// number, every chunk of an import was copied, and waited for the disk.
const (
	logPages     = 1_000
	bulkLogPages = 16_000
)

// InBulk is like [Store.InTx] for one of many large transactions. SQLite's log
// grows longer in it. It is as short as ever for whoever commits next: what the
// log has is copied then, so that a failure of power costs others no more than
// it did.
func (s *Store) InBulk(ctx context.Context, f func(tx *Tx) error) (err error) {
	if s.db == nil {
		return s.InTx(ctx, f)
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", cleanError(err))
	}
	defer func() { _ = conn.Close() }()
	if err := setLogPages(ctx, conn, bulkLogPages); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, setLogPages(context.WithoutCancel(ctx), conn, logPages))
	}()
	return s.inSQL(ctx, conn, f)
}

func setLogPages(ctx context.Context, conn *sql.Conn, n int) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", n))
	return cleanError(err)
}
