package storetest

import (
	"context"
	"time"

	"usher/store"
)

func readerTests() tests {
	return tests{"CannotWrite": readerCannotWrite, "Bounded": readerBounded, "HoldsNobodyUp": readerHoldsNobodyUp}
}

// look begins a transaction of a reader, which ends with the test, and returns how to
// run a statement in it.
func (w *world) look(longest time.Duration) (exec func(query string) error) {
	w.Helper()
	r, err := w.st.Reader(w.Context())
	w.must(err)
	w.Cleanup(r.Close)
	if db := r.SQL(); db != nil {
		tx, err := db.BeginTx(w.Context(), nil)
		w.must(err)
		w.Cleanup(func() { _ = tx.Rollback() })
		return func(query string) error { _, err := tx.ExecContext(w.Context(), query); return err }
	}
	tx, err := r.Pgx().Begin(w.Context())
	w.must(err)
	w.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	_, err = tx.Exec(w.Context(), store.ReadOnly(longest))
	w.must(err)
	return func(query string) error { _, err := tx.Exec(w.Context(), query); return err }
}

func readerCannotWrite(w *world) {
	for _, query := range []string{"UPDATE accounts SET id = id", "DELETE FROM leases", "CREATE TABLE reader_made (id integer)"} {
		if err := w.look(time.Minute)(query); err == nil {
			w.Errorf("a reader may run %s", query)
		}
	}
	if err := w.look(time.Minute)("SELECT id FROM accounts"); err != nil {
		w.Errorf("a reader may not read: %v", err)
	}
}

// A statement that takes longer is ended by the server; on SQLite there is none, and
// whoever asks ends it.
func readerBounded(w *world) {
	if w.st.Pgx() == nil {
		return
	}
	if err := w.look(50 * time.Millisecond)("SELECT pg_sleep(90)"); err == nil {
		w.Error("a statement took as long as it liked")
	}
}

// While somebody looks, and has not ended, others write.
func readerHoldsNobodyUp(w *world) {
	exec := w.look(time.Minute)
	w.must(exec("SELECT count(*) FROM leases"))
	ctx, cancel := context.WithTimeout(w.Context(), 90*time.Second)
	defer cancel()
	held, err := w.st.HoldLease(ctx, "reader", "somebody", "", time.Hour)
	if err != nil || !held {
		w.Errorf("nobody writes while somebody looks: %v, %v", held, err)
	}
	w.must(exec("SELECT count(*) FROM leases"))
}
