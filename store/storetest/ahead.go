package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresAhead sets the clock of a PostgreSQL database ahead of that of this machine, for
// whoever connects from now on. To a program there it is the machine's that is wrong.
func PostgresAhead(t testing.TB, dsn string, d time.Duration) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	query := "CREATE SCHEMA ahead;"
	for _, clock := range []string{"clock_timestamp", "now"} {
		query += fmt.Sprintf(`
CREATE FUNCTION ahead.%s() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT pg_catalog.%[1]s() + pg_catalog.make_interval(secs => %f)
$$;`, clock, d.Seconds())
	}
	query += fmt.Sprintf("\nALTER DATABASE %s SET search_path = ahead, pg_catalog, public", pgx.Identifier{conn.Config().Database}.Sanitize())
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Fatal(err)
	}
}
