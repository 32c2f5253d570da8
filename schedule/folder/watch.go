package folder

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"usher/batch"
)

const (
	// lookEvery is how often a folder is looked at in any case: a share of the network
	// tells of no changes.
	lookEvery = 10 * time.Second
	// workEvery is how often files that are being imported are looked after.
	workEvery = 200 * time.Millisecond
	// againAfter is how soon it is tried again what could not be done.
	againAfter = 2 * time.Second
)

// Watch serves the folder until ctx ends. While another process does, it stands by.
func (f *Folder) Watch(ctx context.Context) {
	news := f.news(ctx)
	for ctx.Err() == nil {
		err := f.hold(ctx)
		if err == nil {
			f.fine("")
			err = f.holding(ctx, func(ctx context.Context) error {
				f.begin(ctx)
				for ctx.Err() == nil {
					wait(ctx, f.round(ctx), news)
				}
				return nil
			})
		}
		var busy *BusyError
		if errors.As(err, &busy) {
			f.notice("", busy.Error()+"; this process stands by", "")
		} else if err != nil && ctx.Err() == nil {
			f.outage(err)
		}
		wait(ctx, againAfter, nil)
	}
}

// Take takes the files that are there, waits until each has been imported or refused, and
// returns them. One that cannot be taken is returned as it is. It fails with a
// [BusyError] if another process serves the folder.
func (f *Folder) Take(ctx context.Context) (files []File, err error) {
	var busy *BusyError
	for end := time.Now().Add(leasePatience); ; {
		files, err = f.takeNow(ctx)
		if !errors.As(err, &busy) || time.Now().After(end) || ctx.Err() != nil {
			return files, err
		}
		wait(ctx, workEvery, nil)
	}
}

// takeNow is [Folder.Take] that does not wait for another process.
func (f *Folder) takeNow(ctx context.Context) (files []File, err error) {
	if err := f.hold(ctx); err != nil {
		return nil, err
	}
	err = f.holding(ctx, func(ctx context.Context) error {
		f.begin(ctx)
		files, err = f.takeAll(ctx)
		return err
	})
	return files, err
}

// takeAll takes what is there at the beginning, and what was taken before and is not
// done yet.
func (f *Folder) takeAll(ctx context.Context) ([]File, error) {
	names, err := f.names()
	if err != nil {
		return nil, err
	}
	f.only = names
	clear(f.told)
	if f.o.Run != nil {
		return f.runAll(ctx)
	}
	defer func() { f.only = nil }()
	ids := map[int64]bool{}
	for {
		before, err := f.served(ctx)
		if err != nil {
			return nil, err
		}
		next := f.round(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		after, err := f.served(ctx)
		if err != nil {
			return nil, err
		}
		waiting := false
		for _, row := range slices.Concat(before, after) {
			ids[row.ID] = true
		}
		for _, row := range after {
			waiting = waiting || row.State != Seen || f.only[row.Name] && f.told[row.Name] == ""
		}
		if !waiting {
			return f.files(ctx, slices.Sorted(maps.Keys(ids)))
		}
		wait(ctx, next, nil)
	}
}

func (f *Folder) files(ctx context.Context, ids []int64) ([]File, error) {
	var all []File
	for _, id := range ids {
		row, err := f.base.Store.FolderFile(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// open are the files with which something is still to be done.
func (f *Folder) open(ctx context.Context) ([]File, error) {
	return f.base.Store.OpenFolderFiles(ctx, f.base.Account, f.dir)
}

// served are those of them that are looked after here: not those that a time of a
// schedule has which is done elsewhere, or waits for somebody's yes.
func (f *Folder) served(ctx context.Context) ([]File, error) {
	return f.base.Store.ServedFolderFiles(ctx, f.base.Account, f.dir, f.run().Occurrence)
}

// round looks once, does what can be done, and returns how long there is nothing to do
// if nobody puts anything there.
func (f *Folder) round(ctx context.Context) time.Duration {
	f.failed = nil
	rows, next, err := f.look(ctx)
	if err != nil {
		f.failed = err
		f.outage(err)
		return againAfter
	}
	for i := range rows {
		soon, err := f.advance(ctx, rows, &rows[i])
		switch {
		case ctx.Err() != nil:
			return 0
		case err != nil:
			f.failed = err
			f.trouble(&rows[i], err)
			next = min(next, againAfter)
		default:
			next = min(next, soon)
		}
	}
	if err := f.sweep(ctx); err != nil && ctx.Err() == nil {
		f.outage(err)
	}
	if err := f.results(ctx); err != nil && ctx.Err() == nil {
		f.outage(err)
		next = min(next, againAfter)
	}
	if len(f.awaited) > 0 {
		next = min(next, againAfter)
	}
	return next
}

// outage logs, once, why nothing can be done for now. Words that may name a file or a
// person stay out of the log. That the database is away is told by whoever watches it.
func (f *Folder) outage(err error) {
	if batch.Away(err) {
		return
	}
	words := batch.DiscreetWords(err)
	if f.told["/outage"] != words {
		f.told["/outage"] = words
		f.base.Log.Warn("a watched folder cannot be served for now, and it is tried again", zap.String("error", words))
	}
}

// wait waits so long, until there is news, or until ctx ends.
func wait(ctx context.Context, d time.Duration, news <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-news:
	}
}
