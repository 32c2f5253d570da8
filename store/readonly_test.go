package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"usher/store"
	"usher/store/storetest"
)

// TestAReadOnlyConnectionIsNotKept: a connection that was made while the server took no
// writes would take none when it does.
func TestAReadOnlyConnectionIsNotKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dsn := storetest.PostgresMigrated(t, migrate)
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(ctx) }()
	alter := "ALTER DATABASE " + pgx.Identifier{admin.Config().Database}.Sanitize()
	if _, err := admin.Exec(ctx, alter+" SET default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	st := open(t, dsn)
	var fault *store.DatabaseError
	if _, err := st.Account(ctx, "test", ""); !errors.As(err, &fault) || fault.Code != "25006" {
		t.Errorf("on a server that takes no writes: %v", err)
	}
	if _, err := admin.Exec(ctx, alter+" RESET default_transaction_read_only"); err != nil {
		t.Fatal(err)
	}
	for range 12 { // as many connections as it may hold
		if _, err := st.Account(ctx, "test", ""); err != nil {
			t.Errorf("on one that does again: %v", err)
		}
	}
}
