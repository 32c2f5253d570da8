package store_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/store"
)

// secret is what no error may show: a person's data, or a part of a DSN.
const secret = "Zx9.jo.secret@example.com"

// long is too long for an index of PostgreSQL.
var long = secret + strings.Repeat("Aa0Bb1Cc2", 100_000)

func TestErrorsHoldNoValue(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *store.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			prepare(t, st)
			for what, f := range violations(st) {
				err := f(t.Context())
				checkClean(t, what, err)
			}
		})
	}
}

// prepare makes what can be violated.
func prepare(t *testing.T, st *store.Store) {
	t.Helper()
	account, err := st.Account(t.Context(), secret, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.InsertBatch(t.Context(), store.Batch{Account: account, ExtraColumns: []string{secret}}); err != nil {
		t.Fatal(err)
	}
	all := []store.Applicant{{Key: store.Key{Batch: 1, Row: 1}, Email: secret}}
	if err := insert(t.Context(), st, all...); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`CREATE TABLE strict_mail (mail TEXT NOT NULL UNIQUE CONSTRAINT short CHECK (length(mail) < 5), n INTEGER NOT NULL DEFAULT 0)`,
		`CREATE TABLE strict_child (account_id BIGINT REFERENCES accounts (id))`,
	} {
		if err := execIn(st, query)(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func insert(ctx context.Context, st *store.Store, all ...store.Applicant) error {
	return st.InTx(ctx, func(tx *store.Tx) error { return tx.InsertApplicants(ctx, all) })
}

// execIn runs a statement in a transaction, whose error passes through the store.
func execIn(st *store.Store, query string, args ...any) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return st.InTx(ctx, func(tx *store.Tx) error {
			if native := tx.Pgx(); native != nil {
				_, err := native.Exec(ctx, query, args...)
				return err
			}
			_, err := tx.SQL().ExecContext(ctx, query, args...)
			return err
		})
	}
}

func violations(st *store.Store) map[string]func(ctx context.Context) error {
	row := store.Applicant{Key: store.Key{Batch: 1, Row: 1}, Email: secret, PersonKey: secret, Extra: []string{secret}}
	all := map[string]func(ctx context.Context) error{
		"a row twice": func(ctx context.Context) error { return insert(ctx, st, row) },
		"a row twice in a chunk": func(ctx context.Context) error {
			other := row
			other.Row = 2
			return insert(ctx, st, other, other)
		},
		"an unknown account": func(ctx context.Context) error {
			_, err := st.InsertBatch(ctx, store.Batch{Account: 99, Name: secret, Source: secret})
			return err
		},
		"a check":         execIn(st, `INSERT INTO strict_mail (mail) VALUES ('`+secret+`')`),
		"not null":        execIn(st, `INSERT INTO strict_mail (mail, n) VALUES ('a', NULL)`),
		"a foreign key":   execIn(st, `INSERT INTO strict_child (account_id) VALUES (99)`),
		"unique":          execIn(st, `INSERT INTO accounts (name, created_at) SELECT name, created_at FROM accounts`),
		"no such table":   execIn(st, `INSERT INTO nowhere VALUES ('`+secret+`')`),
		"bad JSON":        execIn(st, badJSON(st), secret),
		"not a timestamp": readSpoiled(st, `UPDATE batches SET created_at = $1`, secret),
		"not an array":    readSpoiled(st, `UPDATE batches SET extra_columns = $1`, secret),
		"not a number":    readSpoiled(st, `UPDATE batches SET run = $1`, secret),
	}
	if st.Pgx() != nil { // SQLite takes all of these
		all["not an integer"] = execIn(st, `INSERT INTO strict_mail (mail, n) SELECT 'a', email::integer FROM applicants`)
		all["too long"] = execIn(st, `INSERT INTO people SELECT 1, $1, 1, 1, now()`, long)
		all["a NUL"] = func(ctx context.Context) error {
			other := row
			other.Row, other.Email = 3, secret+"\x00"
			return insert(ctx, st, other)
		}
		all["not UTF-8"] = func(ctx context.Context) error {
			_, err := st.Account(ctx, secret+"\xff", "")
			return err
		}
	}
	return all
}

func badJSON(st *store.Store) string {
	if st.Pgx() != nil {
		return `SELECT $1::json`
	}
	return `SELECT json($1) FROM batches`
}

// readSpoiled reads a batch in which a value is not what it should be.
func readSpoiled(st *store.Store, spoil string, value any) func(ctx context.Context) error {
	stop := errors.New("undo")
	return func(ctx context.Context) error {
		var found error
		err := st.InTx(ctx, func(tx *store.Tx) error {
			if native := tx.Pgx(); native != nil {
				_, found = native.Exec(ctx, spoil, value)
			} else {
				_, found = tx.SQL().ExecContext(ctx, spoil, value)
			}
			if found != nil {
				return found
			}
			_, found = tx.Batch(ctx, 1)
			return stop
		})
		if !errors.Is(err, stop) {
			return err
		}
		return found
	}
}

// checkClean checks that there is an error and that nothing in its chain shows
// the secret.
func checkClean(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if text := err.Error(); strings.Contains(strings.ToLower(text), "secret") || strings.Contains(text, "Aa0Bb1Cc2") {
			t.Errorf("%s: %T shows %.300s", what, err, text)
		}
	}
}

func TestErrorsAreOurs(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *store.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			prepare(t, st)
			f := violations(st)
			for _, what := range []string{"a row twice", "a row twice in a chunk", "unique"} {
				if err := f[what](t.Context()); !errors.Is(err, store.ErrExists) {
					t.Errorf("%s: %v, want ErrExists", what, err)
				}
			}
			var refused *store.DatabaseError
			for _, what := range []string{"a check", "not null", "a foreign key", "no such table"} {
				if err := f[what](t.Context()); !errors.As(err, &refused) || refused.Code == "" || refused.Message == "" {
					t.Errorf("%s: %v, want a DatabaseError", what, err)
				}
			}
			if _, err := st.Batch(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("no row: %v, want ErrNotFound", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := st.Batches(ctx, store.BatchFilter{}); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v, want context.Canceled", err)
			}
		})
	}
}

func TestOpenErrorsHoldNoDSN(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := listener.Addr().String()
	_ = listener.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for what, dsn := range map[string]string{
		"refused":    "postgres://secretuser:secretpassword@" + refusing + "/secretdb?sslmode=disable",
		"no answer":  "postgres://secretuser:secretpassword@" + silent.Addr().String() + "/secretdb?sslmode=disable&connect_timeout=1",
		"no host":    "postgres://secretuser:secretpassword@secret.invalid/secretdb",
		"no socket":  "postgres:///secretdb?host=/nowhere/secret",
		"no port":    "postgres://secretuser:secretpassword@localhost:secret/db",
		"not a URL":  "postgres://secret%zz",
		"no scheme":  "secret",
		"other kind": "mysql://secret",
		"bad option": "postgres://localhost/db?pool_max_conns=secret",
	} {
		st, err := store.Open(ctx, dsn, store.Options{})
		if err == nil {
			st.Close()
		}
		checkClean(t, what, err)
	}
}

// TestDatabaseGone has a pool lose its server: what it says then is ours too.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	st := openSQLite(t)
	st.Close()
	_, err := st.Batches(t.Context(), store.BatchFilter{})
	checkClean(t, "closed", err)
	if _, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "none", "usher.db"), store.Options{}); err == nil ||
		!strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
