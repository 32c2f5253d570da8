package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// What to do in several cases.
const (
	remedyServer  = "see whether the database server runs and can be reached from here, and run the command again"
	remedySetting = "correct the database setting: 'usher doctor' shows it"
	remedyRights  = "have the owner of the database run 'usher migrate', or grant the user of the database setting CONNECT on the database, USAGE and CREATE on the schema, and SELECT, INSERT, UPDATE and DELETE on its tables"
)

// postgresError is what the server said. Its own words are passed on only where
// they are about our SQL and not about what is in the database.
func postgresError(e *pgconn.PgError) error {
	if e.Code == "23505" { // unique_violation
		return ErrExists
	}
	if says, remedy := stateWords(e.Code); says != "" {
		return &DatabaseError{e.Code, says, remedy}
	}
	if len(e.Code) != 5 {
		return &DatabaseError{e.Code, "the database refused the statement", ""}
	}
	if e.ConstraintName != "" {
		return &DatabaseError{e.Code, "the database refused the statement: constraint " + e.ConstraintName, ""}
	}
	if says, remedy := classWords(e.Code[:2]); says != "" {
		return &DatabaseError{e.Code, says, remedy}
	}
	switch e.Code[:2] {
	case "0A", "42", "54", "XX": // not supported, syntax and names, limits, internal
		return &DatabaseError{e.Code, "the database refused the statement: " + e.Message, ""}
	}
	return &DatabaseError{e.Code, "the database refused the statement", ""}
}

// CodeError is what a database means by an SQLSTATE or by one of SQLite's result codes,
// where nothing but that is known.
func CodeError(code string) error {
	if n := (&DatabaseError{Code: code}).sqlite(); n > 0 {
		says, remedy := resultWords(n)
		return &DatabaseError{code, says, remedy}
	}
	return postgresError(&pgconn.PgError{Code: code})
}

// stateWords are the sentence and the next step for an SQLSTATE that people
// meet (PostgreSQL's appendix A).
func stateWords(code string) (says, remedy string) {
	switch code {
	case "25006":
		return "the database only lets itself be read: its server is a replica, or set to read-only",
			"name the primary server in the database setting, or have default_transaction_read_only switched off for this user and database"
	case "42501":
		return "the database user lacks a right that usher needs", remedyRights
	case "3F000":
		return "the schema that usher's tables belong in does not exist", "create it, or set another search_path for the database user"
	case "42P01", "42703":
		return "a table or column that usher needs is not in the database",
			"run 'usher migrate'; if that finds nothing to do, something was removed: restore a backup"
	case "3D000":
		return "the server has no database of that name", "create it ('createdb NAME', encoding UTF8), or correct its name in the database setting"
	case "28P01":
		return "the database server does not accept the password", "correct the user or the password in the database setting"
	case "28000":
		return "the database server does not let this user in",
			"correct the user in the database setting, or have the server's pg_hba.conf and the user's LOGIN right looked at"
	case "57P03":
		return "the database server is starting up, shutting down or recovering", "wait until it is up, and run the command again"
	case "57P01", "57P02":
		return "the database server was shut down", remedyServer
	case "57P04":
		return "the database was dropped while it was in use", remedySetting
	case "57014":
		return "the database server stopped the statement: it took longer than the server allows, or its administrator did",
			"raise statement_timeout for the database user, and run the command again"
	case "22021", "22P05":
		return "the database's encoding has no place for a character", remedyEncoding
	case "XX001", "XX002":
		return "the database is damaged", "restore a backup"
	case "26000", "42P05":
		return "the database lost a prepared statement: a pooler between usher and the server gives its connections to others",
			"name the server itself in the database setting, or let the pooler keep prepared statements (PgBouncer: max_prepared_statements)"
	}
	return resourceWords(code)
}

// resourceWords are those for what the server is out of.
func resourceWords(code string) (says, remedy string) {
	switch code {
	case "53100":
		return "the disk of the database server is full", "make room on it, and run the command again"
	case "53200":
		return "the database server is out of memory", "run the command again when it has less to do"
	case "53300":
		return "the database server has no connection left for this user",
			"end other programs that use it, or raise max_connections or the limit of the user or database"
	case "58030":
		return "the database server cannot read or write its files", "have its disk looked at, and run the command again"
	case "55P03":
		return "another program keeps a lock on what usher needs in the database",
			"see which one (pg_locks, pg_stat_activity), such as a backup, a migration or an open transaction, and run the command again"
	case "40P01", "40001":
		return "others are at the same rows of the database", "run the command again"
	}
	return "", ""
}

// classWords are those for a class of SQLSTATEs, its first two characters.
func classWords(class string) (says, remedy string) {
	switch class {
	case "08":
		return "the connection to the database broke", remedyServer
	case "22": // data exceptions quote the value
		return "a value does not fit its column", ""
	case "28":
		return stateWords("28000")
	case "53":
		return "the database server is out of something that it needs", remedyServer
	case "57":
		return "the database server ended the statement", remedyServer
	case "58":
		return "the database server is in trouble with its system", "have its log looked at, and run the command again"
	}
	return "", ""
}

// connectError says why no connection was made. It drops pgx's list of host,
// user and database.
func connectError(e *pgconn.ConnectError) error {
	var pg *pgconn.PgError
	switch {
	case errors.As(e, &pg):
		return refusedEntry(e, pg)
	case errors.Is(e, context.Canceled):
		return context.Canceled
	}
	if tls := tlsError(e); tls != nil {
		return tls
	}
	return networkError(e)
}

// refusedEntry is the server's own no. An entry that is missing in pg_hba.conf
// has the code of an unknown user, but comes from another routine; without TLS
// it is mostly TLS that the server waits for.
func refusedEntry(e *pgconn.ConnectError, pg *pgconn.PgError) error {
	if pg.Code == "28000" && e.Config.TLSConfig == nil && pg.Routine != "InitializeSessionUserId" {
		return &DatabaseError{pg.Code, "the database server does not let this user in from here without TLS",
			"write sslmode=require in the database setting if the server offers TLS; else have an entry for the user, the database and this machine put into its pg_hba.conf"}
	}
	return postgresError(pg)
}

// tlsError is what went wrong with TLS, or nil. That a server does not offer it
// has no code and no type of its own in pgx, so its words are looked for.
func tlsError(e *pgconn.ConnectError) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	const trust = "name the authority's certificate with sslrootcert=FILE in the database setting"
	switch {
	case errors.As(e, &unknown):
		return &DatabaseError{codeCertificate, "the database server's TLS certificate does not verify: it is signed by an authority that is not known here", trust}
	case errors.As(e, &host):
		return &DatabaseError{codeCertificate, "the database server's TLS certificate does not verify: it was made for another host name", "write the host in the database setting as the certificate names it"}
	case errors.As(e, &invalid) && invalid.Reason == x509.Expired:
		return &DatabaseError{codeCertificate, "the database server's TLS certificate does not verify: it has expired, or is not valid yet", "have it renewed, or set this machine's clock"}
	case errors.As(e, &invalid), errors.As(e, &verify):
		return &DatabaseError{codeCertificate, "the database server's TLS certificate does not verify", trust}
	case errors.As(e, &alert):
		return &DatabaseError{codeTLS, "the database server broke off the TLS handshake", "see whether it wants a client certificate (sslcert and sslkey in the database setting)"}
	case errors.As(e, &record), insistsOnTLS(e.Config) && said(e, "server refused TLS connection"):
		return &DatabaseError{codeTLS, "the database server does not offer TLS, and the database setting wants it",
			"have TLS switched on at the server (ssl = on), or write sslmode=disable if the way to it is safe without"}
	}
	return nil
}

// insistsOnTLS reports whether the setting allows no connection without TLS. Where it
// does, a server that is shutting down refuses TLS first and then breaks off the other.
func insistsOnTLS(c *pgconn.Config) bool {
	return c.TLSConfig != nil && !slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
}

// said reports whether an error of a tree has just these words.
func said(err error, words string) bool {
	if err == nil || err.Error() == words {
		return err != nil
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return said(e.Unwrap(), words)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if said(inner, words) {
				return true
			}
		}
	}
	return false
}

// networkError is why the server was not reached, by the system's number.
func networkError(err error) error {
	const prefix = "cannot connect to the database: "
	var dns *net.DNSError
	var op *net.OpError
	socket := errors.As(err, &op) && op.Net == "unix"
	switch {
	case errors.As(err, &dns):
		return &DatabaseError{codeHost, prefix + "its host is not known", "correct the host in the database setting, or see to the name service"} // net's words name it
	case errors.Is(err, syscall.ENOENT) && socket:
		return &DatabaseError{codeRefused, prefix + "nothing listens on its socket", "start the database server, or correct the folder of its socket in the database setting"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &DatabaseError{codeRefused, prefix + "nothing listens there", "start the database server, or correct the host and the port in the database setting"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return &DatabaseError{codeTimeout, prefix + "timed out", "see whether the server is up and a firewall lets this machine through; connect_timeout in the database setting is how long is waited"}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return &DatabaseError{codeDenied, prefix + "this system does not allow it", "let this user use the server's socket, or the network"}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return &DatabaseError{codeUnreachable, prefix + "there is no way to its host", "see to the network, or correct the host in the database setting"}
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &DatabaseError{codeCut, prefix + "what answers there breaks the connection off", remedyServer}
	}
	return &DatabaseError{codeStranger, prefix + "what answers there does not speak as a PostgreSQL server does", "correct the host and the port in the database setting"}
}
