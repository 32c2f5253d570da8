package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"usher/store"
	"usher/upstream/sandbox"
)

// databaseFault is something that keeps a database from doing what usher needs.
type databaseFault struct {
	database func(t *testing.T) string
	begin    func(t *testing.T, dsn string) (end func())
	words    string // of which usher must tell
}

// TestDatabaseFaultDuringRun lets something happen to the database in the middle of a
// run, which lasts until usher has said what it is. It says so once, goes on by itself
// and says that too; nobody is sent to twice, or without an attempt.
func TestDatabaseFaultDuringRun(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]databaseFault{
		"read-only":       {postgresDatabase, faultReadOnly, "the database only lets itself be read"},
		"table locked":    {postgresDatabase, faultLocked, "another program keeps a lock"},
		"disk full":       {postgresDatabase, faultFull, "the disk of the database server is full"},
		"another program": {sqliteDatabase, faultLocked, "which other program has the file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f.run(t)
		})
	}
}

func (f databaseFault) run(t *testing.T) {
	dsn := f.database(t)
	api := sandbox.New(sandbox.Options{Balance: -1})
	errs := &watched{say: "does not answer as it should"}
	var once sync.Once
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(api.Sessions()) >= 20 {
			once.Do(func() {
				end := f.begin(t, dsn)
				errs.mu.Lock()
				errs.then = func() { go end() } // the log must not wait for it
				errs.mu.Unlock()
			})
		}
		api.ServeHTTP(w, r)
	}))
	defer web.Close()
	dir := t.TempDir()
	people := filepath.Join(dir, "people.csv")
	write(t, people, peopleFile(100))
	var out strings.Builder
	code := inTime(t.Context(), t, []string{"run", "--yes", people, "--report", filepath.Join(dir, "report.csv")}, []string{
		"USHER_UPSTREAM_BASE_URL=" + web.URL, "USHER_UPSTREAM_API_KEY=key", "USHER_UPSTREAM_RATE=0",
		"USHER_LOOKUP_AFTER=300ms", "USHER_LOOKUP_AGAIN=600ms", "USHER_WORK_CONCURRENCY=4", "USHER_DATABASE=" + dsn,
	}, &out, errs)
	emails := map[string]bool{}
	for _, s := range api.Sessions() {
		emails[s.Email] = true
	}
	said := errs.text.String()
	if code != exitDone || len(api.Sessions()) != 100 || len(emails) != 100 {
		t.Errorf("exit status %d, %d sessions of %d people\n%s", code, len(api.Sessions()), len(emails), said)
	}
	if n := strings.Count(said, "does not answer"); n != 1 || !strings.Contains(said, f.words) || !strings.Contains(said, "hint") {
		t.Errorf("it is told %d times, and is to be told once with %q and what to do:\n%s", n, f.words, said)
	}
	if n := attemptsIn(t, dsn); n < len(api.Sessions()) {
		t.Errorf("%d sessions were made in %d attempts", len(api.Sessions()), n)
	}
}

// attemptsIn is how many attempts a database has.
func attemptsIn(t *testing.T, dsn string) (n int) {
	t.Helper()
	st, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	const query = `SELECT count(*) FROM attempts`
	if st.Pgx() != nil {
		err = st.Pgx().QueryRow(context.Background(), query).Scan(&n)
	} else {
		err = st.SQL().QueryRow(query).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// faultReadOnly has the server take no writes, as a replica does: connections that are
// there are ended, as by a failover, and new ones stay as they began.
func faultReadOnly(t *testing.T, dsn string) (end func()) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	alter := "ALTER DATABASE " + pgx.Identifier{cfg.Database}.Sanitize()
	faultSQL(t, dsn, alter+" SET default_transaction_read_only = on")
	faultSQL(t, dsn, endBackends)
	return func() {
		faultSQL(t, dsn, fmt.Sprintf("BEGIN READ WRITE; %s RESET default_transaction_read_only; COMMIT", alter))
	}
}

// faultFull refuses attempts as a server does whose disk is full.
func faultFull(t *testing.T, dsn string) (end func()) {
	faultSQL(t, dsn, `
CREATE FUNCTION fault_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER fault_full BEFORE INSERT ON attempts EXECUTE FUNCTION fault_full()`)
	return func() { faultSQL(t, dsn, `DROP TRIGGER fault_full ON attempts`) }
}

func faultSQL(t *testing.T, dsn, query string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Errorf("connect: %v", err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Errorf("%s: %v", query, err)
	}
}

// faultLocked has another program keep the table of applicants, or on SQLite the file,
// to itself.
func faultLocked(t *testing.T, dsn string) (end func()) {
	locked, over := make(chan struct{}), make(chan struct{})
	go func() {
		st, err := store.Open(context.Background(), dsn, store.Options{})
		if err != nil {
			t.Errorf("open the database beside usher: %v", err)
			close(locked)
			return
		}
		defer st.Close()
		err = st.InTx(context.Background(), func(tx *store.Tx) (err error) {
			if pg := tx.Pgx(); pg != nil {
				_, err = pg.Exec(context.Background(), `LOCK TABLE applicants IN EXCLUSIVE MODE`)
			}
			close(locked)
			<-over
			return err
		})
		if err != nil {
			t.Errorf("lock the database: %v", err)
		}
	}()
	<-locked
	return func() { close(over) }
}
