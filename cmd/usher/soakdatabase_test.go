package main

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/store"
	"usher/store/storetest"
)

// soakDatabase is the database of a soak, and what can happen to it.
type soakDatabase struct {
	t    *testing.T
	dsn  string // as usher knows it
	own  string // past the line
	line *line  // on PostgreSQL
	tell func(what string) error
	mu   sync.Mutex // one thing at a time happens to it
}

// newSoakDatabase starts a server of the test's own, as it is to be stopped.
func newSoakDatabase(t *testing.T, postgres bool) *soakDatabase {
	d := &soakDatabase{t: t, dsn: "sqlite:" + filepath.Join(t.TempDir(), "usher.db")}
	d.own = d.dsn
	if postgres {
		own, tell, stop, err := storetest.ClusterToStop()
		if err != nil {
			storetest.Postgres(t) // skips, or fails, where there is none
			t.Fatal(err)
		}
		t.Cleanup(stop)
		d.own, d.tell = own, tell
		d.line, d.dsn = through(t, own)
	}
	if err := upgrade(d.own); err != nil {
		t.Fatal(err)
	}
	return d
}

// happens has something happen to it, and returns when it is over. What comes while
// something happens already is left out: where stopping and starting a server takes long,
// one after the other would leave no moment to work in.
func (d *soakDatabase) happens(e soakEvent) {
	if !d.mu.TryLock() {
		return
	}
	defer d.mu.Unlock()
	switch e.what {
	case "cut":
		d.line.cut()
		time.Sleep(e.lasting)
		d.line.thaw()
	case "backends":
		d.sql(endBackends)
	case "restart", "crash":
		d.must(d.tell(map[string]string{"restart": "stop fast", "crash": "stop immediate"}[e.what]))
		time.Sleep(e.lasting)
		d.must(d.tell("start"))
	case "read-only":
		d.sql(`ALTER DATABASE postgres SET default_transaction_read_only = on`)
		d.sql(endBackends)
		time.Sleep(e.lasting)
		d.sql(`BEGIN READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only; COMMIT`)
	case "locked":
		d.inTx(func(tx *store.Tx) error { // on SQLite a transaction alone keeps others out
			if pg := tx.Pgx(); pg != nil {
				table := []string{"applicants", "batches", "pace", "leases"}[e.who%4]
				if _, err := pg.Exec(context.Background(), "LOCK TABLE "+table+" IN EXCLUSIVE MODE"); err != nil {
					return err
				}
			}
			time.Sleep(e.lasting)
			return nil
		})
	case "database clock":
		d.inTx(func(tx *store.Tx) error { return storetest.SetClockBack(context.Background(), tx, -e.by) })
	}
}

const endBackends = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// attempts counts those that are recorded for each reference.
func (d *soakDatabase) attempts() map[string]int {
	counts := map[string]int{}
	d.inTx(func(tx *store.Tx) error {
		const query = `SELECT a.external_id, count(*) FROM attempts t JOIN applicants a ON a.batch_id = t.batch_id AND a.row_no = t.row_no GROUP BY 1`
		var id string
		var n int
		if pg := tx.Pgx(); pg != nil {
			rows, err := pg.Query(context.Background(), query)
			if err != nil {
				return err
			}
			_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
			return err
		}
		rows, err := tx.SQL().Query(query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(&id, &n); err != nil {
				return err
			}
			counts[id] = n
		}
		return rows.Err()
	})
	return counts
}

// sql runs a statement past the line, as whoever looks after the server does.
func (d *soakDatabase) sql(query string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, d.own)
	if err != nil {
		d.t.Errorf("connect past the line: %v", err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, query)
	d.must(err)
}

// inTx does something in a transaction beside usher's. It is done again if usher and it
// were in each other's way.
func (d *soakDatabase) inTx(do func(tx *store.Tx) error) {
	for until := time.Now().Add(90 * time.Second); ; {
		err := d.once(do)
		if err == nil || time.Now().After(until) {
			d.must(err)
			return
		}
	}
}

func (d *soakDatabase) once(do func(tx *store.Tx) error) error {
	ctx := context.Background()
	st, err := store.Open(ctx, d.own, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	return st.InTx(ctx, do)
}

func (d *soakDatabase) must(err error) {
	if err != nil {
		d.t.Error(err)
	}
}
