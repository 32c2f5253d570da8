package store

import (
	"context"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"
)

// Passing reports whether an error of the store may pass by itself, so that it
// is worth trying again: the server cannot be reached, restarts, fails over or
// is out of something, others are in the way, or one statement took longer than
// it was given. A command that was told to stop is no reason to go on.
func Passing(err error) bool {
	err = cleanError(err)
	var db *DatabaseError
	switch {
	case err == nil:
		return false
	case errors.As(err, &db):
		return db.Passing()
	case errors.Is(err, context.Canceled):
		return false
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// Passing reports whether the statement may succeed when it is run again: the
// server stops, starts, fails over or is out of something, or others were in
// the way. Codes are those of PostgreSQL's appendix A and of SQLite.
func (e *DatabaseError) Passing() bool {
	if e.sqlstate() {
		return passingState(e.Code)
	}
	switch e.sqlite() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	switch e.Code {
	case codeRefused, codeTimeout, codeUnreachable, codeHost, codeCut:
		return true
	}
	return false
}

// Ended reports whether all that is known is that the server, or whoever looks after it,
// ended the connection.
func (e *DatabaseError) Ended() bool {
	return e.Code == "57P01" || e.Code == "57P02" || e.Code == codeCut
}

// NoRoom reports whether the disk of the database is full.
func (e *DatabaseError) NoRoom() bool {
	return e.Code == "53100" || e.sqlite()&0xff == sqlite3.SQLITE_FULL || e.sqlite() == sqlite3.SQLITE_IOERR_SHMSIZE
}

// Misfit reports whether the statement and the tables do not fit together: what
// it names is not there, is there already, or does not take what it is given.
func (e *DatabaseError) Misfit() bool {
	if e.sqlstate() {
		return e.Code != "42501" && (e.Code[:2] == "42" || e.Code[:2] == "23")
	}
	kind := e.sqlite() & 0xff
	return kind == sqlite3.SQLITE_ERROR || kind == sqlite3.SQLITE_CONSTRAINT
}

// passingState tells of an SQLSTATE. A server that is promoted refuses writes
// for a moment (25006), and ends what idles in a transaction (25P03, 25P04).
func passingState(code string) bool {
	switch code[:2] {
	case "08", "40", "53", "55", "57", "58":
		return code != "57P04" // the database was dropped
	}
	return code == "25006" || code == "25P03" || code == "25P04"
}
