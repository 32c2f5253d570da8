package folder

import (
	"context"
	"time"

	"usher/store"
)

const (
	// keepNewest is how many files of a folder are listed however old they are, and keepFor
	// for how long all of them are.
	keepNewest = 10_000
	keepFor    = 400 * 24 * time.Hour
	// sweepEvery is how often older ones are looked for, and sweepAtOnce how many of them
	// are forgotten in a transaction.
	sweepEvery  = time.Hour
	sweepAtOnce = 1000
)

// sweep forgets, now and then, files of which there is nothing more to do. What they had
// in them is still known.
func (f *Folder) sweep(ctx context.Context) error {
	if time.Since(f.swept) < sweepEvery {
		return nil
	}
	f.swept = time.Now()
	keep := store.FolderKeep{Newest: keepNewest, Age: keepFor, AtOnce: sweepAtOnce}
	for swept := sweepAtOnce; swept == sweepAtOnce; {
		err := f.base.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			swept, err = tx.SweepFolder(ctx, f.base.Account, f.dir, keep)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
