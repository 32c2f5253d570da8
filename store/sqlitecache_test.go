package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"
)

func TestCacheable(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"SELECT 1":                          true,
		" \n\tselect 1 ; \n":                true,
		"-- name: X :one\nUPDATE t SET x=1": true,
		"/* a */ -- b\n WITH c AS (SELECT 1) SELECT * FROM c": true,
		"INSERT\nINTO t VALUES (?)":                           true,
		"SELECT(1)":                                           true,
		"DELETE FROM t":                                       true,
		"SELECT 1; SELECT 2":                                  false,
		"SELECT ';'":                                          false, // runs all the same
		"PRAGMA foreign_keys = OFF":                           false,
		"CREATE TABLE t (x)":                                  false,
		"BEGIN":                                               false,
		"SAVEPOINT a":                                         false,
		"-- SELECT":                                           false,
		"/* SELECT":                                           false,
		"":                                                    false,
		"SELECT '" + strings.Repeat("x", maxCachedText) + "'": false,
	} {
		if got := cacheable(query); got != want {
			t.Errorf("cacheable(%.60q) = %v, want %v", query, got, want)
		}
	}
}

func TestOpenRowsKeepTheirStatement(t *testing.T) {
	t.Parallel()
	db := openTestMemory(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	got := nested(t, tx, 3)
	if diff := cmp.Diff("3: (2: (1: ) (1: ) ) (2: (1: ) (1: ) ) ", got); diff != "" {
		t.Errorf("nested rows (-want +got):\n%s", diff)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	onConn(t, db, func(c *cachingConn) {
		if got := c.cache.recent.Len(); got != 1 {
			t.Errorf("%d statements kept for one text", got)
		}
	})
	checkNoneLeft(t, db)
}

// nested reads two rows and, for each, reads the same text one level down.
func nested(t *testing.T, tx *sql.Tx, depth int) string {
	t.Helper()
	seen := fmt.Sprint(depth, ": ")
	if depth == 1 {
		return seen
	}
	rows, err := tx.Query("SELECT value FROM json_each('[1,1]') WHERE ? > 0", depth)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		seen += "(" + nested(t, tx, depth-1) + ") "
	}
	return seen
}

func TestRowsClosedTwice(t *testing.T) {
	t.Parallel()
	onConn(t, openTestMemory(t), func(c *cachingConn) {
		query := func() driver.Rows {
			rows, err := c.QueryContext(t.Context(), "SELECT value FROM json_each('[1,2]')", nil)
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		dest := make([]driver.Value, 1)
		old := query()
		err1 := old.Close()
		rows := query()
		defer rows.Close()
		err2, err3, err4 := rows.Next(dest), old.Close(), rows.Next(dest)
		if err := errors.Join(err1, err2, err3, err4); err != nil || dest[0] != int64(2) {
			t.Errorf("second row = %v, %v, want 2", dest[0], err)
		}
	})
}

func TestSchemaChangeBetweenRuns(t *testing.T) {
	t.Parallel()
	db := openTestMemory(t)
	const text = "SELECT * FROM t"
	for _, step := range []struct{ change, want string }{
		{"CREATE TABLE t (a); INSERT INTO t VALUES (1)", "[a] [1]"},
		{"ALTER TABLE t ADD COLUMN b DEFAULT 2", "[a b] [1 2]"},
		{"ALTER TABLE t RENAME COLUMN a TO c", "[c b] [1 2]"},
		{"ALTER TABLE t DROP COLUMN b", "[c] [1]"},
		{"CREATE INDEX i ON t (c)", "[c] [1]"},
		{"DROP TABLE t", "no such table"},
		{"CREATE TABLE t (x TEXT, y); INSERT INTO t VALUES ('new', 3)", "[x y] [new 3]"},
	} {
		mustExec(t, db, step.change)
		if got := selectAll(db, text); !strings.Contains(got, step.want) {
			t.Errorf("after %q: %s, want %s", step.change, got, step.want)
		}
	}
}

// selectAll returns the columns and the one row of a query, or its error.
func selectAll(db *sql.DB, query string) string {
	rows, err := db.Query(query)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	columns, err := rows.Columns()
	values := make([]any, len(columns))
	dest := make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	rows.Next()
	return fmt.Sprint(err, rows.Scan(dest...), columns, " ", values)
}

// TestCancelledStatementRunsAgain cancels a statement that would not end by
// itself, on a file, in memory and in a transaction, then runs the same text.
func TestCancelledStatementRunsAgain(t *testing.T) {
	t.Parallel()
	const count = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM c LIMIT ?) "
	for name, db := range map[string]*sql.DB{"file": openTestFile(t), "memory": openTestMemory(t)} {
		mustExec(t, db, "CREATE TABLE t (x)")
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		checkCancel(t, name+" query in a transaction", tx, count+"SELECT count(*) FROM c")
		if err := tx.Commit(); err != nil {
			t.Errorf("%s: commit: %v", name, err)
		}
		checkCancel(t, name+" query", db, count+"SELECT count(*) FROM c")
		checkCancel(t, name+" insert", db, count+"INSERT INTO t SELECT x FROM c WHERE x <= 3 OR x < 0 RETURNING 3")
		if got := scanOne[int](t, db, "SELECT count(*) FROM t"); got != 6 {
			t.Errorf("%s: %d rows were inserted, want the 6 of two runs", name, got)
		}
	}
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func checkCancel(t *testing.T, name string, q queryer, query string) {
	t.Helper()
	for _, limit := range []int64{3, math.MaxInt64, 3} {
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if limit > 3 { // does not end by itself
			ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
		}
		var got int
		err := q.QueryRowContext(ctx, query, limit).Scan(&got)
		if limit > 3 && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want the deadline's error", name, err)
		}
		if limit == 3 && (err != nil || got != 3) {
			t.Errorf("%s: %d, %v, want 3", name, got, err)
		}
		cancel()
	}
}

func TestFailedStatementRunsAgain(t *testing.T) {
	t.Parallel()
	db := openTestMemory(t)
	mustExec(t, db, "CREATE TABLE t (x TEXT UNIQUE)")
	for _, step := range []struct {
		query, arg string
		fails      bool
	}{
		{"INSERT INTO t VALUES (?)", "a", false},
		{"INSERT INTO t VALUES (?)", "a", true},
		{"INSERT INTO t VALUES (?)", "b", false},
		{"INSERT INTO t VALUES (?) RETURNING x", "b", true},
		{"INSERT INTO t VALUES (?) RETURNING x", "c", false},
		// Fails at the second row, after rows have been handed out.
		{"SELECT json(value) FROM json_each(?)", `["1","{"]`, true},
		{"SELECT json(value) FROM json_each(?)", `["1","2"]`, false},
	} {
		rows, err := db.Query(step.query, step.arg)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if (err != nil) != step.fails {
			t.Errorf("%s with %s: %v", step.query, step.arg, err)
		}
	}
	if got := scanOne[int](t, db, "SELECT count(*) FROM t"); got != 3 {
		t.Errorf("%d rows, want 3", got)
	}
	checkNoneLeft(t, db)
}

func TestCacheIsBoundedAndClosed(t *testing.T) {
	t.Parallel()
	db := openTestMemory(t)
	for i := range maxCachedStatements + 50 {
		scanOne[int](t, db, fmt.Sprintf("SELECT %d", i))
		scanOne[int](t, db, "SELECT -1")
	}
	onConn(t, db, func(c *cachingConn) {
		if got := c.cache.recent.Len(); got != maxCachedStatements || len(c.cache.byText) != got {
			t.Errorf("%d and %d statements kept, want %d", got, len(c.cache.byText), maxCachedStatements)
		}
		if c.cache.byText["SELECT -1"] == nil || c.cache.byText["SELECT 0"] != nil {
			t.Error("not the statements used longest ago have been dropped")
		}
		if used := statementBytes(t, c); used == 0 {
			t.Error("SQLite counts no memory for the kept statements")
		}
	})
	checkNoneLeft(t, db)
	scanOne[int](t, db, "SELECT 1") // comes back late, so it is closed
	checkNoneLeft(t, db)
}

// checkNoneLeft closes the kept statements and asks SQLite for others.
func checkNoneLeft(t *testing.T, db *sql.DB) {
	t.Helper()
	onConn(t, db, func(c *cachingConn) {
		if err := c.cache.close(); err != nil {
			t.Error(err)
		}
		if used := statementBytes(t, c); used != 0 {
			t.Errorf("%d bytes of statements are left after closing them", used)
		}
	})
}

func statementBytes(t *testing.T, c *cachingConn) int {
	t.Helper()
	used, _, err := c.Unwrap().(sqlite.DBStatus).Status(sqlite.DBStatusStmtUsed, false)
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func BenchmarkUpdateReturning(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("kept=%v", kept), func(b *testing.B) {
			db := openTestFile(b)
			if !kept {
				var err error
				if db, err = sql.Open("sqlite", sqliteDSN(filepath.Join(b.TempDir(), "plain.db"))); err != nil {
					b.Fatal(err)
				}
				defer db.Close()
			}
			mustExec(b, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT, n INTEGER, at TEXT)")
			mustExec(b, db, "INSERT INTO t VALUES (1, 'queued', 0, '')")
			for b.Loop() {
				scanOne[int](b, db, `UPDATE t SET n = n + 1, at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
					state = CASE WHEN n > 5 THEN 'sending' ELSE state END
					WHERE id = ? AND state IN ('queued', 'sending') RETURNING n`, 1)
			}
		})
	}
}
