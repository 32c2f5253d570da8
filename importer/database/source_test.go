package database

import (
	"fmt"
	"io"
	"os"
	"testing"

	"usher/importer/database/databasetest"
	"usher/importer/table"
	"usher/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestConnect(t *testing.T) {
	t.Parallel()
	for address, word := range map[string]string{
		"postgres://ann.lee:pass-word@127.0.0.1:1/hr":            "connection refused",
		"mysql://ann.lee:pass-word@127.0.0.1:1/hr":               "connection refused",
		"mysql://ann.lee:pass-word@nowhere.invalid/hr":           "cannot connect",
		"postgres://ann.lee:pass-word@nowhere.invalid/hr":        "cannot connect",
		"sqlite:" + t.TempDir() + "/none.db":                     "no such database file",
		"postgres://ann.lee:pass-word@127.0.0.1:port/pass-word%": "cannot be understood",
	} {
		_, err := Open(t.Context(), Query{Name: "hr", URL: address})
		if word == "cannot be understood" {
			word = "can be understood"
		}
		databasetest.RefusedWith(t, err, word)
	}
}

// Values are the text that a person would write.
func TestValues(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, o *databasetest.Origin) {
		texts := map[string][][2]string{
			"sqlite": {{"447700900123", "447700900123"}, {"447700900123.0", "447700900123"}, {"'007'", "007"}, {"NULL", ""}, {"x'4c'", "L"}, {"0.1", "0.1"}},
			"postgres": {{"447700900123", "447700900123"}, {"447700900123::float8", "447700900123"}, {"447700900123::real", "4.477009E+11"}, {"12345678901234567890.120::numeric", "12345678901234567890.120"},
				{"true", "true"}, {"NULL::int", ""}, {"'2024-02-29'::date", "2024-02-29"}, {"'2024-02-29 12:00:00.5+02'::timestamptz", "2024-02-29T10:00:00.5Z"},
				{"'2024-02-29 12:00'::timestamp", "2024-02-29T12:00:00Z"}, {"'L'::bytea", "L"}, {"'12:30'::time", "12:30:00"},
				{"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
			"mariadb": {{"447700900123", "447700900123"}, {"447700900123e0", "447700900123"}, {"CAST('12345678901234567.120' AS DECIMAL(30,3))", "12345678901234567.120"},
				{"TRUE", "1"}, {"NULL", ""}, {"DATE'2024-02-29'", "2024-02-29"}, {"TIMESTAMP'2024-02-29 12:00:00.5'", "2024-02-29T12:00:00.5Z"},
				{"CAST(18446744073709551615 AS UNSIGNED)", "18446744073709551615"}, {"'\u05d0\U0001F600'", "\u05d0\U0001F600"}},
		}[o.Kind]
		o.People() // SQLite makes its file when it has something to keep
		query := "SELECT "
		for i, c := range texts {
			query += fmt.Sprintf("%s AS c%d, ", c[0], i)
		}
		d, err := Open(t.Context(), Query{Name: "hr", URL: o.URL, SQL: query + "'x' AS last"})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		rows, err := d.Begin(t.Context(), table.Wish{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, cells, err := rows.Next(); err != nil || n != 1 || cells[0] != "c0" {
			t.Fatalf("header %d %q %v", n, cells, err)
		}
		n, cells, err := rows.Next()
		if err != nil || n != 2 {
			t.Fatal(n, err)
		}
		for i, c := range texts {
			if cells[i] != c[1] {
				t.Errorf("%s is %q, want %q", c[0], cells[i], c[1])
			}
		}
		if _, _, err := rows.Next(); err != io.EOF {
			t.Error(err)
		}
	})
}
