package folder

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// news has a word whenever the system tells of a change in the folder, where it does.
// It is watched anew now and then, as the folder may go away and come back.
func (f *Folder) news(ctx context.Context) <-chan struct{} {
	news := make(chan struct{}, 1)
	w, err := fsnotify.NewWatcher()
	if err != nil { // such as too many watched: the slow look finds what is there
		return news
	}
	_ = w.Add(f.dir)
	go func() {
		defer func() { _ = w.Close() }()
		again := time.NewTicker(lookEvery)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-again.C:
				_ = w.Add(f.dir)
				continue
			case _, ok := <-w.Errors:
				if !ok {
					return
				}
			case _, ok := <-w.Events:
				if !ok {
					return
				}
			}
			select {
			case news <- struct{}{}:
			default: // there is a word already
			}
		}
	}()
	return news
}
