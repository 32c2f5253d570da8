package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"usher/store"
)

func newMigrate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date",
		Args:  argsError(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.migrate(cmd.Context()) },
	}
}

func (a *app) migrate(ctx context.Context) error {
	cfg, err := a.config(nil)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, cfg.Database, store.Options{})
	if err != nil {
		return withHint(err, "check the database setting: 'usher doctor' shows it")
	}
	defer st.Close()
	if err := migrate(ctx, st); err != nil {
		return err
	}
	v, err := st.SchemaVersion(ctx)
	fmt.Fprintf(a.stdout, "The schema is up to date (version %d).\n", v)
	return err
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  argsError(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "usher %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
