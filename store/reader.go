package store

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Connections of a reader: few, so that however many people look, the work gets
// the most of the machine, and none is kept when nobody looks any more.
const (
	readerConns = 2
	readerIdle  = time.Minute
)

// Reader opens other connections to the same database, for queries that take long
// and that no work may wait for. On SQLite there is one, which cannot write; as the
// file is in WAL, it neither waits for the one that writes nor holds it up. On
// PostgreSQL there are two, opened when they are needed. Whoever uses them bounds
// each transaction by [ReadOnly]. It is closed by itself.
func (s *Store) Reader(ctx context.Context) (*Store, error) {
	if s.pool != nil {
		cfg := s.pool.Config()
		cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns, cfg.MaxConnIdleTime = readerConns, 0, 0, readerIdle
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return nil, openError(err)
		}
		return &Store{queries: queries{pgxConn{pool}, postgresDialect}, pool: pool}, nil
	}
	db, err := connectAs(sqliteURI(s.path, url.Values{
		"mode": {"ro"}, "_txlock": {"deferred"}, "_pragma": {"busy_timeout(1000)", "query_only(ON)"},
	}))
	if err != nil {
		return nil, openError(err)
	}
	return &Store{queries: queries{sqlConn{db}, sqliteDialect}, db: db, path: s.path}, nil
}

// ReadOnly is the first statement of a transaction on PostgreSQL that only reads,
// of which no statement takes longer than so long, or more than one core: the server
// itself sees to that. It holds for that transaction alone, and so behind a pooler
// too.
func ReadOnly(longest time.Duration) string {
	return fmt.Sprintf(`
SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', '%d', true),
       set_config('max_parallel_workers_per_gather', '0', true)`, longest.Milliseconds())
}
