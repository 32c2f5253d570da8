package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"usher/store"
)

// TestImportJobsAreRivers compares a job that an import makes on SQLite with one
// that River makes itself of the same applicant, column by column.
func TestImportJobsAreRivers(t *testing.T) {
	t.Parallel()
	st := openUpgraded(t)
	control, err := NewControl(st, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	insert := func(f func(ctx context.Context, tx *store.Tx) error) {
		t.Helper()
		if err := st.InTx(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
	}
	insert(func(ctx context.Context, tx *store.Tx) error {
		return control.river.insert(ctx, tx, inviteJobs(7, []int{12, 13}, normal))
	})
	rivers := waitingJobs(t, st.SQL())
	if _, err := st.SQL().Exec("DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	insert(func(ctx context.Context, tx *store.Tx) error {
		return control.EnqueueImport(ctx, tx, 7, []int{12, 13})
	})
	ours := waitingJobs(t, st.SQL())
	if len(ours) != 2 {
		t.Errorf("%d jobs, want 2", len(ours))
	}
	if diff := cmp.Diff(rivers, ours); diff != "" {
		t.Errorf("River's (-) and ours (+): %s", diff)
	}
}

var digits = regexp.MustCompile(`[0-9]`)

// waitingJobs reads every column of the jobs, but for their ids. Of times it
// reads the form.
func waitingJobs(t *testing.T, db *sql.DB) (all []map[string]string) {
	t.Helper()
	rows, err := db.Query(`SELECT * FROM river_job ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(columns))
	for rows.Next() {
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		job := map[string]string{}
		for i, name := range columns {
			if name != "id" {
				job[name] = fmt.Sprintf("%T %v", values[i], values[i])
				if at, ok := values[i].(time.Time); ok { // printed as it is, it loses its last zeros
					job[name] = fmt.Sprintf("%s, beyond: %d", at.Format("2006-01-02 15:04:05.000 MST"), at.Nanosecond()%1_000_000)
				}
				if strings.HasSuffix(name, "_at") {
					job[name] = digits.ReplaceAllString(job[name], "0")
				}
			}
		}
		all = append(all, job)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
