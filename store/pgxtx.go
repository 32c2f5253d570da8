package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// customPlans has the statements of a transaction planned each time they run: a plan
// that is kept from when a table was small scans it whole when it has grown, and
// settling 100 of 100,000 attempts then reads all of them.
const customPlans = "SET LOCAL plan_cache_mode = force_custom_plan"

// pgxTx is a transaction of pgx's. A way to the server and back costs either side more
// than most statements do, so they go together where they can: it begins with its first
// statement, those whose results are not needed at once wait for the next that is, and
// what waits at the end goes with the commit.
type pgxTx struct {
	ctx     context.Context // of the transaction as a whole
	conn    *pgxpool.Conn
	tx      pgx.Tx // nil before the first statement
	waiting []statement
	failed  error // the first of what was sent together
}

// statement is one that waits. What then returns fails the transaction.
type statement struct {
	doing string // for the error
	query string
	args  []any
	then  func(rows) error // reads the result; nil is for none
}

// inPgx is [Store.InTx].
func inPgx(ctx context.Context, pool *pgxpool.Pool, f func(c *pgxTx) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	c := &pgxTx{ctx: ctx, conn: conn}
	defer c.rollback()
	err = f(c)
	if c.failed != nil && (err == nil || isAfterwards(err)) {
		return c.failed
	}
	if err != nil {
		return err
	}
	return c.commit(ctx)
}

// isAfterwards reports whether an error only says that the transaction has failed before.
func isAfterwards(err error) bool {
	const aborted = "25P02"
	var ours *DatabaseError
	var pg *pgconn.PgError
	return errors.Is(err, pgx.ErrTxClosed) || errors.As(err, &ours) && ours.Code == aborted || errors.As(err, &pg) && pg.Code == aborted
}

// rollback ends a transaction that was not committed.
func (c *pgxTx) rollback() {
	if c.tx != nil && c.conn.Conn().PgConn().TxStatus() != 'I' {
		_ = c.tx.Rollback(c.ctx) // or else it closes the connection
	}
}

// commit sends the end with what waits. Whoever does not hear of it does not know whether
// it was committed: as long as one of these statements waits for a lock it may still be.
func (c *pgxTx) commit(ctx context.Context) error {
	if len(c.waiting) == 0 {
		if c.tx == nil {
			return nil
		}
		return c.tx.Commit(ctx)
	}
	c.later("", "COMMIT", nil, nil)
	tag, err := c.run(ctx)
	if err == nil && tag.String() != "COMMIT" {
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// reads reports whether something is to be read of what waits.
func (c *pgxTx) reads() bool {
	return slices.ContainsFunc(c.waiting, func(s statement) bool { return s.then != nil })
}

// later has a statement wait for the next whose result is needed.
func (c *pgxTx) later(doing, query string, args []any, then func(rows) error) {
	c.waiting = append(c.waiting, statement{doing, query, nilTimes(args), then})
}

// flush runs what waits.
func (c *pgxTx) flush(ctx context.Context) error {
	if len(c.waiting) == 0 {
		return nil
	}
	_, err := c.run(ctx)
	return err
}

// run runs what waits, and returns what the last did.
func (c *pgxTx) run(ctx context.Context) (pgconn.CommandTag, error) {
	rs := c.send(ctx)
	defer rs.Close()
	err := c.fail(rs.finish())
	return rs.tag, err
}

// fail keeps the first error of what was sent together.
func (c *pgxTx) fail(err error) error {
	if c.failed == nil {
		c.failed = err
	}
	return err
}

// native is the transaction as pgx has it, with all done that was asked for before.
func (c *pgxTx) native() pgx.Tx {
	if !c.alone() {
		_, _ = c.run(c.ctx)
	}
	return c.tx
}

func (c *pgxTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if len(args) == 0 { // it may be several statements, which must go by themselves
		c.native()
	}
	if c.alone() {
		return pgxConn{c.tx}.exec(ctx, query, args...)
	}
	c.later("", query, args, nil)
	tag, err := c.run(ctx)
	return tag.RowsAffected(), cleanError(err)
}

func (c *pgxTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	if c.alone() {
		return pgxConn{c.tx}.query(ctx, query, args...)
	}
	c.later("", query, args, nil)
	rs := c.send(ctx)
	if err := c.fail(rs.upToLast()); err != nil {
		rs.Close()
		return nil, cleanError(err)
	}
	return rs, nil
}

// alone reports whether a statement has nothing to go with.
func (c *pgxTx) alone() bool { return c.tx != nil && len(c.waiting) == 0 }

func (c *pgxTx) insertRows(ctx context.Context, table string, columns []string, n int, values func(i int) []any) error {
	return pgxConn{c.native()}.insertRows(ctx, table, columns, n, values)
}

func (c *pgxTx) claim(ctx context.Context, account, batch int64, all []Claimant) (int64, error) {
	return pgxConn{c.native()}.claim(ctx, account, batch, all)
}

// send sends what waits, and the beginning of the transaction where it is the first.
func (c *pgxTx) send(ctx context.Context) *batchRows {
	b := &pgx.Batch{}
	if c.tx == nil {
		b.BeginTx(pgx.TxOptions{})
		c.waiting = append([]statement{{}, {query: customPlans}}, c.waiting...)
	}
	for _, s := range c.waiting[b.Len():] {
		b.Queue(s.query, s.args...)
	}
	rs := &batchRows{all: c.waiting}
	if c.tx == nil {
		rs.results = c.conn.SendBatch(ctx, b)
		c.tx = rs.results.Tx()
	} else {
		rs.results = c.tx.SendBatch(ctx, b) // fails where the transaction did not begin
	}
	c.waiting = nil
	return rs
}

// batchRows are the results of statements that were sent together; as rows, those of
// the last.
type batchRows struct {
	pgx.Rows
	results pgx.BatchResults
	all     []statement // whose results are not read yet
	tag     pgconn.CommandTag
}

// upToLast reads the results of all but the last, which becomes the rows.
func (b *batchRows) upToLast() error {
	err := b.readUntil(1)
	if err == nil {
		b.Rows, err = b.results.Query()
	}
	return err
}

// finish reads all results.
func (b *batchRows) finish() error {
	if err := b.readUntil(0); err != nil {
		return err
	}
	return b.results.Close()
}

// readUntil reads results until so many are left.
func (b *batchRows) readUntil(left int) error {
	for ; len(b.all) > left; b.all = b.all[1:] {
		if err := b.read(b.all[0]); err != nil {
			return err
		}
	}
	return nil
}

func (b *batchRows) read(s statement) (err error) {
	if s.then == nil {
		b.tag, err = b.results.Exec()
	} else {
		err = readRows(b.results, s.then)
	}
	if err != nil && s.doing != "" {
		return fmt.Errorf("%s: %w", s.doing, cleanError(err))
	}
	return err
}

func (b *batchRows) Close() {
	if b.Rows != nil {
		b.Rows.Close()
	}
	_ = b.results.Close() // its error is the rows', or shows with the next statement
}

func readRows(results pgx.BatchResults, then func(rows) error) error {
	rs, err := results.Query()
	if err != nil {
		return err
	}
	defer rs.Close()
	return then(rs)
}
