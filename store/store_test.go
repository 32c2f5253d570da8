package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"usher/store"
	"usher/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openSQLite)
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openPostgres)
}

func TestMigrateSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunMigrations(t, func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "usher.db") })
}

func TestMigratePostgres(t *testing.T) {
	t.Parallel()
	storetest.RunMigrations(t, func(t *testing.T) string { return storetest.Postgres(t) })
}

func TestPath(t *testing.T) {
	t.Parallel()
	st := openSQLite(t)
	if filepath.Base(st.Path()) != "usher.db" {
		t.Errorf("the path is %q", st.Path())
	}
}

func openSQLite(t *testing.T) *store.Store {
	t.Helper()
	return open(t, storetest.SQLiteMigrated(t, migrate))
}

func openPostgres(t *testing.T) *store.Store {
	t.Helper()
	return open(t, storetest.PostgresMigrated(t, migrate))
}

func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

func migrate(dsn string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	_, err = st.Migrate(ctx)
	return err
}
