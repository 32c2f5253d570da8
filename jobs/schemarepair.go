package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"

	"usher/store"
)

// riverTableNames are River's tables, in an order in which they can be dropped.
var riverTableNames = []string{"river_notification", "river_queue", "river_leader", "river_job", "river_migration"}

// Upgrade brings the tables up to date. Where that cannot be done because some
// of what River made is gone and some is not, they are made anew, if there is no
// job in them: whoever waits without a job is found by the sweeper.
func (t riverTables[TTx]) Upgrade(ctx context.Context, tx *store.Tx) error {
	err := t.bring(ctx, tx)
	if !mendable(ctx, err) {
		return err
	}
	if tx == nil { // River's own program may be at it, which does not know of our lock
		pause(ctx, time.Second)
		if err = t.bring(ctx, nil); !mendable(ctx, err) {
			return err
		}
	}
	empty, lookErr := t.empty(ctx, tx)
	switch {
	case lookErr != nil:
		return fmt.Errorf("look for jobs: %w", lookErr)
	case !empty:
		return &store.DatabaseError{Message: "the job queue's tables are there in part only, and there are jobs in them",
			Remedy: "restore a backup; if no other program uses River's tables (river_…), drop them and run 'usher migrate': whoever waits is queued anew"}
	}
	if err := t.drop(ctx, tx); err != nil {
		return fmt.Errorf("make the job queue's tables anew: %w", err)
	}
	return t.bring(ctx, tx)
}

// bring runs what is missing of River's migrations, and looks at the result.
func (t riverTables[TTx]) bring(ctx context.Context, tx *store.Tx) error {
	if err := t.migrate(ctx, tx); err != nil {
		return err
	}
	if err := t.check(ctx, tx); err != nil {
		return err
	}
	return t.dropUnused(ctx, tx)
}

// unusedIndexes are those that River makes for people who look for jobs by what
// is in them, on PostgreSQL only. Neither River nor usher does that, and both are
// written anew each time that a job is: they took 5 of the 27 µs that PostgreSQL
// spent on a row of an import, and half of what it wrote for its job.
var unusedIndexes = []string{"river_job_args_index", "river_job_metadata_index"}

func (t riverTables[TTx]) dropUnused(ctx context.Context, tx *store.Tx) error {
	err := t.executor(tx).Exec(ctx, "DROP INDEX IF EXISTS "+strings.Join(unusedIndexes, "; DROP INDEX IF EXISTS "))
	if err != nil {
		return fmt.Errorf("drop indexes of the job queue: %w", store.Clean(err))
	}
	return nil
}

// mendable reports whether an error is of tables that do not fit together: a
// step of River's finds what it would make, or does not find what it would change.
func mendable(ctx context.Context, err error) bool {
	var db *store.DatabaseError
	switch {
	case ctx.Err() != nil, store.Passing(err):
		return false
	case errors.Is(err, errTableGone), errors.Is(err, store.ErrExists):
		return true
	}
	return errors.As(err, &db) && db.Misfit()
}

// migrate runs River's migrations. On PostgreSQL each has to commit before the
// next: one adds a word that another uses. On SQLite a failure undoes them all.
func (t riverTables[TTx]) migrate(ctx context.Context, tx *store.Tx) (err error) {
	if tx == nil {
		_, err = t.migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	} else {
		err = t.inSavepoint(ctx, tx, func() error {
			//lint:ignore SA1019 It is deprecated for the sake of PostgreSQL; on SQLite all of a migration is one transaction.
			_, err := t.migrator.MigrateTx(ctx, t.native(tx), rivermigrate.DirectionUp, nil)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", store.Clean(err))
	}
	return nil
}

// inSavepoint runs f and undoes what it did if it fails.
func (t riverTables[TTx]) inSavepoint(ctx context.Context, tx *store.Tx, f func() error) error {
	exec := t.executor(tx)
	if err := exec.Exec(ctx, "SAVEPOINT usher_river"); err != nil {
		return err
	}
	err := f()
	if err != nil {
		err = errors.Join(err, exec.Exec(ctx, "ROLLBACK TO usher_river"))
	}
	return errors.Join(err, exec.Exec(ctx, "RELEASE usher_river"))
}

// empty reports whether no job is in the tables: there is none, or no table for
// them.
func (t riverTables[TTx]) empty(ctx context.Context, tx *store.Tx) (bool, error) {
	exec := t.executor(tx)
	there, err := exec.TableExists(ctx, &riverdriver.TableExistsParams{Table: "river_job"})
	if err != nil || !there {
		return !there, store.Clean(err)
	}
	var n int
	err = exec.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 AS n FROM river_job LIMIT 1) AS one").Scan(&n)
	return n == 0, store.Clean(err)
}

// drop removes all that River made.
func (t riverTables[TTx]) drop(ctx context.Context, tx *store.Tx) error {
	all := []string{"river_client_queue", "river_client", "river_job_old", "river_queue_old"} // of earlier migrations
	all = append(all, riverTableNames...)
	statements := make([]string, len(all))
	for i, name := range all {
		statements[i] = "DROP TABLE IF EXISTS " + name
	}
	if tx == nil {
		statements = append(statements,
			"DROP FUNCTION IF EXISTS river_job_notify", "DROP FUNCTION IF EXISTS river_job_state_in_bitmask", "DROP TYPE IF EXISTS river_job_state")
	}
	return store.Clean(t.executor(tx).Exec(ctx, strings.Join(statements, ";\n")))
}
