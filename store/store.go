// Package store owns every line of usher's SQL and the states it keeps:
// batches, applicants, attempts, people, gate and pace. It is written once for
// PostgreSQL and SQLite. It knows nothing of files, of the API, or of River;
// the one thing it lends out is the native transaction, to package jobs, so
// that a job is enqueued in the transaction of its rows.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is an open database. Its methods are safe for concurrent use. Each
// query can also be run inside a transaction, as a method of [Tx].
type Store struct {
	queries
	pool *pgxpool.Pool // set on PostgreSQL
	db   *sql.DB       // set on SQLite
	path string        // the database file, on SQLite
}

// Tx is an open transaction. While one is open on SQLite nothing but it may be
// used by the goroutine that holds it: there is a single connection.
type Tx struct {
	queries
	moved  moves // not in the kept counts yet
	paused []PausedBatch
}

// queries is what Store and Tx have in common: a way to run SQL and the
// dialect it is written in.
type queries struct {
	conn conn
	d    *dialect
}

// conn runs SQL. Two adapters implement it, for pgx and for database/sql.
type conn interface {
	exec(ctx context.Context, query string, args ...any) (int64, error)
	query(ctx context.Context, query string, args ...any) (rows, error)
	insertRows(ctx context.Context, table string, columns []string, n int, values func(i int) []any) error
	claim(ctx context.Context, account, batch int64, all []Claimant) (int64, error)
}

// rows is the part of a result set that both drivers share.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Options says how to open a database.
type Options struct {
	// MaxConns is how many connections a PostgreSQL pool may hold. Zero means
	// pgx's default. SQLite always has one.
	MaxConns int
	// LockWait is how long a statement waits for a lock of PostgreSQL's before it is given
	// up with an error that says so; zero waits as long as the server allows.
	LockWait time.Duration
	// Look leaves everything as it is: a SQLite file that is not there is not
	// made but an [fs.ErrNotExist], and one that is there is not switched to WAL.
	Look bool
}

// Open opens the database named by dsn: "sqlite:PATH", or a postgres:// URL.
// It does not change the schema; see [Store.Upgrade] and [Store.CheckSchema].
// A database of a newer usher is a [SchemaError], and stays as it is.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	s, err := open(ctx, dsn, opts)
	if err != nil {
		return nil, openError(err)
	}
	if err := s.begin(ctx, opts); err != nil {
		s.Close()
		return nil, openError(err)
	}
	return s, nil
}

// openError adds what was being done where the words do not tell by themselves.
func openError(err error) error {
	var db *DatabaseError
	var schema *SchemaError
	err = cleanError(err)
	if errors.As(err, &db) || errors.As(err, &schema) {
		return err
	}
	return fmt.Errorf("open the database: %w", err)
}

func open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		connect := openSQLite
		if opts.Look {
			connect = lookSQLite
		}
		db, err := connect(path)
		if err != nil {
			return nil, err
		}
		return &Store{queries: queries{sqlConn{db}, sqliteDialect}, db: db, path: path}, nil
	}
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return nil, &DatabaseError{codeAddress, "the database setting is neither of the known kinds", "write sqlite:PATH, or postgres://USER@HOST/NAME"}
	}
	pool, err := openPgx(ctx, dsn, opts)
	if err != nil {
		return nil, err
	}
	return &Store{queries: queries{pgxConn{pool}, postgresDialect}, pool: pool}, nil
}

// begin refuses a database of a newer usher before anything is done to it, and
// then has SQLite keep its log beside the file.
func (s *Store) begin(ctx context.Context, opts Options) error {
	have, want, err := s.versions(ctx)
	if err == nil && have > want {
		err = &SchemaError{Have: have, Want: want}
	}
	if err != nil || s.db == nil || opts.Look {
		return err
	}
	return useWAL(ctx, s.db)
}

// Close closes every connection.
func (s *Store) Close() {
	if s.pool != nil {
		s.pool.Close()
		return
	}
	_ = s.db.Close()
}

// Path is the database file on SQLite, and empty on PostgreSQL.
func (s *Store) Path() string { return s.path }

// Pgx is the connection pool on PostgreSQL, and nil on SQLite.
func (s *Store) Pgx() *pgxpool.Pool { return s.pool }

// SQL is the database handle on SQLite, and nil on PostgreSQL.
func (s *Store) SQL() *sql.DB { return s.db }

// Pgx is the native transaction on PostgreSQL, and nil on SQLite.
func (t *Tx) Pgx() pgx.Tx {
	if c, ok := t.conn.(*pgxTx); ok {
		return c.native()
	}
	return nil
}

// SQL is the native transaction on SQLite, and nil on PostgreSQL.
func (t *Tx) SQL() *sql.Tx {
	c, _ := t.conn.(sqlTx)
	return c.tx
}

// InTx runs f in a transaction, which is committed when f returns nil and
// rolled back when it returns an error.
func (s *Store) InTx(ctx context.Context, f func(tx *Tx) error) error {
	if s.pool != nil {
		return cleanError(inPgx(ctx, s.pool, func(c *pgxTx) error {
			return runTx(ctx, &Tx{queries: queries{c, s.d}}, f)
		}))
	}
	return s.inSQL(ctx, s.db, f)
}

// inSQL runs f in a transaction of a handle or of a connection.
func (s *Store) inSQL(ctx context.Context, on beginner, f func(tx *Tx) error) error {
	tx, err := on.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", cleanError(err))
	}
	defer func() { _ = tx.Rollback() }()
	if err := runTx(ctx, &Tx{queries: queries{sqlTx{tx}, s.d}}, f); err != nil {
		return cleanError(err)
	}
	return cleanError(tx.Commit())
}

// runTx does all of a transaction but its begin and its end.
func runTx(ctx context.Context, tx *Tx, f func(tx *Tx) error) error {
	if err := f(tx); err != nil {
		return err
	}
	return tx.keepCounts(ctx)
}

// later runs a statement whose result is needed at the end of the transaction, and by
// [Tx.flush], at the latest: on PostgreSQL it goes with the next whose result is needed
// at once. For each row there is a call of scan; nil is for a statement that has none.
func (t *Tx) later(ctx context.Context, doing, query string, args []any, scan func(rows) error) error {
	var then func(rows) error
	if scan != nil {
		then = func(rs rows) error { return eachRow(rs, scan) }
	}
	if c, ok := t.conn.(*pgxTx); ok {
		c.later(doing, query, args, then)
		return nil
	}
	if scan == nil {
		_, err := t.conn.exec(ctx, query, args...)
		return wrap(doing, err)
	}
	rs, err := t.conn.query(ctx, query, args...)
	if err != nil {
		return wrap(doing, err)
	}
	defer rs.Close()
	return wrap(doing, then(rs))
}

// flushRead waits for what was put off if there is something to be read of it.
func (t *Tx) flushRead(ctx context.Context) error {
	if c, ok := t.conn.(*pgxTx); ok && c.reads() {
		return t.flush(ctx)
	}
	return nil
}

// flush waits for what was put off.
func (t *Tx) flush(ctx context.Context) error {
	if c, ok := t.conn.(*pgxTx); ok {
		return cleanError(c.flush(ctx))
	}
	return nil
}

// queryOne scans the first row of a query into dest.
func (q queries) queryOne(ctx context.Context, query string, args []any, dest ...any) error {
	rs, err := q.conn.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rs.Close()
	if !rs.Next() {
		if err := rs.Err(); err != nil {
			return cleanError(err)
		}
		return ErrNotFound
	}
	if err := rs.Scan(dest...); err != nil {
		return scanError(err)
	}
	rs.Close()
	return cleanError(rs.Err())
}

// collect scans every row of a query.
func collect[T any](ctx context.Context, q queries, query string, args []any, scan func(rows) (T, error)) ([]T, error) {
	rs, err := q.conn.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rs.Close()
	var all []T
	err = eachRow(rs, func(r rows) error {
		v, err := scan(r)
		if err == nil {
			all = append(all, v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// eachRow scans every row of a result.
func eachRow(rs rows, scan func(rows) error) error {
	for rs.Next() {
		if err := scan(rs); err != nil {
			return scanError(err)
		}
	}
	return cleanError(rs.Err())
}
