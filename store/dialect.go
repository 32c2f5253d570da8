package store

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"usher/migrations"
)

// dialect holds what the two databases write differently. A query is put
// together from these words when the package starts to use it; it never asks
// which database it is on.
type dialect struct {
	list          func([]string) (any, error)     // $1 of among
	among         func(column string) string      // whether a column is in the list that is $1
	now           string                          // the database's clock, as a timestamp
	nowMicros     string                          // the same, in microseconds since 1970
	after         func(seconds string) string     // the database's clock plus so many seconds
	plus          func(at, seconds string) string // a timestamp plus so many seconds
	records       func(cols []col) string         // $1, a JSON array of arrays, as a table
	forUpdate     string                          // locks the rows a SELECT reads
	forShare      string                          // keeps them as they are; others may do so too
	forUpdateFree string                          // locks those of them that nobody else has
	lockSoon      []string                        // wait for locks for a moment only, and for those on whole tables now
	slot          string                          // which of the kept counts a writer adds to
	analyze       []string                        // bring the planner's statistics, and indexes that lag, up to date
	byIndex       string                          // lets a transaction read by an index whatever the planner thinks of it
	contacts      bool                            // e-mail addresses and phone numbers have an index
	slow          string                          // what to look for when it does not answer in time
	lock          string                          // lets one migration run at a time
	notify        string                          // tells other processes $1
	files         fs.FS                           // the migrations
	chunk         int                             // rows of a bulk write in one transaction
}

// col is one column of a set of records that goes to the database as JSON.
type col struct {
	name string
	kind kind
}

// kind is the type of such a column.
type kind int

const (
	text kind = iota
	integer
	boolean
	real
)

var postgresDialect = &dialect{
	now:       "clock_timestamp()",
	nowMicros: "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
	after: func(seconds string) string {
		return "(clock_timestamp() + make_interval(secs => " + seconds + "))"
	},
	plus: func(at, seconds string) string { return "(" + at + " + make_interval(secs => " + seconds + "))" },
	records: func(cols []col) string {
		types := [...]string{text: "text", integer: "bigint", boolean: "boolean", real: "double precision"}
		return recordSet(cols, "jsonb_array_elements($1::jsonb) AS e(value)", func(i int, c col) string {
			return fmt.Sprintf("(value->>%d)::%s AS %s", i, types[c.kind], c.name)
		})
	},
	list: func(all []string) (any, error) { return all, nil },
	// The planner looks at each text of a list that it knows: 10 ms for 10,000.
	// The sub-select hides them from it.
	among:         func(column string) string { return column + " = ANY ((SELECT $1::text[])::text[])" },
	forUpdate:     "FOR UPDATE",
	forShare:      "FOR SHARE",
	forUpdateFree: "FOR UPDATE SKIP LOCKED",
	lockSoon: []string{"SET LOCAL lock_timeout = '1s'",
		"LOCK TABLE batches, applicants, attempts, people, counts, leases IN ROW EXCLUSIVE MODE"},
	slot: "1 + pg_backend_pid() % 16",
	analyze: []string{"ANALYZE applicants, attempts, people", `
SELECT brin_summarize_new_values(c.oid)
FROM pg_class c
JOIN pg_am m ON m.oid = c.relam
WHERE c.oid IN (to_regclass('applicants_email'), to_regclass('applicants_phone')) AND m.amname = 'brin'`},
	// A filter of pages seems dear to the planner, and workers take longer to start
	// than it takes.
	byIndex:  "SELECT set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)",
	contacts: true,
	slow:     "see whether its server has too much to do, or the way to it is bad, and " + runAgain,
	lock:     "SELECT pg_advisory_xact_lock(7305804402386563106)", // "usher" and some
	notify:   "SELECT pg_notify('" + gateChannel + "', $1)",
	files:    sub(migrations.Postgres, "postgres"),
	chunk:    10_000, // LESSONS: one call with 1M rows holds 908 MB, 50k chunks 73 MB
}

var sqliteDialect = &dialect{
	now:       "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
	nowMicros: "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	after: func(seconds string) string {
		return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', " + seconds + " || ' seconds')"
	},
	plus: func(at, seconds string) string {
		return "strftime('%Y-%m-%dT%H:%M:%fZ', " + at + ", " + seconds + " || ' seconds')"
	},
	records: func(cols []col) string {
		return recordSet(cols, "json_each($1)", func(i int, c col) string {
			return fmt.Sprintf("value->>%d AS %s", i, c.name)
		})
	},
	list: func(all []string) (any, error) {
		b, err := json.Marshal(all)
		return string(b), err
	},
	among:   func(column string) string { return column + " IN (SELECT value FROM json_each($1))" },
	slot:    "0",
	byIndex: "SELECT 1",
	slow:    "see which other program has the file locked (backups, database browsers), or whether its disk is slow, and " + runAgain,
	lock:    "SELECT 1", // a SQLite transaction of ours is exclusive from its start
	notify:  "SELECT $1",
	files:   sub(migrations.SQLite, "sqlite"),
	chunk:   4_000,
}

func recordSet(cols []col, from string, column func(int, col) string) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = column(i, c)
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM " + from + ")"
}

func sub(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is embedded: it is there or the program is not
	}
	return sub
}

// recordsArg turns n records into the JSON that [dialect.records] reads.
func recordsArg(n int, values func(i int) []any) (string, error) {
	all := make([][]any, n)
	for i := range all {
		all[i] = values(i)
	}
	b, err := json.Marshal(all)
	return string(b), err
}
