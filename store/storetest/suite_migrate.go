package storetest

import (
	"errors"
	"testing"

	"usher/store"
)

// RunMigrations tests the making of the schema. Empty returns the name of an
// empty database of the test's own.
func RunMigrations(t *testing.T, empty func(t *testing.T) string) {
	for name, test := range map[string]func(t *testing.T, dsn string){
		"Once": migrateOnce, "AtOnce": migrateAtOnce, "Newer": migrateNewer, "SessionsOfTwo": migrateSessionsOfTwo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, empty(t))
		})
	}
}

func open(t *testing.T, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

func migrateOnce(t *testing.T, dsn string) {
	st := open(t, dsn)
	ctx := t.Context()
	var schema *store.SchemaError
	if err := st.CheckSchema(ctx); !errors.As(err, &schema) || schema.Have != 0 || schema.Want < 1 {
		t.Fatalf("an empty database: %v, want a SchemaError with version 0", err)
	}
	version, err := st.Migrate(ctx)
	if err != nil || version != schema.Want {
		t.Fatalf("migrated to %d, %v; want %d", version, err, schema.Want)
	}
	if err := st.CheckSchema(ctx); err != nil {
		t.Error(err)
	}
	if again, err := st.Migrate(ctx); err != nil || again != version {
		t.Errorf("migrated again to %d, %v", again, err)
	}
	if have, err := st.SchemaVersion(ctx); err != nil || have != version {
		t.Errorf("version %d, %v; want %d", have, err, version)
	}
}

func migrateAtOnce(t *testing.T, dsn string) {
	w := &world{T: t}
	secrets := make([]string, 4)
	w.atOnce(len(secrets), func(i int) (bool, error) {
		st, err := store.Open(t.Context(), dsn, store.Options{})
		if err != nil {
			return false, err
		}
		defer st.Close()
		if _, err := st.Migrate(t.Context()); err != nil {
			return false, err
		}
		secret, err := st.PersonSecret(t.Context())
		secrets[i] = string(secret)
		return true, errors.Join(err, st.CheckSchema(t.Context()))
	})
	for _, s := range secrets {
		if s != secrets[0] {
			t.Fatal("the secret that people are hashed with was made more than once")
		}
	}
}

func migrateNewer(t *testing.T, dsn string) {
	w := &world{T: t, st: open(t, dsn)}
	_, err := w.st.Migrate(t.Context())
	w.must(err)
	w.exec("INSERT INTO schema_version (version) VALUES (999)")
	var schema *store.SchemaError
	err = w.st.CheckSchema(t.Context())
	if !errors.As(err, &schema) || schema.Have != 999 {
		t.Fatalf("a newer database: %v", err)
	}
	if older := (&store.SchemaError{Have: 1, Want: 2}).Error(); schema.Error() == older || schema.Error() == "" {
		t.Errorf("%q does not say that the database is newer", schema.Error())
	}
}
