package database

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"usher/importer/table"
)

// engine holds what the kinds of databases do differently.
type engine struct {
	name        string
	placeholder string
	repeats     bool   // each placeholder takes an argument of its own
	numbers     bool   // a whole number must be bound as one
	times       string // how a time must be written, if not by RFC 3339
	begin       *sql.TxOptions
}

const sqliteKind = "sqlite"

var (
	// One snapshot for the whole of the query. Serializable would be no
	// better for a lone SELECT, and it could fail.
	readOnly       = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	postgresEngine = &engine{name: "postgresql", placeholder: "$1", begin: readOnly}
	mysqlEngine    = &engine{name: "mysql", placeholder: "?", repeats: true, numbers: true, times: "2006-01-02 15:04:05.999999", begin: readOnly}
	sqliteEngine   = &engine{name: sqliteKind, placeholder: "?1", numbers: true, begin: &sql.TxOptions{ReadOnly: true}}
)

// args are the arguments of a query that uses the mark so many times.
func (d *engine) args(mark any, uses int) []any {
	if !d.repeats {
		uses = min(uses, 1)
	}
	return slices.Repeat([]any{mark}, uses)
}

// connector makes a handle; nothing is connected yet. The zone becomes the one of the
// connection, for a database that has such a thing.
func connector(address string, zone *string) (*engine, *sql.DB, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		db, err := sqliteHandle(rest)
		return sqliteEngine, db, err
	case "postgres", "postgresql":
		db, err := postgresHandle(address, zone)
		return postgresEngine, db, err
	case "mysql", "mariadb":
		db, err := mysqlHandle(address)
		return mysqlEngine, db, err
	}
	return nil, nil, badAddress()
}

func badAddress() error {
	return table.Refuse("write sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME as the source's url in usher.yaml",
		"the address of the database is not one that can be understood")
}

func sqliteHandle(path string) (*sql.DB, error) {
	// SQLite would say no more than that it cannot open it, or wait.
	info, err := os.Stat(path)
	if err != nil {
		return nil, table.Refuse("check the path in the source's url in usher.yaml", "there is no such database file")
	}
	if !info.Mode().IsRegular() {
		return nil, table.Refuse("name a database file in the source's url in usher.yaml", "what its url names is a folder, a device or a pipe, not a database file")
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)"}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, badAddress()
	}
	return sql.OpenDB(c), nil
}

func postgresHandle(address string, zone *string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, badAddress() // its words show the address
	}
	c.RuntimeParams["application_name"] = "usher"
	c.RuntimeParams["client_encoding"] = "UTF8" // whatever the database is kept in
	return stdlib.OpenDB(*c, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		*zone = conn.PgConn().ParameterStatus("TimeZone")
		return nil
	})), nil
}

func mysqlHandle(address string) (*sql.DB, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, badAddress() // its words show the address
	}
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr = "tcp", u.Host
	if u.Port() == "" {
		c.Addr = u.Hostname() + ":3306"
	}
	if socket := u.Query().Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	c.DBName = strings.Trim(u.Path, "/")
	c.TLSConfig = u.Query().Get("tls")
	c.Timeout = connectWithin
	c.ParseTime, c.Loc = true, time.UTC
	c.Params = map[string]string{"time_zone": "'+00:00'"}
	c.Logger = &mysql.NopLogger{} // it would write to standard error by itself
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, badAddress()
	}
	return sql.OpenDB(connector), nil
}

// parsedBySQLite reports whether the driver would turn texts of such a column
// into times. They would not come back as they were, so a mark made of one
// could not be compared in the query.
func parsedBySQLite(dbType string) bool {
	return dbType == "DATE" || dbType == "DATETIME" || dbType == "TIMESTAMP"
}

// unparsed makes the columns of a query expressions, which have no declared
// type. A unary plus changes no value.
func unparsed(query string, names []string) string {
	columns := make([]string, len(names))
	for i, name := range names {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		columns[i] = "+" + quoted + " AS " + quoted
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM (\n" + query + "\n)"
}

// textOf writes a value exactly, and reports whether it is text at all.
func textOf(value any, dbType string) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, utf8.ValidString(v)
	case []byte:
		if dbType == "BIT" {
			return strconv.FormatUint(bits(v), 10), len(v) <= 8
		}
		return string(v), utf8.Valid(v)
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		if dbType == "FLOAT4" {
			return floatText(v, 32), !math.IsInf(v, 0) && !math.IsNaN(v)
		}
		return floatText(v, 64), !math.IsInf(v, 0) && !math.IsNaN(v)
	case float32:
		return floatText(float64(v), 32), !math.IsInf(float64(v), 0) && !math.IsNaN(float64(v))
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return timeText(v, dbType), true
	}
	return fmt.Sprint(value), true
}

// exact is from where on a float has no room for every digit, by its bits.
var exact = map[int]float64{32: 1 << 24, 64: 1 << 53}

// floatText writes a number that may have lost digits with its exponent, so that
// it is not taken for a phone number which has them all.
func floatText(v float64, bits int) string {
	if math.Abs(v) > exact[bits] {
		return strconv.FormatFloat(v, 'E', -1, bits)
	}
	return strconv.FormatFloat(v, 'f', -1, bits)
}

func timeText(t time.Time, dbType string) string {
	switch {
	case t.IsZero(): // MySQL's 0000-00-00
		return ""
	case dbType == "DATE":
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// bits is the number that MySQL's BIT holds.
func bits(b []byte) uint64 {
	var all [8]byte
	if len(b) <= len(all) {
		copy(all[len(all)-len(b):], b)
	}
	return binary.BigEndian.Uint64(all[:])
}

// ended reports whether an error is that ctx has ended.
func ended(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
