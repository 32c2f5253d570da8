package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"
)

func TestOpenSQLiteSettings(t *testing.T) {
	t.Parallel()
	db := openTestFile(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "busy_timeout": "10000", "synchronous": "1", "foreign_keys": "1",
	} {
		if got := scanOne[string](t, db, "PRAGMA "+pragma); got != want {
			t.Errorf("%s = %s, want %s", pragma, got, want)
		}
	}
	if got := db.Stats().MaxOpenConnections; got != 1 {
		t.Errorf("%d connections allowed, want 1", got)
	}
}

func TestOpenSQLiteFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "50% of #people? &c.db")
	st, err := Open(t.Context(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := st.SQL()
	mustExec(t, db, "CREATE TABLE t (x)")
	mustExec(t, db, "INSERT INTO t VALUES (1)") // is kept
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("mode of %s = %o, want 600", filepath.Base(name), got)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// SQLite removes it only when no statement is left open.
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the WAL is still there after Close: %v", err)
	}
}

func TestOpenSQLiteErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link, text := filepath.Join(dir, "link.db"), filepath.Join(dir, "text.db")
	if err := errors.Join(
		os.Symlink(filepath.Join(dir, "nowhere"), link),
		os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                                  "has no name",
		dir:                                 "is a folder",
		filepath.Join(dir, "a", "usher.db"): "the folder " + filepath.Join(dir, "a") + " does not exist",
		link:                                "is a link to a file that is not there",
		text:                                "not a database",
	} {
		db, err := openSQLite(path)
		if err == nil {
			db.Close()
			t.Errorf("openSQLite(%q) succeeded", path)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("openSQLite(%q): %v, want %q", path, err, want)
		}
	}
}

func TestOpenSQLiteMemoryIsPrivate(t *testing.T) {
	t.Parallel()
	a, b := openTestMemory(t), openTestMemory(t)
	mustExec(t, a, "CREATE TABLE t (x)")
	mustExec(t, b, "CREATE TABLE t (x)")
}

// TestWrapperHidesNothing compares the optional interfaces of database/sql on
// modernc's own connection and rows with those of the wrapper.
func TestWrapperHidesNothing(t *testing.T) {
	t.Parallel()
	db := openTestMemory(t)
	onConn(t, db, func(c *cachingConn) {
		checkSame[driver.ConnBeginTx](t, c.sqliteConn, c)
		checkSame[driver.ConnPrepareContext](t, c.sqliteConn, c)
		checkSame[driver.ExecerContext](t, c.sqliteConn, c)
		checkSame[driver.QueryerContext](t, c.sqliteConn, c)
		checkSame[driver.NamedValueChecker](t, c.sqliteConn, c)
		checkSame[driver.Pinger](t, c.sqliteConn, c)
		checkSame[driver.SessionResetter](t, c.sqliteConn, c)
		checkSame[driver.Validator](t, c.sqliteConn, c)

		rows, err := c.QueryContext(t.Context(), "SELECT 1", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		inner := rows.(*cachingRows).sqliteRows
		checkSame[driver.RowsColumnTypeDatabaseTypeName](t, inner, rows)
		checkSame[driver.RowsColumnTypeLength](t, inner, rows)
		checkSame[driver.RowsColumnTypeNullable](t, inner, rows)
		checkSame[driver.RowsColumnTypePrecisionScale](t, inner, rows)
		checkSame[driver.RowsColumnTypeScanType](t, inner, rows)
		checkSame[driver.RowsNextResultSet](t, inner, rows)
	})
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := sqlite.Limit(conn, 0, -1); err != nil {
		t.Errorf("sqlite.Limit does not see through the wrapper: %v", err)
	}
}

func checkSame[I any](t *testing.T, plain, wrapped any) {
	t.Helper()
	_, want := plain.(I)
	if _, got := wrapped.(I); got != want {
		t.Errorf("%v: wrapper %v, modernc %v", reflect.TypeFor[I](), got, want)
	}
}

// TestWrapperAnswersLikeModernc runs the same statements twice through both.
func TestWrapperAnswersLikeModernc(t *testing.T) {
	t.Parallel()
	wrapped := openTestMemory(t)
	plain, err := sql.Open("sqlite", sqliteDSN(memoryPath))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.SetMaxOpenConns(1)

	const schema = `CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB, ok BOOLEAN, at TIMESTAMP, d DATE, j JSON, n);
		CREATE TABLE u (id INTEGER PRIMARY KEY, x TEXT UNIQUE);`
	at := time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.UTC)
	steps := []struct {
		query string
		args  []any
	}{
		{schema, nil},
		{"INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", []any{1, 1.5, "ä\x00b", []byte{0, 1}, true, at, at, `{"a":1}`, nil}},
		{"INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", []any{nil, nil, "", []byte{}, false, nil, nil, nil, 7}},
		{"INSERT INTO t (i, s) VALUES (:i, @s)", []any{sql.Named("s", "named"), sql.Named("i", 3)}},
		{"SELECT * FROM t ORDER BY rowid", nil},
		{"SELECT count(*), max(at), sum(r), typeof(b), x'00ff', 1 = 1 FROM t", nil},
		{"INSERT INTO u (x) VALUES (?) ON CONFLICT DO NOTHING RETURNING id, x", []any{"one"}},
		{"UPDATE u SET x = x || '!' WHERE id = ? RETURNING id, x", []any{1}},
		{"INSERT INTO u (x) SELECT value->>0 FROM json_each(?)", []any{`[["two"],["three"]]`}},
		{"INSERT INTO u (x) VALUES ('two')", nil},
		{"SELECT * FROM u WHERE id > ?", []any{100}},
		{"SELECT 1; SELECT 2, ?", []any{"script"}},
		{"SELECT ?", nil},
		{"SELEC 1", nil},
		{"SELECT * FROM nowhere", nil},
		{"PRAGMA foreign_keys = OFF", nil},
		{"PRAGMA foreign_keys", nil},
		{"DELETE FROM t WHERE i = ?", []any{1}},
	}
	for _, step := range steps {
		for range 2 {
			if diff := cmp.Diff(answer(plain, false, step.query, step.args), answer(wrapped, false, step.query, step.args)); diff != "" {
				t.Errorf("query %q differs (-modernc +wrapper):\n%s", step.query, diff)
			}
			if diff := cmp.Diff(answer(plain, true, step.query, step.args), answer(wrapped, true, step.query, step.args)); diff != "" {
				t.Errorf("exec %q differs (-modernc +wrapper):\n%s", step.query, diff)
			}
		}
	}
}

// answer runs a statement and returns all there is to see of it.
func answer(db *sql.DB, exec bool, query string, args []any) []string {
	if exec {
		result, err := db.Exec(query, args...)
		if err != nil {
			return []string{err.Error()}
		}
		id, err1 := result.LastInsertId()
		n, err2 := result.RowsAffected()
		return []string{fmt.Sprint(id, n, err1, err2)}
	}
	rows, err := db.Query(query, args...)
	if err != nil {
		return []string{err.Error()}
	}
	defer rows.Close()
	var seen []string
	for rows.Next() {
		seen = append(seen, describeRow(rows))
	}
	return append(seen, fmt.Sprint(rows.Err(), rows.Close()))
}

func describeRow(rows *sql.Rows) string {
	types, err := rows.ColumnTypes()
	values := make([]any, len(types))
	dest := make([]any, len(types))
	for i := range values {
		dest[i] = &values[i]
	}
	text := fmt.Sprint(err, rows.Scan(dest...))
	for i, v := range values {
		length, hasLength := types[i].Length()
		text += fmt.Sprintf(" | %s %s %v %d %v %T %#v", types[i].Name(), types[i].DatabaseTypeName(),
			types[i].ScanType(), length, hasLength, v, v)
	}
	return text
}

func openTestFile(t testing.TB) *sql.DB {
	return openTest(t, filepath.Join(t.TempDir(), "test.db"))
}

func openTestMemory(t testing.TB) *sql.DB { return openTest(t, memoryPath) }

func openTest(t testing.TB, path string) *sql.DB {
	t.Helper()
	st, err := Open(context.Background(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st.SQL()
}

func mustExec(t testing.TB, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func scanOne[T any](t testing.TB, db *sql.DB, query string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// onConn hands the one connection of db to f.
func onConn(t *testing.T, db *sql.DB, f func(c *cachingConn)) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.Raw(func(c any) error { f(c.(*cachingConn)); return nil })
}
