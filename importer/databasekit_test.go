package importer

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

	"github.com/go-sql-driver/mysql"

	"usher/importer/database"
	"usher/importer/table"
	"usher/store"
	"usher/store/storetest"
)

// origin is a database that a test reads applicants from.
type origin struct {
	*testing.T
	kind, url string
	db        *sql.DB
}

// eachOrigin runs a test with each kind of source, into a store of its own.
func eachOrigin(t *testing.T, test func(t *testing.T, o *origin, w *world)) {
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
			test(t, &origin{t, kind, address, db}, newWorld(t, openSQLite(t)))
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

func (o *origin) exec(query string) {
	o.Helper()
	if _, err := o.db.Exec(query); err != nil {
		o.Fatalf("%s: %v", query, err)
	}
}

// people makes a table of persons and fills it with those from one number to
// another. The hour of a row's time is its number.
func (o *origin) people() {
	o.exec(`CREATE TABLE people (id BIGINT PRIMARY KEY, first VARCHAR(50), last VARCHAR(50), mail VARCHAR(100), mobile VARCHAR(50),
updated_at ` + o.timestamp() + `, note VARCHAR(20))`)
}

func (o *origin) timestamp() string {
	return map[string]string{"sqlite": "DATETIME", "postgres": "TIMESTAMPTZ", "mariadb": "DATETIME(6)"}[o.kind]
}

func (o *origin) add(from, to int) {
	o.Helper()
	series := fmt.Sprintf("WITH RECURSIVE s (n) AS (SELECT %d UNION ALL SELECT n + 1 FROM s WHERE n < %d)", from, to)
	row := map[string]string{
		"sqlite":   "SELECT n, 'Ann', 'Lee', 'ann.' || n || '@example.com', '+44770' || printf('%07d', 900000 + n), datetime('2024-01-01', n || ' hours'), '' FROM s",
		"postgres": "SELECT n, 'Ann', 'Lee', 'ann.' || n || '@example.com', '+44770' || lpad((900000 + n)::text, 7, '0'), '2024-01-01 00:00:00+00'::timestamptz + make_interval(hours => n), '' FROM s",
		"mariadb":  "SELECT n, 'Ann', 'Lee', concat('ann.', n, '@example.com'), concat('+44770', lpad(900000 + n, 7, '0')), '2024-01-01' + INTERVAL n HOUR, '' FROM s",
	}[o.kind]
	conn, err := o.db.Conn(o.Context())
	if err != nil {
		o.Fatal(err)
	}
	defer conn.Close()
	insert := series + " INSERT INTO people " + row
	if o.kind == "mariadb" {
		insert = "INSERT INTO people " + series + " " + row
		if _, err := conn.ExecContext(o.Context(), "SET max_recursive_iterations = 10000000"); err != nil {
			o.Fatal(err)
		}
	}
	if _, err := conn.ExecContext(o.Context(), insert); err != nil {
		o.Fatal(err)
	}
}

// query is a source of all the people, by the time they were changed.
func (o *origin) query() database.Query {
	return database.Query{
		Name: "hr", URL: o.url, SQL: "SELECT id, first, last, mail, mobile, updated_at FROM people WHERE updated_at > :mark",
		Columns:   map[string]string{"external_id": "id", "first_name": "first", "last_name": "LAST", "email": "mail", "phone": "mobile"},
		Watermark: "updated_at", Start: "2020-01-01",
	}
}

func (w *world) connect(q database.Query) *database.Source {
	w.Helper()
	d, err := database.Open(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = d.Close() })
	return d
}

func (w *world) stageQuery(q database.Query) (*Staged, error) {
	w.Helper()
	s, err := w.im.Stage(w.Context(), w.connect(q), w.options())
	if err == nil {
		w.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func (w *world) runQuery(q database.Query) *Staged {
	w.Helper()
	s, err := w.stageQuery(q)
	if err == nil {
		err = s.Activate(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) sourceMark() store.Mark {
	w.Helper()
	m, err := w.st.SourceMark(w.Context(), w.account, "hr")
	if err != nil {
		w.Fatal(err)
	}
	return m
}

// through returns the address of the origin by way of a proxy, which cuts
// every connection once so many bytes have come from the server.
func (o *origin) through(limit int64) string {
	o.Helper()
	u, err := url.Parse(o.url)
	if err != nil {
		o.Fatal(err)
	}
	q := u.Query()
	socket := q.Get("socket")
	network, server := "unix", socket
	if o.kind == "postgres" {
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

// refusedWith fails the test unless an error is for people and says all of the
// words and none of what must not be told.
func (w *world) refusedWith(err error, words ...string) {
	w.Helper()
	refused, ok := err.(*table.FileError)
	if !ok {
		w.Fatalf("%T: %v", err, err)
	}
	text := refused.Error() + "\n" + refused.Remedy
	for _, word := range append(words, "source hr: ") {
		if !strings.Contains(text, word) {
			w.Errorf("%q is not in: %s", word, text)
		}
	}
	for _, secret := range []string{"pass-word", "ann.", "127.0.0.1"} {
		if strings.Contains(text, secret) {
			w.Errorf("%q is in: %s", secret, text)
		}
	}
	if refused.Remedy == "" {
		w.Errorf("no remedy: %s", text)
	}
	w.Log(text)
}
