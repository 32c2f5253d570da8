package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"usher/batch"
	"usher/store"
)

// reporting writes the report of a batch of n invited people in each format that any
// number of rows fits into. Sizes are of the files.
func (b *bench) reporting(n int) {
	dsn := b.fresh()
	id := b.invited(dsn, n)
	var csv time.Duration
	for _, format := range []string{"csv", "jsonl", "html"} {
		path := filepath.Join(b.t.TempDir(), "results."+format)
		took, peak := b.usher(dsn, "report", fmt.Sprint(id), "-o", path)
		info, err := os.Stat(path)
		if err != nil {
			b.t.Fatal(err)
		}
		if csv == 0 {
			csv = took
		}
		b.row(fmt.Sprintf("report %s rows, %s", batch.Thousands(n), format), "%.0f rows/s, peak %.0f MB, %.0f MB long; %.2f of the time of CSV",
			float64(n)/took.Seconds(), peak, float64(info.Size())/1e6, took.Seconds()/csv.Seconds())
	}
}

// invited makes a batch of n people who were invited, in the account that usher would
// send from.
func (b *bench) invited(dsn string, n int) int64 {
	b.t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer st.Close()
	account, err := st.Account(ctx, "bench", "")
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := st.InsertBatch(ctx, store.Batch{Account: account, Name: "bench.csv", ExtraColumns: []string{"department"}})
	if err != nil {
		b.t.Fatal(err)
	}
	for from := 0; from < n; from += st.ChunkRows() {
		err := st.InTx(ctx, func(tx *store.Tx) error {
			return tx.InsertApplicants(ctx, invitedRows(id, from, min(n, from+st.ChunkRows())))
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	b.giveSessions(st)
	if err := st.InTx(ctx, func(tx *store.Tx) error { return tx.ActivateBatch(ctx, id) }); err != nil {
		b.t.Fatal(err)
	}
	return id
}

func invitedRows(id int64, from, to int) (all []store.Applicant) {
	for i := from; i < to; i++ {
		all = append(all, store.Applicant{Key: store.Key{Batch: id, Row: i + 2}, State: store.Invited, FirstName: "Maria", LastName: "van der Berg",
			Email: fmt.Sprintf("maria.berg.%d@example.com", i), Phone: fmt.Sprintf("+1519%07d", i), ExternalID: fmt.Sprintf("EMP-%07d", i), Extra: []string{"Sales"}, SettledAt: time.Now()})
	}
	return all
}

// giveSessions gives everybody a session, without an attempt for each.
func (b *bench) giveSessions(st *store.Store) {
	b.t.Helper()
	const give = `UPDATE applicants SET counted = 1, sent_at = settled_at,
    session_id = 's-7d444840-9dc0-11d1-b245-' || row_no, session_url = 'https://verify.example.com/s/7d444840-9dc0-11d1-b245-' || row_no`
	var err error
	if st.Pgx() != nil {
		_, err = st.Pgx().Exec(context.Background(), give)
	} else {
		_, err = st.SQL().Exec(give)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
