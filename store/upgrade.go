package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Beside is the part of the schema that another package keeps in the same
// database. tx is the transaction to use on SQLite, where the whole upgrade is
// one; it is nil on PostgreSQL and where nothing has been locked yet.
type Beside interface {
	// Ready reports whether it is up to date. One that is newer is a SchemaError.
	Ready(ctx context.Context, tx *Tx) (bool, error)
	// Upgrade brings it up to date.
	Upgrade(ctx context.Context, tx *Tx) error
}

// Upgraded is what an upgrade did.
type Upgraded struct {
	From, To int  // versions of our schema
	Beside   bool // the other part was brought up to date
}

// Changed reports whether there was anything to do.
func (u Upgraded) Changed() bool { return u.From != u.To || u.Beside }

// aMoment is how long an upgrade waits for another process before it says so.
const aMoment = time.Second

// Upgrade brings the whole schema up to date, ours and what is beside it, while
// no other process does: the others wait, and find nothing left to do. It takes
// a lock only if there is something to do. Waiting is called, once, when it has
// to wait for more than a moment.
func (s *Store) Upgrade(ctx context.Context, beside Beside, waiting func()) (u Upgraded, err error) {
	if u, err = s.missing(ctx, nil, beside); err != nil || !u.Changed() {
		return u, err
	}
	tell := time.AfterFunc(aMoment, waiting)
	defer tell.Stop()
	err = s.alone(ctx, func(tx *Tx) (err error) {
		tell.Stop()
		if u, err = s.missing(ctx, tx, beside); err != nil || !u.Changed() {
			return err
		}
		return s.bring(ctx, tx, beside, u)
	})
	if err == nil {
		return u, nil
	}
	// Who does not know of the lock, an older usher or River's own program, may
	// have done it in the meantime.
	if now, again := s.missing(ctx, nil, beside); again == nil && !now.Changed() {
		return now, nil
	}
	return Upgraded{}, fmt.Errorf("bring the schema up to date: %w", cleanError(err))
}

// missing is what an upgrade would have to do. It changes nothing.
func (s *Store) missing(ctx context.Context, tx *Tx, beside Beside) (u Upgraded, err error) {
	q := s.queries
	if tx != nil {
		q = tx.queries
	}
	if u.From, u.To, err = q.versions(ctx); err != nil {
		return u, err
	}
	switch {
	case u.From > u.To:
		return u, &SchemaError{Have: u.From, Want: u.To}
	case u.From == u.To:
		if err := q.checkTables(ctx); err != nil {
			return u, err
		}
	}
	ready, err := beside.Ready(ctx, tx)
	u.Beside = !ready
	return u, err
}

// bring does what is missing.
func (s *Store) bring(ctx context.Context, tx *Tx, beside Beside, u Upgraded) error {
	if u.From != u.To {
		ours := s.inSteps
		if tx != nil {
			ours = func(ctx context.Context, step func(tx *Tx) error) error { return step(tx) }
		}
		if err := migrate(ctx, s.d, ours); err != nil {
			return err
		}
	}
	if !u.Beside {
		return nil
	}
	return beside.Upgrade(ctx, tx)
}

// alone runs f while no other process upgrades the database. On SQLite that is
// in a transaction, which keeps every other writer out, is all or nothing, and
// ends with its process.
func (s *Store) alone(ctx context.Context, f func(tx *Tx) error) error {
	if s.pool == nil {
		return s.aloneOnSQLite(ctx, f)
	}
	// A connection of its own: the pool may have but one.
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // which gives up the lock
	return lockUpgrade(ctx, conn, func() error { return f(nil) })
}

// upgradeLock is the advisory lock of an upgrade: "usher" and some.
const upgradeLock = 7305804402386563107

// lockUpgrade runs f in a transaction that holds the lock. A lock of the session
// would stay with a pooler's connection, and be let go by another. It asks again
// and again, since statement_timeout may end a wait.
func lockUpgrade(ctx context.Context, conn *pgx.Conn, f func() error) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	for mine := false; !mine; {
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(upgradeLock)).Scan(&mine); err != nil {
			return err
		}
		if !mine {
			if err := sleep(ctx, 100*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return f()
}

// Upgrading reports whether another process upgrades the database just now. On
// SQLite it is not known, nor needed: there each command upgrades.
func (s *Store) Upgrading(ctx context.Context) (busy bool, err error) {
	if s.pool == nil {
		return false, nil
	}
	err = s.queryOne(ctx, `
SELECT EXISTS (
    SELECT 1
    FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32) | objid::bigint = $1
)`, []any{int64(upgradeLock)}, &busy)
	return busy, err
}

// longestWait is for how long another process may be writing to a SQLite file
// that has to be upgraded: an upgrade of millions of rows takes minutes.
const longestWait = 10 * time.Minute

func (s *Store) aloneOnSQLite(ctx context.Context, f func(tx *Tx) error) error {
	for until := time.Now().Add(longestWait); ; {
		err := s.InTx(ctx, f)
		if !isBusy(err) || time.Now().After(until) {
			return err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// sleep waits, or ends with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TryWrite writes to the database and undoes it. It tells of what stands in the
// way of writing: rights, a replica, a full disk, a lock.
func (s *Store) TryWrite(ctx context.Context, beside func(ctx context.Context, tx *Tx) error) error {
	have, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	undo := errors.New("undo")
	err = s.InTx(ctx, func(tx *Tx) error {
		if err := tx.tryWrite(ctx, have); err != nil {
			return err
		}
		if err := beside(ctx, tx); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// tryWrite writes a row, or makes a table where there is none yet.
func (t *Tx) tryWrite(ctx context.Context, have int) error {
	query := `INSERT INTO settings (name, value) VALUES ('try', '') ON CONFLICT DO NOTHING`
	if have == 0 {
		query = `CREATE TABLE usher_try (n INTEGER NOT NULL)`
	}
	_, err := t.conn.exec(ctx, query)
	return err
}
