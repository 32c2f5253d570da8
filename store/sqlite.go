package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// sqliteTime is how a time is kept in SQLite: text of one length in UTC, so
// that comparing the text compares the times. It is what the dialect's clock
// writes as well.
const sqliteTime = "2006-01-02T15:04:05.000Z"

// sqlRunner is what a handle and a transaction of database/sql share.
type sqlRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// sqlConn runs SQL on a handle.
type sqlConn struct{ r sqlRunner }

// sqlTx runs SQL in a transaction.
type sqlTx struct{ tx *sql.Tx }

// sqlRows drops the error of Close, which Err has told already.
type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }

func (c sqlConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := c.r.ExecContext(ctx, query, textTimes(args)...)
	if err != nil {
		return 0, cleanError(err)
	}
	n, err := res.RowsAffected()
	return n, cleanError(err)
}

func (c sqlConn) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := c.r.QueryContext(ctx, query, textTimes(args)...)
	if err != nil {
		return nil, cleanError(err)
	}
	return sqlRows{rs}, nil
}

// sqliteRowsAStatement is the number of rows of one INSERT. Measured with kept
// statements, 100,000 rows of 20 columns: 160,000 rows/s at 50, 105,000 at 1.
// The placeholders are bare: numbered ones are looked up by name, 12,000 rows/s.
const sqliteRowsAStatement = 50

// insertRows writes n rows by INSERT statements of many rows each, and the
// rest one by one: each other number of rows would be another statement kept.
func (c sqlConn) insertRows(ctx context.Context, table string, columns []string, n int, values func(i int) []any) error {
	for from := 0; from < n; {
		count := sqliteRowsAStatement
		if n-from < count {
			count = 1
		}
		args := make([]any, 0, count*len(columns))
		for i := range count {
			args = append(args, values(from+i)...)
		}
		if _, err := c.exec(ctx, insertText(table, columns, count), args...); err != nil {
			return err
		}
		from += count
	}
	return nil
}

// sqliteClaims is the number of persons of one INSERT. Each changes a page of its
// own, of which SQLite keeps a copy until the statement ends; more than 64 KiB of
// copies go to a file.
const sqliteClaims = 10

// claim writes the claimants as [sqlConn.insertRows] writes rows.
func (c sqlConn) claim(ctx context.Context, account, batch int64, all []Claimant) (n int64, err error) {
	for from := 0; from < len(all); {
		count := sqliteClaims
		if len(all)-from < count {
			count = 1
		}
		args := make([]any, 0, 4*count)
		for _, k := range all[from : from+count] {
			args = append(args, account, k.PersonKey, batch, k.Row)
		}
		claimed, err := c.exec(ctx, claimTexts[count], args...)
		if err != nil {
			return n, err
		}
		n += claimed
		from += count
	}
	return n, nil
}

// claimTexts are the two statements that claim so many persons.
var claimTexts = map[int]string{1: claimText(1), sqliteClaims: claimText(sqliteClaims)}

func claimText(n int) string {
	row := "(?, ?, ?, ?, " + sqliteDialect.now + ")"
	return "INSERT INTO people (account_id, person_key, batch_id, row_no, claimed_at) VALUES " +
		strings.Repeat(row+", ", n-1) + row + " ON CONFLICT DO NOTHING"
}

func insertText(table string, columns []string, n int) string {
	row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "),
		strings.Repeat(row+", ", n-1)+row)
}

func (c sqlTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	return sqlConn{c.tx}.exec(ctx, query, args...)
}

func (c sqlTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	return sqlConn{c.tx}.query(ctx, query, args...)
}

func (c sqlTx) claim(ctx context.Context, account, batch int64, all []Claimant) (int64, error) {
	return sqlConn{c.tx}.claim(ctx, account, batch, all)
}

func (c sqlTx) insertRows(ctx context.Context, table string, columns []string, n int, values func(i int) []any) error {
	return sqlConn{c.tx}.insertRows(ctx, table, columns, n, values)
}

// textTimes writes times as text, and a zero time as NULL.
func textTimes(args []any) []any {
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			if t.IsZero() {
				args[i] = nil
				continue
			}
			args[i] = t.UTC().Format(sqliteTime)
		}
	}
	return args
}

// timeOf scans a timestamp of either database into t; NULL is the zero time.
func timeOf(t *time.Time) sql.Scanner { return timeScanner{t} }

type timeScanner struct{ t *time.Time }

func (s timeScanner) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.t = time.Time{}
	case time.Time:
		*s.t = v.UTC()
	case string:
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return fmt.Errorf("read a timestamp: %w", err)
		}
		*s.t = t
	default:
		return fmt.Errorf("read a timestamp from %T", v)
	}
	return nil
}
