package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"usher/importer/table"
	"usher/importer/value"
)

// maxDriverWords is how much is quoted of what a database says of a query, in
// characters.
const maxDriverWords = 160

// refuse refuses the source whole.
func (d *Source) refuse(remedy, problem string, args ...any) error {
	e := table.Refuse(remedy, problem, args...)
	e.Name = d.Path()
	return e
}

// Refused completes an error. One without a name is about the header, which
// was found wrong as that of a file.
func (d *Source) Refused(err error) error {
	var e *table.FileError
	if !errors.As(err, &e) || e.Name != "" {
		return err
	}
	e.Name = d.Path()
	if strings.Contains(e.Remedy, "--map") || strings.HasPrefix(e.Problem, "the file has") || strings.HasPrefix(e.Problem, "the first rows of the file") {
		e.Problem = strings.Replace(strings.Replace(e.Problem, "the first rows of the file name none", "the query returns none", 1), "the file", "the query", 1)
		e.Problem = strings.Replace(e.Problem, "; the first one has:", "; it returns:", 1)
		e.Remedy = fmt.Sprintf("name the columns in the query (SELECT mail AS email), or map them: sources.%s.columns in usher.yaml", d.q.Name)
	}
	return err
}

// failed turns a driver's error into one without addresses, passwords and
// values. A driver's own words may quote any of them, so few are passed on.
func (d *Source) failed(ctx context.Context, err error) error {
	if d.quiet.ended() {
		return d.refuse(fmt.Sprintf("see whether its database is overloaded, locked or behind a firewall that drops connections, and make the query quicker; or raise sources.%s.timeout in usher.yaml", d.q.Name),
			"its database sent nothing for %s, and was given up; nothing was stored", d.quiet.most)
	}
	if why := ended(ctx); why != nil && !errors.Is(why, context.DeadlineExceeded) {
		return why
	}
	address := fmt.Sprintf("check sources.%s.url in usher.yaml, and that the database can be reached from here", d.q.Name)
	query := fmt.Sprintf("correct sources.%s.query in usher.yaml; nothing was stored", d.q.Name)
	again := "nothing was stored; try again when the database can be reached"
	var pg *pgconn.PgError
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg):
		return d.postgresFailed(pg, address, query, again)
	case errors.As(err, &my):
		return d.mysqlFailed(my, address, query, again)
	case errors.As(err, &lite):
		return d.sqliteFailed(lite, query)
	}
	if d.rows == nil && d.tx == nil {
		return d.refuse(address, "cannot connect to its database%s", netWords(err))
	}
	if cut(err) {
		return d.refuse(again, "the connection to its database was cut")
	}
	return d.refuse(query, "a value that the query returned cannot be read")
}

// cut reports whether an error is a lost connection.
func cut(err error) bool {
	var op net.Error
	return errors.As(err, &op) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, mysql.ErrMalformPkt)
}

// netWords says why no connection was made, without the address.
func netWords(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return ": timed out"
	case errors.As(err, &dns):
		return ": its host is not known"
	case errors.As(err, &op) && op.Err != nil:
		if e := new(os.SyscallError); errors.As(op.Err, &e) {
			return ": " + e.Err.Error()
		}
	}
	return ""
}

func (d *Source) postgresFailed(e *pgconn.PgError, address, query, again string) error {
	switch e.Code[:min(2, len(e.Code))] {
	case "28":
		return d.refuse(address, "the database does not accept the user name or the password (%s)", e.Code)
	case "3D":
		return d.refuse(address, "there is no such database (%s)", e.Code)
	case "57":
		if e.Code == "57014" {
			return d.refuse(again, "the database stopped the query, or a time limit of its own did (%s)", e.Code)
		}
		return d.refuse(again, "the database ended the connection (%s)", e.Code)
	case "08", "53":
		return d.refuse(again, "the database ended the connection (%s)", e.Code)
	case "42": // of the query alone; other classes quote values
		return d.refuse(query, "the query failed: %s (%s)", value.Clip(e.Message, maxDriverWords), e.Code)
	case "25":
		return d.refuse(query, "the query would write, and it may only read (%s)", e.Code)
	case "22":
		return d.refuse(query, "the query failed: a value does not fit its type; if it uses :mark, start must have the type of the watermark column (%s)", e.Code)
	}
	return d.refuse(query, "the query failed (%s)", e.Code)
}

func (d *Source) mysqlFailed(e *mysql.MySQLError, address, query, again string) error {
	switch e.Number {
	case 1044, 1045, 1698:
		return d.refuse(address, "the database does not accept the user name or the password (%d)", e.Number)
	case 1049:
		return d.refuse(address, "there is no such database (%d)", e.Number)
	case 1040, 1053, 1203, 1226, 1927:
		return d.refuse(again, "the database ended the connection (%d)", e.Number)
	case 1317, 1969, 3024:
		return d.refuse(again, "the database stopped the query, or a time limit of its own did (%d)", e.Number)
	case 1054, 1064, 1146: // of the query alone
		return d.refuse(query, "the query failed: %s (%d)", value.Clip(e.Message, maxDriverWords), e.Number)
	case 1792:
		return d.refuse(query, "the query would write, and it may only read (%d)", e.Number)
	case 1142, 1143:
		return d.refuse(query, "the user may not read what the query asks for (%d)", e.Number)
	}
	return d.refuse(query, "the query failed (%d)", e.Number)
}

func (d *Source) sqliteFailed(e *sqlite.Error, query string) error {
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_ERROR:
		return d.refuse(query, "the query failed: %s", value.Clip(strings.TrimPrefix(e.Error(), "SQL logic error: "), maxDriverWords))
	case sqlite3.SQLITE_READONLY:
		return d.refuse(query, "the query would write, and it may only read (%d)", e.Code())
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return d.refuse("nothing was stored; try again", "another program has the database locked (%d)", e.Code())
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN:
		return d.refuse(fmt.Sprintf("check sources.%s.url in usher.yaml", d.q.Name), "the file is no database that can be read (%d)", e.Code())
	}
	return d.refuse(query, "the query failed (%d)", e.Code())
}
