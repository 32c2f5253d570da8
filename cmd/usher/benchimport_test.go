package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"usher/batch"
	"usher/jobs"
	"usher/store"
)

// importing imports lists of n people, each kind into a database of its own.
func (b *bench) importing(n int, lists ...benchList) {
	bare := float64(n) / b.bareInsert(n).Seconds()
	for _, list := range lists {
		dsn := b.fresh()
		b.importList(dsn, list, 0, n, bare)
		b.full = dsn
	}
}

// importingMore imports lists of n people, one after the other, into the database
// that has had the last import of so many.
func (b *bench) importingMore(n, already int) {
	bare := float64(n) / b.bareInsert(n).Seconds()
	for i, list := range allLists {
		b.importList(b.full, list, already+i*n, n, bare)
	}
}

// importList imports n people who come after others, and tells the time of all
// of it: start, parsing, checks, duplicates, rows, jobs, statistics.
func (b *bench) importList(dsn string, list benchList, after, n int, bare float64) {
	took, peak := b.usher(dsn, "import", "--yes", writeList(b.t, list, after, n))
	what := fmt.Sprintf("import %s rows, %s", batch.Thousands(n), list)
	if after > 0 {
		what += fmt.Sprintf(", after %s others", batch.Thousands(after))
	}
	rate := float64(n) / took.Seconds()
	b.row(what, "%.0f rows/s, peak %.0f MB; bare insert of rows and jobs %.0f rows/s; ratio %.2f", rate, peak, bare, rate/bare)
}

// bareInsert writes the same rows and jobs with nothing else done to them.
func (b *bench) bareInsert(n int) time.Duration {
	ctx := context.Background()
	st, err := store.Open(ctx, b.fresh(), store.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer st.Close()
	control, err := jobs.NewControl(st, zap.NewNop())
	if err != nil {
		b.t.Fatal(err)
	}
	start := time.Now()
	for from := 0; from < n; from += st.ChunkRows() {
		to := min(n, from+st.ChunkRows())
		err := st.InTx(ctx, func(tx *store.Tx) error {
			rows, all := make([]int, 0, to-from), make([]store.Applicant, 0, to-from)
			for i := from; i < to; i++ {
				rows = append(rows, i)
				all = append(all, store.Applicant{Key: store.Key{Batch: 1, Row: i}, State: store.Queued, FirstName: "First",
					LastName: "Last", Email: "person@example.com", Phone: "+15192220000", ExternalID: "EMP-1", Extra: []string{"Dept"}})
			}
			if err := tx.InsertApplicants(ctx, all); err != nil {
				return err
			}
			return control.EnqueueImport(ctx, tx, 1, rows)
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	return time.Since(start)
}

// benchList is what references a list has.
type benchList string

const (
	ownReferences    benchList = "references in order"
	randomReferences benchList = "references at random"
	noReferences     benchList = "no references"
)

var allLists = []benchList{ownReferences, randomReferences, noReferences}

// writePeople writes a file of n applicants.
func writePeople(t *testing.T, n int) string { return writeList(t, ownReferences, 0, n) }

// writeList writes a file of n applicants whose numbers come after others.
func writeList(t *testing.T, list benchList, after, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	order := rand.New(rand.NewPCG(1, uint64(after))).Perm(n)
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "first_name,last_name,email,phone,external_id,department")
	for k := range n {
		i, reference := after+k, ""
		switch list {
		case ownReferences:
			reference = fmt.Sprintf("EMP-%07d", i)
		case randomReferences:
			reference = fmt.Sprintf("EMP-%07d", after+order[k])
		}
		_, _ = fmt.Fprintf(w, "First%d,Last%d,person%d@example.com,+1519%07d,%s,Dept %d\n", i, i, i, i, reference, i%7)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
