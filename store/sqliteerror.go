package store

import (
	"context"
	"fmt"
	"strconv"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteError is what SQLite said, by its extended result code. It has no words
// of its own that help: what is not there, or misspelt, is its "generic error".
func sqliteError(e *sqlite.Error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrExists
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("the database statement was interrupted: %w", context.Canceled)
	}
	says, remedy := resultWords(e.Code())
	return &DatabaseError{strconv.Itoa(e.Code()), says, remedy}
}

// resultWords are the sentence and the next step for a result code.
func resultWords(code int) (says, remedy string) {
	switch code {
	case sqlite3.SQLITE_READONLY_DBMOVED:
		return "the database file was moved, replaced or removed while it was in use", "put it back, and run the command again"
	case sqlite3.SQLITE_IOERR_SHMSIZE: // the file beside the database cannot grow
		return primaryWords(sqlite3.SQLITE_FULL)
	case sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN:
		return "the file that SQLite keeps beside the database (-shm) cannot be used: its file system cannot share memory", "keep the database on a disk of this machine"
	case sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_SHMLOCK, sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_IOERR_UNLOCK:
		return "the file system that the database is on cannot lock files", "keep the database on a disk of this machine"
	case sqlite3.SQLITE_READONLY_DIRECTORY, sqlite3.SQLITE_READONLY_CANTINIT, sqlite3.SQLITE_READONLY_RECOVERY, sqlite3.SQLITE_READONLY_CANTLOCK:
		return "the folder of the database cannot be written, and SQLite keeps files beside the database", remedyFolder
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER, sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return "a value does not fit its column", ""
	}
	return primaryWords(code & 0xff)
}

// primaryWords are those for the kind of a result code.
func primaryWords(code int) (says, remedy string) {
	switch code {
	case sqlite3.SQLITE_ERROR:
		return "a table or column that usher needs is not in the database, or not as it should be",
			"run 'usher migrate'; if that finds nothing to do, something was removed: restore a backup"
	case sqlite3.SQLITE_READONLY:
		return "the database file cannot be written", remedyWritable
	case sqlite3.SQLITE_CANTOPEN:
		return "the database file, or one that SQLite keeps beside it, cannot be opened", remedyFolder
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return "the system does not let usher use the database file", remedyWritable
	case sqlite3.SQLITE_NOTADB:
		return "the file is not a SQLite database, or is encrypted", remedySetting
	case sqlite3.SQLITE_CORRUPT:
		return "the database file is damaged", "restore a backup; 'sqlite3 FILE .recover' may save what is still there"
	case sqlite3.SQLITE_FULL:
		return "the disk that the database is on is full", "make room on it, and run the command again"
	case sqlite3.SQLITE_IOERR:
		return "the database file cannot be read or written: its disk or file system does not do what it is told", "have the disk looked at, and run the command again"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return "another program has had the database locked for too long", "see which other program has the file open (backups, database browsers), and run the command again"
	case sqlite3.SQLITE_NOMEM:
		return "there is not enough memory for the database", "run the command again when there is more"
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE:
		return "a value does not fit its column", ""
	case sqlite3.SQLITE_SCHEMA:
		return "the database's tables were changed while they were in use", "run the command again"
	}
	return "SQLite refused the statement", ""
}
