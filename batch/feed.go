package batch

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"usher/config"
	"usher/importer"
	"usher/importer/database"
	"usher/importer/table"
)

// Feed names what is imported: a file, a database source, or something that can
// be read once.
type Feed struct {
	File   string    // the path of a file
	Source string    // the name of a database source of the settings
	Reader io.Reader // what is read once, such as standard input
	Name   string    // of what Reader reads

	open func(ctx context.Context) (feed, error) // of an upload
}

// feed is an open file or database.
type feed interface {
	importer.Feed
	Close() error
}

func (s *Service) openFeed(ctx context.Context, f Feed) (feed, error) {
	switch {
	case f.open != nil:
		return f.open(ctx)
	case f.Reader != nil:
		return table.OpenReader(f.Name, f.Reader)
	case f.Source == "":
		return table.OpenFile(f.File)
	}
	src, ok := s.cfg.Sources[f.Source]
	if !ok {
		return nil, WithHint(fmt.Errorf("there is no source %q in the settings", f.Source), knownSources(s.cfg))
	}
	return database.Open(ctx, database.Query{
		Name: f.Source, URL: src.URL, SQL: src.Query, Columns: src.Columns, Watermark: src.Watermark, Start: src.Start, Overlap: src.Overlap, Timeout: src.Timeout,
	})
}

func knownSources(cfg *config.Config) string {
	if len(cfg.Sources) == 0 {
		return "describe it in usher.yaml, below sources:"
	}
	return "usher.yaml has: " + strings.Join(slices.Sorted(maps.Keys(cfg.Sources)), ", ")
}

// Unfinished are the running batches of a database source, the oldest first:
// runs that were stopped. Each is a batch of its own, so reading the source again
// does not find them as it does a file.
func (s *Service) Unfinished(ctx context.Context, source string) ([]Batch, error) {
	running, err := s.running(ctx)
	return slices.DeleteFunc(running, func(b Batch) bool { return b.source != database.SourcePath(source) }), err
}
