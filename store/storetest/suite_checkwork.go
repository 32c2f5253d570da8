package storetest

import (
	"context"
	"errors"

	"usher/store"
)

func checkWorkTests() tests {
	return tests{"Fault": checkWorkFault, "Rows": checkWorkRows}
}

// checkWorkFault: what keeps the work from going on shows, in words, and that it is over.
func checkWorkFault(w *world) {
	ctx := w.Context()
	w.workFor(1)
	w.must(w.st.CheckWork(ctx, w.account))
	free := w.obstruct()
	var fault *store.DatabaseError
	if err := w.st.CheckWork(ctx, w.account); !errors.As(err, &fault) || fault.Meanwhile() == "" {
		w.Errorf("with the tables kept from us: %v, and what to do: %+v", err, fault)
	}
	free()
	w.must(w.st.CheckWork(ctx, w.account))
}

// workFor makes a running batch of n people, of an account that has a gate and a pace.
func (w *world) workFor(n int) {
	w.Helper()
	w.queued(n)
	w.reserve(store.Pace{Rate: 100, Burst: 10}, 1)
	_, err := w.st.SeeClock(w.Context())
	w.must(err)
}

// obstruct keeps the tables from being written: by a lock of another program on
// PostgreSQL, and on SQLite, where the store has the only connection, by that.
func (w *world) obstruct() (free func()) {
	w.Helper()
	if w.st.Pgx() == nil {
		w.exec(`PRAGMA query_only = ON`)
		return func() { w.exec(`PRAGMA query_only = OFF`) }
	}
	tx, err := w.st.Pgx().Begin(context.WithoutCancel(w.Context()))
	w.must(err)
	_, err = tx.Exec(w.Context(), `LOCK TABLE applicants IN SHARE MODE`)
	w.must(err)
	return func() { w.must(tx.Rollback(context.WithoutCancel(w.Context()))) }
}

// checkWorkRows: who keeps a row that the work needs is seen as well. SQLite has no
// locks on rows.
func checkWorkRows(w *world) {
	ctx := w.Context()
	w.workFor(1)
	for _, table := range []string{"pace", "gate", "batches"} {
		w.tx(func(tx *store.Tx) error {
			pg := tx.Pgx()
			if pg == nil {
				return nil
			}
			if _, err := pg.Exec(ctx, `SELECT * FROM `+table+` FOR UPDATE`); err != nil {
				return err
			}
			var fault *store.DatabaseError
			if err := w.st.CheckWork(ctx, w.account); !errors.As(err, &fault) || fault.Code != "55P03" || !fault.Passing() {
				w.Errorf("with the row of %s kept from us: %v", table, err)
			}
			return nil
		})
	}
	w.must(w.st.CheckWork(ctx, w.account))
}
