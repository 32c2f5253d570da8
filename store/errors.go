package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrNotFound means that no row matches.
var ErrNotFound = errors.New("not found")

// ErrExists means that a row with this key is there already.
var ErrExists = errors.New("exists already")

// DatabaseError is why the database did not do what was asked, in words for a
// person and without anything of what was stored: a driver's own words can
// quote a value, and a value can be a person's data. Nor do they name a host,
// a user or a database.
type DatabaseError struct {
	Code    string // SQLSTATE, SQLite's extended result code, or one of ours where there is neither
	Message string // words that hold no value
	Remedy  string // what to do next, or empty
}

// Codes of ours, for what is found out before any database has said a word, or
// after the last.
const (
	codeRefused     = "refused"     // nothing listens there
	codeTimeout     = "timeout"     // no answer in time
	codeUnreachable = "unreachable" // no way there
	codeHost        = "host"        // the name is not known
	codeCut         = "cut"         // the connection broke
	codeDenied      = "denied"      // the system does not let us
	codeTLS         = "tls"         // the two sides do not agree on TLS
	codeCertificate = "certificate" // the server is not proved to be the one that was meant
	codeStranger    = "stranger"    // what answers is no PostgreSQL server
	codeAddress     = "address"     // the database setting is not right
	codeEncoding    = "encoding"    // the database cannot hold every name
	codeFile        = "file"        // the file cannot be used
	codeScan        = "scan"        // a stored value cannot be read
)

func (e *DatabaseError) Error() string {
	switch {
	case e.sqlstate():
		return e.Message + " (SQLSTATE " + e.Code + ")"
	case e.sqlite() > 0:
		return e.Message + " (SQLite result code " + e.Code + ")"
	}
	return e.Message
}

// Hint is what a person can do about it.
func (e *DatabaseError) Hint() string { return e.Remedy }

// runAgain ends the next step of what passes, for a person at a command.
const runAgain = "run the command again"

// Meanwhile is what a person can do about it while the work tries again by itself;
// empty if that is nothing but to wait.
func (e *DatabaseError) Meanwhile() string {
	step := strings.TrimSuffix(e.Remedy, ", and "+runAgain)
	if strings.HasPrefix(step, runAgain) {
		return ""
	}
	return step
}

// sqlstate reports whether the code is PostgreSQL's: five digits and capitals.
func (e *DatabaseError) sqlstate() bool {
	for _, c := range e.Code {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(e.Code) == 5
}

// sqlite is SQLite's result code, or 0.
func (e *DatabaseError) sqlite() int {
	n, err := strconv.Atoi(e.Code)
	if err != nil || e.sqlstate() {
		return 0
	}
	return n
}

// Clean turns a driver's error into one of ours, for what runs on a native
// connection that the store has lent. Errors that are not a driver's pass
// through.
func Clean(err error) error { return cleanError(err) }

// cleanError turns a driver's error into one of ours. Errors that are not a
// driver's pass through.
func cleanError(err error) error {
	var ours *DatabaseError
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var lite *sqlite.Error
	switch {
	case err == nil, errors.As(err, &ours):
		return err
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &connect):
		return connectError(connect)
	case errors.As(err, &pg):
		return postgresError(pg)
	case errors.As(err, &lite):
		return sqliteError(lite)
	case pgconn.Timeout(err):
		return timeoutError(err)
	case isCut(err):
		return &DatabaseError{codeCut, "the connection to the database broke", remedyServer}
	}
	return err
}

// timeoutError is the end of a statement's own time, or of the whole command.
func timeoutError(err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("the database statement was given up: %w", context.Canceled)
	}
	return fmt.Errorf("the database did not answer in time: %w", context.DeadlineExceeded)
}

// isCut reports whether an error is a lost connection. The words of the network
// name its two ends.
func isCut(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

// scanError is the error of a row that cannot be read. Whoever fails to convert
// a value quotes it. SQLite keeps text in a column of numbers if it is told to.
func scanError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &DatabaseError{codeScan, "a stored value is not what its column should hold", ""}
}
