package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"usher/store"
)

// Upgrade brings the whole schema up to date, usher's tables and River's, while
// no other process does; see [store.Store.Upgrade].
func Upgrade(ctx context.Context, st *store.Store, waiting func()) (store.Upgraded, error) {
	t, err := openTables(st)
	if err != nil {
		return store.Upgraded{}, err
	}
	return st.Upgrade(ctx, t, waiting)
}

// CheckSchema returns a [store.SchemaError] when the schema, usher's tables or
// River's, is not the one that this build needs.
func CheckSchema(ctx context.Context, st *store.Store) error {
	if err := st.CheckSchema(ctx); err != nil {
		return err
	}
	t, err := openTables(st)
	if err != nil {
		return err
	}
	return t.check(ctx, nil)
}

// tables are River's, as the store brings them up to date beside its own.
type tables interface {
	store.Beside
	check(ctx context.Context, tx *store.Tx) error
}

// openTables asks which database it is, as [openQueue] does.
func openTables(st *store.Store) (tables, error) {
	if pool := st.Pgx(); pool != nil {
		return newTables(riverpgxv5.New(pool), (*store.Tx).Pgx)
	}
	return newTables(riversqlite.New(st.SQL()), (*store.Tx).SQL)
}

func newTables[TTx any](driver riverdriver.Driver[TTx], native func(*store.Tx) TTx) (tables, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("job queue migrations: %w", err)
	}
	return riverTables[TTx]{driver, m, native}, nil
}

// riverTables are the tables on one database. What River says is a driver's.
type riverTables[TTx any] struct {
	driver   riverdriver.Driver[TTx]
	migrator *rivermigrate.Migrator[TTx]
	native   func(*store.Tx) TTx
}

// Ready reports whether the tables are up to date, and have no index that is in
// the way.
func (t riverTables[TTx]) Ready(ctx context.Context, tx *store.Tx) (bool, error) {
	err := t.check(ctx, tx)
	var schema *store.SchemaError
	if errors.Is(err, errTableGone) || errors.As(err, &schema) && schema.Have < schema.Want {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	there, err := t.executor(tx).IndexesExist(ctx, &riverdriver.IndexesExistParams{IndexNames: unusedIndexes})
	if err != nil {
		return false, fmt.Errorf("check the job queue's indexes: %w", store.Clean(err))
	}
	return !slices.Contains(slices.Collect(maps.Values(there)), true), nil
}

// errTableGone means that River's migrations were run, and a table is gone.
var errTableGone = &store.DatabaseError{Message: "a table of the job queue is not in the database", Remedy: "run 'usher migrate'"}

// check returns a SchemaError when the tables are older or newer than what this
// River works with. The version of tables with a gap is that before the gap.
func (t riverTables[TTx]) check(ctx context.Context, tx *store.Tx) error {
	have, err := t.versions(ctx, tx)
	if err != nil {
		return fmt.Errorf("check the job queue's schema: %w", store.Clean(err))
	}
	all := t.migrator.AllVersions()
	e := &store.SchemaError{Want: all[len(all)-1].Version, Of: "the job queue"}
	known := map[int]bool{}
	for _, v := range have {
		known[v] = true
		e.Have = max(e.Have, v)
	}
	if e.Have > e.Want {
		return e
	}
	for e.Have = 0; e.Have < len(all) && known[all[e.Have].Version]; {
		e.Have++
	}
	if e.Have < len(all) {
		return e
	}
	return t.checkTables(ctx, tx)
}

func (t riverTables[TTx]) checkTables(ctx context.Context, tx *store.Tx) error {
	for _, name := range riverTableNames {
		there, err := t.executor(tx).TableExists(ctx, &riverdriver.TableExistsParams{Table: name})
		if err != nil {
			return fmt.Errorf("check the job queue's schema: %w", store.Clean(err))
		}
		if !there {
			return errTableGone
		}
	}
	return nil
}

// versions are the migrations of River that were run. River keeps them with a
// line since its fifth; before that there was one line only.
func (t riverTables[TTx]) versions(ctx context.Context, tx *store.Tx) ([]int, error) {
	exec := t.executor(tx)
	const table = "river_migration"
	there, err := exec.TableExists(ctx, &riverdriver.TableExistsParams{Table: table})
	if err != nil || !there {
		return nil, err
	}
	byLine := &riverdriver.MigrationGetByLineParams{Line: riverdriver.MigrationLineMain}
	if tx == nil { // in a transaction nothing can be asked after an error
		if rows, err := exec.MigrationGetByLine(ctx, byLine); err == nil {
			return versionsOf(rows), nil
		}
	}
	// Only now, as asking for a column takes PostgreSQL 20 ms, and each command
	// comes here.
	lines, err := exec.ColumnExists(ctx, &riverdriver.ColumnExistsParams{Table: table, Column: "line"})
	if err != nil {
		return nil, err
	}
	var rows []*riverdriver.Migration
	if lines { // it may have come just now
		rows, err = exec.MigrationGetByLine(ctx, byLine)
	} else {
		rows, err = exec.MigrationGetAllAssumingMain(ctx, &riverdriver.MigrationGetAllAssumingMainParams{})
	}
	return versionsOf(rows), err
}

func versionsOf(rows []*riverdriver.Migration) (versions []int) {
	for _, r := range rows {
		versions = append(versions, r.Version)
	}
	return versions
}

// executor runs River's own statements, in a transaction if there is one.
func (t riverTables[TTx]) executor(tx *store.Tx) riverdriver.Executor {
	if tx == nil {
		return t.driver.GetExecutor()
	}
	return t.driver.UnwrapExecutor(t.native(tx))
}

// TryWrite writes to usher's tables and to the job queue's, and undoes it; see
// [store.Store.TryWrite].
func TryWrite(ctx context.Context, st *store.Store) error {
	t, err := openTables(st)
	if err != nil {
		return err
	}
	queue, err := openQueue(st, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	ready, err := t.Ready(ctx, nil)
	if err != nil {
		return err
	}
	err = st.TryWrite(ctx, func(ctx context.Context, tx *store.Tx) error {
		if !ready {
			return nil
		}
		return queue.insert(ctx, tx, []river.InsertManyParams{{Args: InviteArgs{}, InsertOpts: &river.InsertOpts{Queue: finishQueue}}})
	})
	if err != nil {
		return fmt.Errorf("try to write: %w", err)
	}
	return nil
}
