package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"usher/batch"
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
	done, err := batch.Upgrade(ctx, cfg, a.teller(nil))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, upgradedWords(done))
	return err
}

// upgradedWords says whether there was anything to do.
func upgradedWords(u batch.Upgraded) string {
	switch {
	case u.From != u.To:
		return fmt.Sprintf("The schema is up to date: it was brought from version %d to version %d.", u.From, u.To)
	case u.Beside:
		return fmt.Sprintf("The schema is up to date (version %d): the job queue's tables were brought up to date.", u.To)
	}
	return fmt.Sprintf("The schema was up to date already (version %d).", u.To)
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  argsError(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, versionWords())
			return err
		},
	}
}

func versionWords() string {
	return fmt.Sprintf("usher %s (%s, %s/%s)", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
