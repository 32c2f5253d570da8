package database

import (
	"testing"
	"time"

	"usher/importer/database/databasetest"
	"usher/importer/table"
)

// TestSilentDatabaseIsGivenUp: a query that sends nothing would be waited for without
// end, as would a connection that a firewall lost.
func TestSilentDatabaseIsGivenUp(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, o *databasetest.Origin) {
		o.People()
		query := map[string]string{
			"sqlite":   "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS email FROM c WHERE n < 0",
			"postgres": "SELECT pg_sleep(3600) AS email",
			"mariadb":  "SELECT SLEEP(3600) AS email",
		}[o.Kind]
		d, err := Open(t.Context(), Query{Name: "hr", URL: o.URL, SQL: query, Timeout: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		rows, err := d.Begin(t.Context(), table.Wish{}, nil)
		for err == nil {
			_, _, err = rows.Next()
		}
		databasetest.RefusedWith(t, err, "sent nothing for 100ms")
	})
}
