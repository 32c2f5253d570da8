package store

import (
	"context"
	"errors"
	"time"
)

// expirySlack is by how much the end of a web session may move without being
// written down. With every request of an idle browser's it moves a little, and a
// write is a lock for all on SQLite.
const expirySlack = time.Minute

// WebSession is what is kept under a token's hash, or [ErrNotFound] when there is
// nothing, or it has ended.
func (q queries) WebSession(ctx context.Context, tokenHash string) (data []byte, err error) {
	err = q.queryOne(ctx, `
SELECT data
FROM web_sessions
WHERE token_hash = $1 AND expires_at > `+q.d.now, []any{tokenHash}, &data)
	if errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return data, wrap("read a web session", err)
}

// SaveWebSession keeps data under a token's hash, for so long from now. Nothing is
// written where the same is kept for about as long.
func (q queries) SaveWebSession(ctx context.Context, tokenHash string, data []byte, keep time.Duration) error {
	kept, err := q.keepsWebSession(ctx, tokenHash, data, keep)
	if err != nil || kept {
		return wrap("look for a web session", err)
	}
	_, err = q.conn.exec(ctx, `
INSERT INTO web_sessions (token_hash, data, expires_at)
VALUES ($1, $2, `+q.d.after("$3")+`)
ON CONFLICT (token_hash) DO UPDATE
SET data = excluded.data, expires_at = excluded.expires_at`, tokenHash, data, seconds(keep))
	return wrap("save a web session", err)
}

// KeepWebSession is SaveWebSession for what is there: a session that was ended
// meanwhile stays ended.
func (q queries) KeepWebSession(ctx context.Context, tokenHash string, data []byte, keep time.Duration) error {
	kept, err := q.keepsWebSession(ctx, tokenHash, data, keep)
	if err != nil || kept {
		return wrap("look for a web session", err)
	}
	_, err = q.conn.exec(ctx, `
UPDATE web_sessions
SET data = $2, expires_at = `+q.d.after("$3")+`
WHERE token_hash = $1`, tokenHash, data, seconds(keep))
	return wrap("keep a web session", err)
}

func (q queries) keepsWebSession(ctx context.Context, tokenHash string, data []byte, keep time.Duration) (bool, error) {
	var n int
	err := q.queryOne(ctx, `
SELECT count(*)
FROM web_sessions
WHERE token_hash = $1 AND data = $2
  AND expires_at BETWEEN `+q.d.after("$3")+` AND `+q.d.after("$4"),
		[]any{tokenHash, data, seconds(keep - expirySlack), seconds(keep + expirySlack)}, &n)
	return n > 0, err
}

// seconds are those of a time to come, as fine as the databases keep it. SQLite
// writes smaller numbers in a form that it cannot read as a time.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// DeleteWebSession forgets what is kept under a token's hash.
func (q queries) DeleteWebSession(ctx context.Context, tokenHash string) error {
	_, err := q.conn.exec(ctx, `DELETE FROM web_sessions WHERE token_hash = $1`, tokenHash)
	return wrap("delete a web session", err)
}

// DeleteEndedWebSessions forgets those that have ended.
func (q queries) DeleteEndedWebSessions(ctx context.Context) error {
	_, err := q.conn.exec(ctx, `DELETE FROM web_sessions WHERE expires_at <= `+q.d.now)
	return wrap("delete ended web sessions", err)
}
