package web

import (
	"context"

	"usher/batch"
)

func (l *live) fillMessages(ctx context.Context, e *liveEvent) error {
	p, err := l.h.messagesPageOf(ctx, batch.MessageFilter{Limit: messagesShown})
	if err != nil {
		return err
	}
	e.Live, err = l.h.part("messagesnow", p)
	return err
}

func (l *live) fillFolders(ctx context.Context, e *liveEvent) error {
	all, err := l.h.folderViews(ctx)
	if err != nil {
		return err
	}
	e.Live, err = l.h.part("foldersnow", all)
	return err
}

func (l *live) fillFolder(ctx context.Context, id int64, e *liveEvent) error {
	p, err := l.h.folderPageOf(ctx, batch.FolderFilter{Folder: id, Limit: filesShown})
	if err != nil {
		return err
	}
	e.Live, err = l.h.part("foldernow", p)
	return err
}

func (l *live) fillWorkers(ctx context.Context, e *liveEvent) error {
	all, err := l.h.svc.WorkersNow(ctx)
	if err != nil {
		return err
	}
	e.Live, err = l.h.part("workersnow", all)
	return err
}
