package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"usher/store"
	"usher/store/storetest"
)

// Whoever waits for a lock no longer than he likes is told what is in his way.
func TestLockWaitSaysWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	dsn := storetest.Postgres(t)
	other, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	st, err := store.Open(ctx, dsn, store.Options{LockWait: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	do := func(st *store.Store, query string, then func()) error {
		return st.InTx(ctx, func(tx *store.Tx) error {
			_, err := tx.Pgx().Exec(ctx, query)
			then()
			return store.Clean(err)
		})
	}
	nothing := func() {}
	if err := do(other, `CREATE TABLE lockwait (n int)`, nothing); err != nil {
		t.Fatal(err)
	}
	err = do(other, `LOCK TABLE lockwait IN ACCESS EXCLUSIVE MODE`, func() {
		err := do(st, `SELECT n FROM lockwait`, nothing)
		var fault *store.DatabaseError
		if !errors.As(err, &fault) || fault.Code != "55P03" || fault.Hint() == "" {
			t.Errorf("behind a lock it said %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := do(st, `SELECT n FROM lockwait`, nothing); err != nil {
		t.Errorf("when the lock is gone: %v", err)
	}
}
