// Package migrations holds usher's own database schema, one numbered file a
// step, the same steps and columns for both databases. It knows nothing of how
// they are run: store does that.
package migrations

import "embed"

// Postgres and SQLite hold NNN_name.sql files, run in the order of their
// numbers, each in one transaction, forward only.
var (
	//go:embed postgres/*.sql
	Postgres embed.FS

	//go:embed sqlite/*.sql
	SQLite embed.FS
)
