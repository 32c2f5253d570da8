// Package databasetest makes databases for tests, of each kind that a source may
// be, with people in them.
package databasetest

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"usher/importer/table"
	"usher/store/storetest"
)

// Origin is a database that a test reads applicants from.
type Origin struct {
	*testing.T
	Kind, URL string
	db        *sql.DB
}

// Each runs a test with each kind of source.
func Each(t *testing.T, test func(t *testing.T, o *Origin)) {
	for kind, open := range map[string]func(t *testing.T) (string, *sql.DB){
		"sqlite": func(t *testing.T) (string, *sql.DB) {
			path := filepath.Join(t.TempDir(), "hr people.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			return "sqlite:" + path, db
		},
		"postgres": func(t *testing.T) (string, *sql.DB) {
			address := storetest.Postgres(t)
			return openOrigin(t, "pgx", address, address)
		},
		"mariadb": func(t *testing.T) (string, *sql.DB) { return openMariaDB(t, storetest.MariaDB(t)) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			address, db := open(t)
			t.Cleanup(func() { _ = db.Close() })
			test(t, &Origin{t, kind, address, db})
		})
	}
}

// openOrigin opens the database of a server by the server's own driver.
func openOrigin(t *testing.T, driver, address, name string) (string, *sql.DB) {
	t.Helper()
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	return address, db
}

// openMariaDB opens a database by the socket of its server.
func openMariaDB(t *testing.T, address string) (string, *sql.DB) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "unix", u.Query().Get("socket"), strings.Trim(u.Path, "/")
	return openOrigin(t, "mysql", address, c.FormatDSN())
}

// Exec runs a statement in the database.
func (o *Origin) Exec(query string) {
	o.Helper()
	if _, err := o.db.Exec(query); err != nil {
		o.Fatalf("%s: %v", query, err)
	}
}

// People makes a table of persons.
func (o *Origin) People() {
	o.Exec(`CREATE TABLE people (id BIGINT PRIMARY KEY, first VARCHAR(50), last VARCHAR(50), mail VARCHAR(100), mobile VARCHAR(50),
updated_at ` + o.timestamp() + `, note VARCHAR(20))`)
}

func (o *Origin) timestamp() string {
	return map[string]string{"sqlite": "DATETIME", "postgres": "TIMESTAMPTZ", "mariadb": "DATETIME(6)"}[o.Kind]
}

// Add adds the persons from one number to another. The hour of a row's time is its
// number.
func (o *Origin) Add(from, to int) {
	o.Helper()
	series := fmt.Sprintf("WITH RECURSIVE s (n) AS (SELECT %d UNION ALL SELECT n + 1 FROM s WHERE n < %d)", from, to)
	row := map[string]string{
		"sqlite":   "SELECT n, 'Ann', 'Lee', 'ann.' || n || '@example.com', '+44770' || printf('%07d', 900000 + n), datetime('2024-01-01', n || ' hours'), '' FROM s",
		"postgres": "SELECT n, 'Ann', 'Lee', 'ann.' || n || '@example.com', '+44770' || lpad((900000 + n)::text, 7, '0'), '2024-01-01 00:00:00+00'::timestamptz + make_interval(hours => n), '' FROM s",
		"mariadb":  "SELECT n, 'Ann', 'Lee', concat('ann.', n, '@example.com'), concat('+44770', lpad(900000 + n, 7, '0')), '2024-01-01' + INTERVAL n HOUR, '' FROM s",
	}[o.Kind]
	conn, err := o.db.Conn(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	defer conn.Close()
	insert := series + " INSERT INTO people " + row
	if o.Kind == "mariadb" {
		insert = "INSERT INTO people " + series + " " + row
		if _, err := conn.ExecContext(o.Context(), "SET max_recursive_iterations = 10000000"); err != nil {
			o.Fatal(err)
		}
	}
	if _, err := conn.ExecContext(o.Context(), insert); err != nil {
		o.Fatal(err)
	}
}

// AddAt adds the person of a number, with a time of its own.
func (o *Origin) AddAt(n int, at time.Time) {
	o.Helper()
	o.AddLate(n, at)()
}

// AddLate begins to add the person of a number with a time, and returns what ends it:
// until then nobody sees that person. SQLite has one writer at a time, so there
// it is all done at the end.
func (o *Origin) AddLate(n int, at time.Time) (end func()) {
	o.Helper()
	if o.Kind == "sqlite" {
		return func() { o.Exec(o.personAt(n, at)) }
	}
	tx, err := o.db.Begin()
	if err == nil {
		// One that is left open would keep the database from being removed.
		o.Cleanup(func() { _ = tx.Rollback() })
		_, err = tx.Exec(o.personAt(n, at))
	}
	if err != nil {
		o.Error(err) // a test may call this beside itself
		return func() {}
	}
	return func() {
		if err := tx.Commit(); err != nil {
			o.Error(err)
		}
	}
}

func (o *Origin) personAt(n int, at time.Time) string {
	form := "2006-01-02 15:04:05.000000"
	if o.Kind == "postgres" {
		form += "Z07:00"
	}
	return fmt.Sprintf("INSERT INTO people VALUES (%d, 'Ann', 'Lee', 'ann.%d@example.com', '+44770%07d', '%s', '')", n, n, 900000+n, at.UTC().Format(form))
}

// Through returns the address of the origin by way of a proxy, which cuts
// every connection once so many bytes have come from the server.
func (o *Origin) Through(limit int64) string {
	o.Helper()
	u, err := url.Parse(o.URL)
	if err != nil {
		o.Fatal(err)
	}
	q := u.Query()
	socket := q.Get("socket")
	network, server := "unix", socket
	if o.Kind == "postgres" {
		network, server = postgresServer(u)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { _ = listener.Close() })
	go proxy(o.Context(), listener, network, server, limit)
	for _, name := range []string{"socket", "host", "port"} {
		q.Del(name)
	}
	u.Host, u.RawQuery = listener.Addr().String(), q.Encode()
	if u.User == nil {
		u.User = url.User(q.Get("user"))
	}
	return u.String()
}

func postgresServer(u *url.URL) (network, address string) {
	host, port := u.Query().Get("host"), u.Query().Get("port")
	if strings.HasPrefix(host, "/") {
		return "unix", filepath.Join(host, ".s.PGSQL."+port)
	}
	return "tcp", u.Host
}

func proxy(ctx context.Context, l net.Listener, network, server string, limit int64) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			var d net.Dialer
			conn, err := d.DialContext(ctx, network, server)
			if err != nil {
				return
			}
			defer conn.Close()
			go func() { _, _ = io.Copy(conn, client) }()
			_, _ = io.CopyN(client, conn, limit)
		}()
	}
}

// RefusedWith fails the test unless an error is for people and says all of the
// words and none of what must not be told.
func RefusedWith(tb testing.TB, err error, words ...string) {
	tb.Helper()
	refused, ok := err.(*table.FileError)
	if !ok {
		tb.Fatalf("%T: %v", err, err)
	}
	text := refused.Error() + "\n" + refused.Remedy
	for _, word := range append(words, "source hr: ") {
		if !strings.Contains(text, word) {
			tb.Errorf("%q is not in: %s", word, text)
		}
	}
	for _, secret := range []string{"pass-word", "ann.", "127.0.0.1"} {
		if strings.Contains(text, secret) {
			tb.Errorf("%q is in: %s", secret, text)
		}
	}
	if refused.Remedy == "" {
		tb.Errorf("no remedy: %s", text)
	}
	tb.Log(text)
}
