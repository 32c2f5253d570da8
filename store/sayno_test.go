package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"usher/store"
	"usher/store/storetest"
)

// no is what a database says that cannot be used.
type no struct{ dsn, words string }

// checkNo checks that opening and migrating ends in one of our sentences, with
// a next step, and without a secret.
func checkNo(t *testing.T, what string, c no) {
	t.Helper()
	err := migrate(c.dsn)
	var db *store.DatabaseError
	if !errors.As(err, &db) || db.Hint() == "" || !strings.Contains(db.Error(), c.words) {
		t.Errorf("%s: %v, want a sentence with %q and a remedy", what, err, c.words)
	}
	checkClean(t, what, err)
}

func TestSQLiteFilesThatSayNo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	damaged := strings.Repeat("\x00", 8192)
	whole, err := os.ReadFile(openClosed(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"text": strings.Repeat("not a database\n", 100), "damaged": string(whole[:4096]) + damaged + string(whole[4096+len(damaged):]),
	} {
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for what, err := range map[string]error{
		"link": os.Symlink(path("nowhere"), path("link")), "circle": os.Symlink(path("circle"), path("circle")),
		"folder": os.Mkdir(path("folder"), 0o700),
	} {
		if err != nil {
			t.Fatal(what, err)
		}
	}
	for what, c := range map[string]no{
		"text": {path("text"), "not a SQLite database"}, "damaged": {path("damaged"), "damaged"}, "link": {path("link"), "a link to a file that is not there"},
		"circle": {path("circle"), "round in a circle"}, "folder": {path("folder"), "is a folder"}, "device": {os.DevNull, "is a device"},
		"under a file": {filepath.Join(path("text"), "usher.db"), "is a file, not a folder"}, "no folder": {path("none/usher.db"), "does not exist"},
		"long name": {path(strings.Repeat("x", 300)), "no name that a file can have"},
	} {
		checkNo(t, what, no{"sqlite:" + c.dsn, c.words})
	}
}

// openClosed is the file of a database with our schema that nobody has open.
func openClosed(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usher.db")
	if err := migrate("sqlite:" + path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSQLiteReadOnly(t *testing.T) {
	t.Parallel()
	file, folder := openClosed(t), openClosed(t)
	err := errors.Join(os.Chmod(filepath.Dir(filepath.Dir(file)), 0o755), os.Chmod(file, 0o444), os.Chmod(filepath.Dir(file), 0o777),
		os.Chmod(folder, 0o666), os.Chmod(filepath.Dir(folder), 0o555))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(folder), 0o700) })
	storetest.AsOther(t, func() {
		checkNo(t, "file", no{"sqlite:" + file, "cannot be written"})
		checkNo(t, "folder", no{"sqlite:" + folder, "cannot be written"})
		checkNo(t, "new in folder", no{"sqlite:" + filepath.Join(filepath.Dir(folder), "new.db"), "cannot be entered or written"})
	})
}

// TestLookedAtOnly opens databases to look at: nothing is made, and nothing
// stays beside them.
func TestLookedAtOnly(t *testing.T) {
	t.Parallel()
	path := openClosed(t)
	st, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Look: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.TryWrite(t.Context(), func(context.Context, *store.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
	st.Close()
	if _, err := store.Open(t.Context(), "sqlite:"+filepath.Join(filepath.Dir(path), "other.db"), store.Options{Look: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestNewerDatabaseIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	path := openClosed(t)
	st := open(t, "sqlite:"+path)
	if _, err := st.SQL().Exec("INSERT INTO schema_version VALUES (999); PRAGMA journal_mode = DELETE"); err != nil {
		t.Fatal(err)
	}
	st.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var schema *store.SchemaError
	if err := migrate("sqlite:" + path); !errors.As(err, &schema) || schema.Have != 999 {
		t.Errorf("a newer database: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("it was changed (%v)", err)
	}
}

func TestPostgresThatSaysNo(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	name := "usher_secret_" + strings.ToLower(rand.Text())
	do := func(query string) {
		t.Helper()
		if _, err := conn.Exec(context.Background(), query); err != nil {
			t.Fatal(query, err)
		}
	}
	do("CREATE ROLE " + name + " LOGIN")
	do("CREATE ROLE " + name + "_ro LOGIN SUPERUSER")
	do("ALTER ROLE " + name + "_ro SET default_transaction_read_only = on")
	do("CREATE ROLE " + name + "_out NOLOGIN")
	do("CREATE ROLE " + name + "_full LOGIN CONNECTION LIMIT 0")
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		do("CREATE DATABASE " + name + encoding + " ENCODING '" + encoding + "' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	}
	t.Cleanup(func() {
		for _, rest := range []string{"LATIN1", "SQL_ASCII"} {
			do("DROP DATABASE " + name + rest)
		}
		for _, rest := range []string{"", "_ro", "_out", "_full"} {
			do("DROP ROLE " + name + rest)
		}
	})
	as := func(user string) string {
		return with(dsn, func(u *url.URL, q url.Values) { q.Set("user", user); u.User = nil })
	}
	set := func(key, value string) string {
		return with(dsn, func(_ *url.URL, q url.Values) { q.Set(key, value) })
	}
	in := func(database string) string {
		return with(dsn, func(u *url.URL, _ url.Values) { u.Path = "/" + database })
	}
	for what, c := range map[string]no{
		"read-only": {as(name + "_ro"), "SQLSTATE 25006"}, "no rights": {as(name), "SQLSTATE 42501"}, "no such user": {as(name + "_none"), "SQLSTATE 28000"},
		"no login": {as(name + "_out"), "SQLSTATE 28000"}, "no connection left": {as(name + "_full"), "SQLSTATE 53300"},
		"no database": {in(name + "_none"), "SQLSTATE 3D000"}, "no schema": {set("search_path", "nowhere"), "SQLSTATE 3F000"},
		"LATIN1": {in(strings.ToLower(name + "LATIN1")), "encoding"}, "SQL_ASCII": {in(strings.ToLower(name + "SQL_ASCII")), "encoding"},
		"sslmode": {set("sslmode", "secret"), "word for sslmode"}, "connect_timeout": {set("connect_timeout", "secret"), "connect_timeout"},
	} {
		checkNo(t, what, c)
	}
}

// with changes an address.
func with(dsn string, change func(u *url.URL, q url.Values)) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(err) // it was connected to
	}
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestServersThatSayNo(t *testing.T) {
	t.Parallel()
	address := func(at, rest string) string { return "postgres://secretuser:secretpassword@" + at + "/secretdb" + rest }
	for what, c := range map[string]no{
		"no TLS":     {address(answers(t, "N"), "?sslmode=require"), "does not offer TLS"},
		"a stranger": {address(answers(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), "?sslmode=disable"), "does not speak as a PostgreSQL server"},
		"hung up":    {address(answers(t, ""), "?sslmode=disable"), "breaks the connection off"},
		"no file":    {address(refusing(t), "?sslmode=verify-ca&sslrootcert=/nowhere/secret"), "certificate"},
		"no socket":  {"postgres:///secretdb?host=/nowhere/secret", "nothing listens on its socket"},
		"no host":    {address("secret.invalid", ""), "host is not known"},
		"refused":    {address(refusing(t), ""), "nothing listens there"},
		"starting":   {address(answers(t, serverError("57P03")), "?sslmode=disable"), "SQLSTATE 57P03"},
		"password":   {address(answers(t, serverError("28P01")), "?sslmode=disable"), "SQLSTATE 28P01"},
		"TLS wanted": {address(answers(t, serverError("28000")), "?sslmode=disable"), "without TLS"},
	} {
		checkNo(t, what, c)
	}
}

// serverError is an error as a server sends it (PostgreSQL, "Message Formats").
func serverError(code string) string {
	fields := "SFATAL\x00C" + code + "\x00Msecret words of the server\x00\x00"
	return "E" + string([]byte{0, 0, 0, byte(4 + len(fields))}) + fields
}

// answers is the address of a server that reads a little, says something, and
// hangs up.
func answers(t *testing.T, words string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024))
			_, _ = fmt.Fprint(c, words)
			_ = c.Close()
		}
	}()
	return listener.Addr().String()
}

// refusing is an address at which nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
