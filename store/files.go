package store

import (
	"context"
	"errors"
	"strings"
)

// FileSums are the SHA-256, in hex, of what usher last wrote to a file: the
// newest first, and none if usher did not write it.
func (q queries) FileSums(ctx context.Context, path string) ([]string, error) {
	var sums string
	err := q.queryOne(ctx, `SELECT sha256 FROM files WHERE path = $1`, []any{path}, &sums)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return strings.Fields(sums), wrap("read what was written", err)
}

// RememberFile remembers what is about to be written to a file, by its SHA-256
// in hex. The last three are kept: whoever dies before the file is in its place
// leaves the one before there, and two may be at it at once.
func (q queries) RememberFile(ctx context.Context, path, sum string) error {
	_, err := q.conn.exec(ctx, `
INSERT INTO files (path, sha256, written_at)
VALUES ($1, $2, `+q.d.now+`)
ON CONFLICT (path) DO UPDATE
SET sha256 = excluded.sha256 || ' ' || substr(files.sha256, 1, 129), written_at = excluded.written_at`, path, sum)
	return wrap("remember what was written", err)
}

// ReportShared tells whether the report of another batch lies at this path, or
// will, and is not to give way: of a batch that was not finished yet when this
// one began, and where sources are told apart, of one of another source. That
// of an earlier run of the same file gives way to the next.
func (q queries) ReportShared(ctx context.Context, batch int64, path string, sourcesApart bool) (bool, error) {
	var shared bool
	err := q.queryOne(ctx, `
SELECT EXISTS (
    SELECT 1
    FROM batches o
    JOIN batches b ON b.id = $1
    WHERE o.report_path = $2
      AND o.id <> b.id
      AND o.state <> 'cancelled'
      AND (o.finished_at IS NULL OR o.finished_at >= b.created_at OR ($3 AND o.source <> b.source)))`,
		[]any{batch, path, sourcesApart}, &shared)
	return shared, wrap("read report paths", err)
}

// ReportNamed tells whether a batch that was not cancelled names this path for
// its report.
func (q queries) ReportNamed(ctx context.Context, path string) (named bool, err error) {
	err = q.queryOne(ctx, `SELECT EXISTS (SELECT 1 FROM batches WHERE report_path = $1 AND state <> 'cancelled')`, []any{path}, &named)
	return named, wrap("read report paths", err)
}

// AccountName is the name of an account, or [ErrNotFound].
func (q queries) AccountName(ctx context.Context, id int64) (name string, err error) {
	err = q.queryOne(ctx, `SELECT name FROM accounts WHERE id = $1`, []any{id}, &name)
	return name, wrap("read account", err)
}
