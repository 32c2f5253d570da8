package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound means that no row matches.
var ErrNotFound = errors.New("not found")

// ErrExists means that a row with this key is there already.
var ErrExists = errors.New("exists already")

// DatabaseError is what a driver said, without anything of what was stored: a
// driver's own words can quote a value, and a value can be a person's data.
type DatabaseError struct {
	Code    string // SQLSTATE, or SQLite's extended result code
	Message string // words that hold no value
}

func (e *DatabaseError) Error() string {
	return fmt.Sprintf("database error %s: %s", e.Code, e.Message)
}

// Passing reports whether the statement may succeed when it is run again: the
// server stops, starts, fails over or is out of something, or others were in
// the way. Codes are those of PostgreSQL's appendix A and of SQLite.
func (e *DatabaseError) Passing() bool {
	if len(e.Code) == 5 {
		class := e.Code[:2]
		return class == "08" || class == "40" || class == "53" || class == "55" || class == "57" || class == "58" || e.Code == "25006"
	}
	n, err := strconv.Atoi(e.Code)
	if err != nil {
		return false
	}
	switch n & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return true
	}
	return false
}

// cleanError turns a driver's error into one of ours. Errors that are not a
// driver's pass through.
func cleanError(err error) error {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var lite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &connect):
		return connectError(connect)
	case errors.As(err, &pg):
		return postgresError(pg)
	case errors.As(err, &lite):
		return sqliteError(lite)
	}
	return err
}

func postgresError(e *pgconn.PgError) error {
	switch {
	case e.Code == "23505": // unique_violation
		return ErrExists
	case len(e.Code) == 5 && e.Code[:2] == "22": // data exceptions quote the value
		return &DatabaseError{e.Code, "a value does not fit its column"}
	case e.Code == "57014": // query_canceled
		return fmt.Errorf("the database cancelled the statement: %w", context.Canceled)
	case e.ConstraintName != "":
		return &DatabaseError{e.Code, "constraint " + e.ConstraintName}
	}
	return &DatabaseError{e.Code, e.Message}
}

func sqliteError(e *sqlite.Error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrExists
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("the database statement was interrupted: %w", context.Canceled)
	}
	return &DatabaseError{fmt.Sprint(e.Code()), sqlite.ErrorCodeString[e.Code()&0xff]}
}

// scanError is the error of a row that cannot be read. Whoever fails to convert
// a value quotes it. SQLite keeps text in a column of numbers if it is told to.
func scanError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &DatabaseError{"scan", "a stored value is not what its column should hold"}
}

// connectError keeps the cause and drops pgx's list of host, user and database.
func connectError(e *pgconn.ConnectError) error {
	var pg *pgconn.PgError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(e, &pg):
		return fmt.Errorf("cannot connect to the database: %w", postgresError(pg))
	case errors.As(e, &dns):
		return errors.New("cannot connect to the database: its host is not known") // net's words name it
	case errors.As(e, &op) && op.Err != nil:
		return fmt.Errorf("cannot connect to the database: %w", op.Err)
	case errors.Is(e, context.DeadlineExceeded), errors.Is(e, os.ErrDeadlineExceeded):
		return errors.New("cannot connect to the database: timed out")
	}
	return errors.New("cannot connect to the database")
}
