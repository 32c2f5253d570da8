package store_test

import (
	"context"
	"testing"

	"usher/store"
	"usher/store/storetest"
)

// TestAFrozenProcessLosesItsTransaction: the server ends a transaction in which
// nothing happens any more, unless whoever runs the server has said when.
func TestAFrozenProcessLosesItsTransaction(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	for given, want := range map[string]string{"": "30s", "&idle_in_transaction_session_timeout=5000": "5s"} {
		st, err := store.Open(context.Background(), dsn+given, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		var got string
		if err := st.Pgx().QueryRow(context.Background(), "SHOW idle_in_transaction_session_timeout").Scan(&got); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", given, got, err, want)
		}
	}
}
