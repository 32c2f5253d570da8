package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/jobs"
	"usher/store"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// secrets are what must never leave the tables and the report.
var secrets = []string{"Zaphod", "Beeblebrox", "zaphod.private@example.com", "+15192229876", "key-nobody-may-see", "/s/"}

// TestPrivacy runs a batch into every trouble there is, at debug level, and
// looks for personal data in what was logged, in River's jobs and in the other
// tables that outlive it.
func TestPrivacy(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   sqliteDatabase,
		"postgres": postgresDatabase,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testPrivacy(t, database(t))
		})
	}
}

// postgresDatabase is a PostgreSQL database of the test's own, with every table.
func postgresDatabase(t *testing.T) string {
	return storetest.PostgresMigrated(t, upgrade)
}

// sqliteDatabase is one on SQLite.
func sqliteDatabase(t *testing.T) string { return storetest.SQLiteMigrated(t, upgrade) }

func upgrade(dsn string) error {
	st, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	_, err = jobs.Upgrade(context.Background(), st, func() {})
	return err
}

func testPrivacy(t *testing.T, dsn string) {
	api := sandbox.New(sandbox.Options{Balance: -1, Rate: 200, Burst: 5,
		Faults: sandbox.Faults{After5xx: 0.04, Cut: 0.04, CutBefore: 0.04, Garbage: 0.04, NoURL: 0.04, Seed: 11}})
	web := httptest.NewServer(api)
	defer web.Close()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range 40 {
		fmt.Fprintf(&b, "Zaphod,Beeblebrox,%d.zaphod.private@example.com,+15192229876\n", i)
	}
	b.WriteString("Zaphod,Beeblebrox,zaphod.private@example.com,not a phone +15192229876\n")
	b.WriteString("Zaphod,Beeblebrox,zaphod.private@refused.example,+15192229876\n")
	file := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"USHER_DATABASE=" + dsn, "USHER_UPSTREAM_BASE_URL=" + web.URL, "USHER_UPSTREAM_API_KEY=key-nobody-may-see",
		"USHER_UPSTREAM_RATE=100", "USHER_LOG_LEVEL=debug", "USHER_LOOKUP_AFTER=100ms", "USHER_LOOKUP_AGAIN=200ms"}
	var out, log strings.Builder
	code := inTime(t.Context(), t, []string{"run", "--yes", "--report", filepath.Join(dir, "r.csv"), file}, env, &out, &log)
	if code != exitProblems {
		t.Fatalf("exit status %d\n%s", code, log.String())
	}
	env[1] = "USHER_UPSTREAM_BASE_URL=http://127.0.0.1:1" // and an API that is not there
	code = inTime(t.Context(), t, []string{"run", "--yes", "--max-wait", "200ms", "--report", filepath.Join(dir, "r2.csv"), file}, env, &out, &log)
	if code != exitGate {
		t.Errorf("exit status %d without an API, want %d", code, exitGate)
	}
	if !strings.Contains(log.String(), "looked up") {
		t.Error("the debug log tells nothing, so this test does not either")
	}
	refuse(t, "the log", log.String())
	refuse(t, "standard output", out.String())
	refuse(t, "a table", tables(t, dsn))
}

// tables is the text of every table that holds no personal data by design.
func tables(t *testing.T, dsn string) string {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := jobs.CheckSchema(ctx, st); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, table := range []string{"river_job", "river_queue", "attempts", "people", "gate", "leases", "batches", "acts"} {
		if pool := st.Pgx(); pool != nil {
			rows, err := pool.Query(ctx, "SELECT "+table+"::text FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var s string
				if err := rows.Scan(&s); err != nil {
					t.Fatal(err)
				}
				all.WriteString(s + "\n")
			}
			continue
		}
		rows, err := st.SQL().QueryContext(ctx, "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				fmt.Fprintf(&all, "%s\n", *(v.(*any)))
			}
		}
		_ = rows.Close()
	}
	return all.String()
}

func refuse(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range secrets {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("%s holds %q: …%s…", where, s, text[max(0, i-80):min(len(text), i+80)])
		}
	}
}
