package folder

import (
	"context"

	"usher/batch"
)

// WatchWorking serves the folder until ctx ends, in a process that works on every batch
// meanwhile.
func (f *Folder) WatchWorking(ctx context.Context) error {
	f.svc.WorkBeside(batch.Beside{Loops: []func(context.Context){f.Watch}})
	return f.svc.Work(ctx)
}

// TakeWorking is [Folder.Take] in a process that works on every batch until it is done.
func (f *Folder) TakeWorking(ctx context.Context) (files []File, err error) {
	working, stop := context.WithCancel(ctx)
	defer stop()
	f.svc.WorkBeside(batch.Beside{Loops: []func(context.Context){func(ctx context.Context) {
		defer stop()
		files, err = f.Take(ctx)
	}}})
	if worked := f.svc.Work(working); worked != nil {
		return nil, worked
	}
	return files, err
}
