package report_test

import (
	"context"
	"io"

	"usher/report"
	"usher/store"
)

// save writes the report of a batch to a file, as the commands do.
func save(ctx context.Context, st *store.Store, batch store.Batch, f report.Format, path string) error {
	target, err := report.Look(path)
	if err != nil {
		return err
	}
	_, err = target.Place(ctx, report.Placing{Memory: st}, func(w io.Writer) error { return report.Write(ctx, st, batch, f, w) })
	return err
}
