package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// memoryPath names a private database in memory, for tests.
const memoryPath = ":memory:"

// openSQLite opens the database file at path, which it creates, readable by
// its owner only, if there is none: it will hold personal data. SQLite gives
// the files beside it the same mode. There is one connection; four were slower
// and timed out River's leader election.
func openSQLite(path string) (*sql.DB, error) {
	if path != memoryPath {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	return connectSQLite(path)
}

// lookSQLite opens the database file at path only if it is there.
func lookSQLite(path string) (*sql.DB, error) {
	if err := LookAtFile(path); err != nil {
		return nil, err
	}
	return connectSQLite(path)
}

// connectSQLite opens a database that is there, and leaves it as it is.
func connectSQLite(path string) (*sql.DB, error) { return connectAs(sqliteDSN(path)) }

// connectAs opens the one connection to the database that a URI names.
func connectAs(uri string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(cachingConnector{connector})
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if err := db.Ping(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// useWAL switches the file to WAL, in which it stays. Of processes that switch a
// new file at the same moment all but one can be told that it is busy, without
// the wait of busy_timeout: each has a lock that the other needs.
func useWAL(ctx context.Context, db *sql.DB) error {
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
		if !isBusy(err) || time.Now().After(until) {
			return err
		}
	}
}

// isBusy reports whether somebody else has a lock on the file.
func isBusy(err error) bool {
	var lite *sqlite.Error
	var ours *DatabaseError
	if errors.As(err, &ours) {
		return ours.sqlite()&0xff == sqlite3.SQLITE_BUSY
	}
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

// sqliteCache is how many KiB of pages a connection keeps. With SQLite's own
// 2,000 the indexes of half a million people did not fit, and an import read and
// wrote their pages again for each chunk: 95 µs of CPU a row, 85 with this. A page
// takes twice its size of memory in this driver.
const sqliteCache = 20_000

// sqliteDSN is the URI of path with the settings of LESSONS.md, save WAL, which
// is the file's: see [useWAL]. A file that is gone is not made anew.
func sqliteDSN(path string) string {
	settings := url.Values{
		"_pragma": {"busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(ON)",
			fmt.Sprintf("cache_size(-%d)", sqliteCache)},
		"_txlock": {"immediate"},
	}
	if path != memoryPath {
		settings.Set("mode", "rw")
	}
	return sqliteURI(path, settings)
}

func sqliteURI(path string, settings url.Values) string {
	prefix := "file:"
	if strings.HasPrefix(path, "/") {
		prefix = "file://" // or the start of "//folder" would be read as a host
	}
	return prefix + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
}

// cachingConnector opens modernc.org/sqlite connections that keep their
// prepared statements. River sends each of its texts again and again, and the
// driver by itself parses the text each time, which took half of all CPU:
// 2,000 no-op jobs/s without the cache, 5,900 with it.
type cachingConnector struct {
	driver.Connector
}

// Connect opens a connection with an empty cache.
func (c cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("sqlite driver: %T lacks a method the statement cache needs", conn), conn.Close())
	}
	return &cachingConn{sqliteConn: inner, cache: newStatementCache(maxCachedStatements)}, nil
}

// sqliteConn is every optional interface of database/sql that a modernc
// connection has. A wrapper that hid one would change how database/sql
// treats the connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what a modernc statement can do with named values.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// cachingConn runs queries through kept statements. A statement in use is out
// of the cache, so a second run of the same text while rows are open gets a
// statement of its own. database/sql lets one goroutine at a time in, so there
// is no lock.
type cachingConn struct {
	sqliteConn
	cache *statementCache
}

// Unwrap returns the modernc connection, which [sqlite.Limit] asks for.
func (c *cachingConn) Unwrap() driver.Conn { return c.sqliteConn }

// ExecContext runs a statement that returns no rows.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	result, err := stmt.ExecContext(ctx, args)
	if closeErr := c.release(query, stmt, err); err == nil && closeErr != nil {
		return nil, closeErr
	}
	return result, err
}

// QueryContext runs a statement that returns rows. The statement goes back to
// the cache when the rows are closed.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	stmt, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	inner, err := stmt.QueryContext(ctx, args)
	if err != nil {
		_ = c.release(query, stmt, err) // the query's own error is the one to report
		return nil, err
	}
	rows, ok := inner.(sqliteRows)
	if !ok {
		err := fmt.Errorf("sqlite driver: %T lacks a method the statement cache needs", inner)
		return nil, errors.Join(err, inner.Close(), stmt.Close())
	}
	return &cachingRows{sqliteRows: rows, conn: c, query: query, stmt: stmt}, nil
}

// Close closes the kept statements, then the connection.
func (c *cachingConn) Close() error {
	return errors.Join(c.cache.close(), c.sqliteConn.Close())
}

// take returns a statement for query, kept or new, or nil if query is not one
// to keep.
func (c *cachingConn) take(ctx context.Context, query string) (sqliteStmt, error) {
	if stmt := c.cache.take(query); stmt != nil {
		return stmt, nil
	}
	if !cacheable(query) {
		return nil, nil
	}
	prepared, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := prepared.(sqliteStmt)
	if !ok {
		return nil, prepared.Close()
	}
	return stmt, nil
}

// release ends the use of a statement that take returned. After an error it is
// closed, not kept: errors are rare, parsing again is cheap, and no question
// is left about the state of a statement that failed half way.
func (c *cachingConn) release(query string, stmt sqliteStmt, err error) error {
	if err != nil {
		return stmt.Close()
	}
	return c.cache.put(query, stmt)
}

// sqliteRows is every optional interface of database/sql that modernc rows have.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// cachingRows gives its statement back when it is closed.
type cachingRows struct {
	sqliteRows
	conn  *cachingConn
	query string
	stmt  sqliteStmt // nil once closed
}

// Close ends the query. It reports the error of Next, if there was one, as
// SQLite does when a statement is reset. A second call does nothing: by then
// the statement may belong to somebody else.
func (r *cachingRows) Close() error {
	if r.stmt == nil {
		return nil
	}
	stmt := r.stmt
	r.stmt = nil
	err := r.sqliteRows.Close()
	if releaseErr := r.conn.release(r.query, stmt, err); err == nil {
		err = releaseErr
	}
	return err
}
