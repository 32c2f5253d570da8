package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"usher/config"
	"usher/importer"
	"usher/importer/database"
)

// feed is an open file or database.
type feed interface {
	importer.Feed
	Close() error
}

func sourceFlag(f *pflag.FlagSet, source *string) {
	f.StringVar(source, "source", "", "read a database source of usher.yaml instead of a file")
}

// fileOrSource takes one argument, or none with --source.
func fileOrSource(source *string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case *source == "":
			return exactArgs("FILE")(cmd, args)
		case len(args) > 0:
			return usagef("leave one of them out", "%s takes FILE or --source, and got both", cmd.CommandPath())
		case cmd.Flags().Changed("sheet"):
			return usagef("leave --sheet out", "a database source has no sheets")
		}
		return nil
	}
}

// openFeed opens a file or, if one is named, a database source.
func (a *app) openFeed(ctx context.Context, cfg *config.Config, file, source string) (feed, error) {
	if source == "" {
		return a.openSource(file)
	}
	s, ok := cfg.Sources[source]
	if !ok {
		return nil, withHint(fmt.Errorf("there is no source %q in the settings", source), knownSources(cfg))
	}
	return database.Open(ctx, database.Query{
		Name: source, URL: s.URL, SQL: s.Query, Columns: s.Columns, Watermark: s.Watermark, Start: s.Start,
	})
}

func knownSources(cfg *config.Config) string {
	if len(cfg.Sources) == 0 {
		return "describe it in usher.yaml, below sources:"
	}
	return "usher.yaml has: " + strings.Join(slices.Sorted(maps.Keys(cfg.Sources)), ", ")
}

// sourceReportPath is where the report of a run of a source goes. Each run is a
// batch of its own and has a report of its own, even the second in one second.
func (e *runEnv) sourceReportPath(ctx context.Context, o importOptions) (string, error) {
	for at := time.Now(); ; at = at.Add(time.Second) {
		path, err := e.reportPath(o, o.source+"-"+at.Format("20060102-150405")+".csv")
		if err != nil || o.target != nil {
			return path, err
		}
		if named, err := e.st.ReportNamed(ctx, path); err != nil || !named {
			return path, err
		}
	}
}

// nothingNew tells that a source has no rows to import.
func (a *app) nothingNew(source string) {
	fmt.Fprintf(a.stderr, "usher: source %s: nothing new\n", source)
}
