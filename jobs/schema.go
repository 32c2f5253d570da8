package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"usher/store"
)

// Migrate brings River's tables up to date. Run it with [store.Store.Migrate].
func Migrate(ctx context.Context, st *store.Store) error {
	m, err := newMigrator(st)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

// CheckSchema returns what is wrong with River's tables, or "" when they are
// up to date.
func CheckSchema(ctx context.Context, st *store.Store) (problem string, err error) {
	m, err := newMigrator(st)
	if err != nil {
		return "", err
	}
	res, err := m.Validate(ctx, nil)
	switch {
	case err != nil:
		return "", fmt.Errorf("check the job queue's schema: %w", err)
	case res.OK:
		return "", nil
	case len(res.Messages) > 0:
		return res.Messages[0], nil
	}
	return "the job queue's schema is not up to date", nil
}

// migrator is what is used of River's migrator of either database.
type migrator interface {
	Migrate(ctx context.Context, d rivermigrate.Direction, o *rivermigrate.MigrateOpts) (*rivermigrate.MigrateResult, error)
	Validate(ctx context.Context, o *rivermigrate.ValidateOpts) (*rivermigrate.ValidateResult, error)
}

func newMigrator(st *store.Store) (m migrator, err error) {
	config := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if pool := st.Pgx(); pool != nil {
		m, err = rivermigrate.New(riverpgxv5.New(pool), config)
	} else {
		m, err = rivermigrate.New(riversqlite.New(st.SQL()), config)
	}
	if err != nil {
		return nil, fmt.Errorf("job queue migrations: %w", err)
	}
	return m, nil
}
