package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

func openPgx(ctx context.Context, dsn string, opts Options) (*pgxpool.Pool, error) {
	cfg, err := parsePgx(dsn)
	if err != nil {
		return nil, err
	}
	if opts.MaxConns > 0 {
		cfg.MaxConns = int32(opts.MaxConns)
	}
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{
			Name: "timestamptz", OID: pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		if err := lockWait(ctx, c, opts.LockWait); err != nil {
			return err
		}
		return notIdle(ctx, c)
	}
	cfg.AfterRelease = takesWrites
	if cfg.PingTimeout == 0 {
		cfg.PingTimeout = pingTimeout
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := connectLimit(ctx, cfg)
	defer cancel()
	if err := checkEncoding(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// lockWait has the statements of a connection give up behind a lock. A pooler may refuse
// the setting at the connection's start, so it is a statement.
func lockWait(ctx context.Context, c *pgx.Conn, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	_, err := c.Exec(ctx, "SELECT set_config('lock_timeout', $1, false)", strconv.FormatInt(wait.Milliseconds(), 10))
	return err
}

// pingTimeout is how long the pool asks a connection that was idle whether it
// still lives. One that a network has forgotten never says no.
const pingTimeout = 5 * time.Second

// takesWrites reports whether a connection is worth keeping. One that was made while the
// server was a replica, or set to read-only, may stay so when that is over, or when
// another server has taken its place. PostgreSQL tells of both from version 14 on.
func takesWrites(c *pgx.Conn) bool {
	server := c.PgConn()
	return server.ParameterStatus("default_transaction_read_only") != "on" && server.ParameterStatus("in_hot_standby") != "on"
}

// notIdle has the server end a transaction in which nothing happens any more. Its
// process was frozen, or its machine is gone without a word, and the server would
// keep its locks for two hours: those of the pace, for which everybody waits.
// Whoever set a time of his own keeps it.
func notIdle(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `
SELECT set_config('idle_in_transaction_session_timeout', '30s', false)
WHERE current_setting('idle_in_transaction_session_timeout') IN ('0', '')`, pgx.QueryExecModeSimpleProtocol)
	var pg *pgconn.PgError
	if errors.As(err, &pg) { // a server that has no such setting
		return nil
	}
	return err
}

// checkEncoding connects, and refuses a database that cannot hold every name,
// or takes any bytes for one: names would come back as something else. Servers
// tell their encoding when one connects; a pooler may not pass it on.
func checkEncoding(ctx context.Context, pool *pgxpool.Pool) error {
	c, err := pool.Acquire(ctx)
	if err != nil {
		return connectTime(ctx, err)
	}
	defer c.Release()
	encoding := c.Conn().PgConn().ParameterStatus("server_encoding")
	if encoding == "" {
		if err := c.QueryRow(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
			return connectTime(ctx, err)
		}
	}
	if encoding != "UTF8" {
		return &DatabaseError{codeEncoding, "the database's encoding is " + encoding + ", and not UTF8: it cannot hold every name", remedyEncoding}
	}
	return nil
}

// pgxRunner is what a pool and a transaction of pgx share.
type pgxRunner interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// pgxConn runs SQL on a pool.
type pgxConn struct{ r pgxRunner }

func (c pgxConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := c.r.Exec(ctx, query, nilTimes(args)...)
	return tag.RowsAffected(), cleanError(err)
}

func (c pgxConn) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := c.r.Query(ctx, query, nilTimes(args)...)
	if err != nil {
		return nil, cleanError(err)
	}
	return rs, nil
}

// insertRows writes n rows by COPY.
func (c pgxConn) insertRows(ctx context.Context, table string, columns []string, n int, values func(i int) []any) error {
	src := pgx.CopyFromSlice(n, func(i int) ([]any, error) { return nilTimes(values(i)), nil })
	_, err := c.r.CopyFrom(ctx, pgx.Identifier{table}, columns, src)
	return cleanError(err)
}

// claim passes the claimants as arrays, which cost half of what JSON does.
func (c pgxConn) claim(ctx context.Context, account, batch int64, all []Claimant) (int64, error) {
	rows := make([]int, len(all))
	for i, c := range all {
		rows[i] = c.Row
	}
	return c.exec(ctx, `
INSERT INTO people (account_id, person_key, batch_id, row_no, claimed_at)
SELECT $1, k.person_key, $2, k.row_no, clock_timestamp()
FROM unnest($3::text[], $4::integer[]) AS k (person_key, row_no)
ORDER BY k.person_key COLLATE "C"
ON CONFLICT DO NOTHING`, account, batch, keysOf(all), rows)
}

// nilTimes stores a zero time as NULL.
func nilTimes(args []any) []any {
	for i, a := range args {
		if t, ok := a.(time.Time); ok && t.IsZero() {
			args[i] = nil
		}
	}
	return args
}
