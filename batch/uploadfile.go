package batch

import (
	"context"
	"errors"
	"io"

	"go.uber.org/zap"

	"usher/importer"
	"usher/importer/table"
	"usher/store"
)

// openUpload opens what an upload has: its file, which is copied into a temporary
// one, piece by piece, or its database source.
func (s *Service) openUpload(ctx context.Context, u store.Upload) (feed, error) {
	if u.Source != "" {
		return s.openFeed(ctx, Feed{Source: u.Source})
	}
	return table.OpenReader(u.Name, &contentReader{ctx: ctx, st: s.st, content: u.Content, left: u.Size})
}

// contentReader reads the bytes of an upload out of the database.
type contentReader struct {
	ctx     context.Context
	st      *store.Store
	content string
	n       int    // the next piece
	data    []byte // what is left of the last one
	left    int64  // what is left of all, with data
}

// errFileGone means that pieces of a file are not there: it was discarded, or
// another one took its place.
var errFileGone = errors.New("the file was removed while it was read")

// Read implements [io.Reader].
func (r *contentReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if len(r.data) == 0 {
		data, err := r.st.UploadChunk(r.ctx, r.content, r.n)
		switch {
		case r.ctx.Err() != nil:
			return 0, context.Cause(r.ctx)
		case errors.Is(err, store.ErrNotFound) || err == nil && len(data) == 0:
			return 0, errFileGone
		case err != nil:
			return 0, err
		}
		r.data = data
		r.n++
	}
	n := copy(p, r.data)
	r.data, r.left = r.data[n:], r.left-int64(n)
	return n, nil
}

// plan is what an import of an upload would do. That it cannot be imported is part
// of the plan; the error is one that passes.
func (s *Service) plan(ctx context.Context, u store.Upload, tell func(importer.Progress)) (p *UploadPlan, sheet string, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			s.log.Error("the check of an upload broke down", zap.String("upload", u.ID), zap.Stack("stack"))
			p, err = uploadPlan(nil, errBroken), nil
		}
	}()
	options, err := s.uploadOptions(ctx, u)
	if err != nil {
		return nil, u.Sheet, err
	}
	options.Mendable, options.Progress = mendableMost, tell
	src, err := s.openUpload(ctx, u)
	if err != nil {
		return s.planOrPass(ctx, u, nil, err)
	}
	defer func() { _ = src.Close() }() // it was only read
	plan, err := importer.Check(ctx, s.st, src, options)
	if plan != nil && plan.Format.Sheet != "" {
		u.Sheet = plan.Format.Sheet
	}
	if err == nil {
		err = s.mayReturn(options.Defaults.Return)
	}
	return s.planOrPass(ctx, u, plan, err)
}

// errBroken is told of a list that brought usher down.
var errBroken = WithHint(errors.New("the list could not be read: usher broke down over it"),
	"save it again as CSV or as an Excel workbook; the server's log has more")

func (s *Service) planOrPass(ctx context.Context, u store.Upload, plan *importer.Plan, err error) (*UploadPlan, string, error) {
	if err != nil && passes(ctx, err) {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, u.Sheet, err
	}
	return uploadPlan(plan, err), u.Sheet, nil
}

// passes reports whether an error has nothing to do with the list: it may be gone
// when it is read again.
func passes(ctx context.Context, err error) bool {
	return ctx.Err() != nil || store.Passing(err) || errors.Is(err, errFileGone) || errors.Is(err, importer.ErrLeaseLost)
}
