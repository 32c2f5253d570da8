package store

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ListenDeaf listens as [Store.Listen] does, on a connection to which nothing is told.
func (s *Store) ListenDeaf(ctx context.Context, heard func(News)) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	l := listener{st: s, conn: pooled.Hijack(), heard: heard}
	defer l.conn.Close(context.WithoutCancel(ctx))
	return l.prove(ctx)
}

// OpenCounted opens a PostgreSQL database over one connection, and counts what is
// written on it: each write is a way to the server and back.
func OpenCounted(ctx context.Context, dsn string) (*Store, *atomic.Int64, error) {
	cfg, err := parsePgx(dsn)
	if err != nil {
		return nil, nil, err
	}
	n, dial := &atomic.Int64{}, cfg.ConnConfig.DialFunc
	cfg.MaxConns = 1
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return countedConn{c, n}, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	return &Store{queries: queries{pgxConn{pool}, postgresDialect}, pool: pool}, n, nil
}

type countedConn struct {
	net.Conn
	n *atomic.Int64
}

func (c countedConn) Write(b []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(b)
}

// Later is [Tx.later] of a statement that returns numbers.
func (t *Tx) Later(ctx context.Context, doing, query string, got *[]int) error {
	if got == nil {
		return t.later(ctx, doing, query, nil, nil)
	}
	return t.later(ctx, doing, query, nil, func(r rows) error {
		var n int
		err := r.Scan(&n)
		*got = append(*got, n)
		return err
	})
}

// Number is the result of a query that returns one.
func (q queries) Number(ctx context.Context, query string) (n int, err error) {
	return n, q.queryOne(ctx, query, nil, &n)
}

// Exec runs a text without arguments.
func (t *Tx) Exec(ctx context.Context, query string) error {
	_, err := t.conn.exec(ctx, query)
	return err
}
