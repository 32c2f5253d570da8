package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// EarlyKept is how much is kept of what was told of sessions that nobody has.
type EarlyKept struct {
	Most int // of an account, and a hundredth more; the oldest go
	For  time.Duration
}

// NoteEarly keeps what the provider tells of a session that nobody has yet: its
// answer may be on its way, or was lost and a look-up finds the session later, or a
// person does. It is noted of whoever gets the session, in the transaction that gives
// it. If somebody has the session by now, it is noted at once.
func (t *Tx) NoteEarly(ctx context.Context, account int64, r Return, kept EarlyKept) error {
	free, err := t.reserveSession(ctx, account, r.SessionID)
	switch {
	case err != nil:
	case free:
		if err = t.insertEarly(ctx, account, r, kept); err == nil {
			err = t.unreserveSession(ctx, account, r.SessionID)
		}
	default:
		var holders map[string]Key
		if holders, err = t.SessionHolders(ctx, account, []string{r.SessionID}); err == nil {
			_, err = t.noteReturn(ctx, account, holders[r.SessionID], r)
		}
	}
	return wrap("keep what was told of a session", err)
}

// reserveSession reports whether nobody has a session, after waiting for whoever is
// just getting it. Until the transaction ends whoever is to get it waits in turn, and
// then sees what was kept of it.
func (t *Tx) reserveSession(ctx context.Context, account int64, id string) (free bool, err error) {
	n, err := t.conn.exec(ctx, `
INSERT INTO sessions (account_id, session_id, batch_id, row_no)
VALUES ($1, $2, 0, 0)
ON CONFLICT DO NOTHING`, account, id)
	return n == 1, err
}

func (t *Tx) unreserveSession(ctx context.Context, account int64, id string) error {
	_, err := t.conn.exec(ctx, `DELETE FROM sessions WHERE account_id = $1 AND session_id = $2 AND batch_id = 0`, account, id)
	return err
}

// insertEarly keeps what was told, once. Now and then it sweeps, so that a flood does
// not wait for a worker that does.
func (t *Tx) insertEarly(ctx context.Context, account int64, r Return, kept EarlyKept) error {
	var id int64
	err := t.queryOne(ctx, `
INSERT INTO early_returns (account_id, session_id, status, told_at)
SELECT $1, $2, $3, `+t.d.now+`
WHERE NOT EXISTS (SELECT 1 FROM early_returns WHERE account_id = $1 AND session_id = $2 AND status = $3)
RETURNING id`, []any{account, r.SessionID, r.Status}, &id)
	if errors.Is(err, ErrNotFound) { // it was told before
		return nil
	}
	if err != nil || id%int64(kept.Most/100+1) != 0 {
		return err
	}
	return t.SweepEarly(ctx, account, kept)
}

// SweepEarly forgets what is too old or too much of what was told of sessions that
// nobody has. What somebody is just getting it leaves.
func (q queries) SweepEarly(ctx context.Context, account int64, kept EarlyKept) error {
	_, err := q.conn.exec(ctx, `
DELETE FROM early_returns
WHERE id IN (
    SELECT id
    FROM early_returns
    WHERE account_id = $1
      AND (told_at < `+q.d.after("$2")+` OR id <= (
          SELECT id
          FROM early_returns
          WHERE account_id = $1
          ORDER BY id DESC
          LIMIT 1 OFFSET $3))
    `+q.d.forUpdateFree+`)`, account, -kept.For.Seconds(), kept.Most)
	return wrap("sweep what was told of sessions", err)
}

// tellEarly notes what was told early of sessions of those who have them now, in the
// order in which it was told. It comes after their rows have been written.
func (t *Tx) tellEarly(ctx context.Context, account int64, all []Settlement) error {
	holders := map[string]Key{}
	for _, s := range all {
		if s.SessionID != "" {
			holders[s.SessionID] = s.Key
		}
	}
	if len(holders) == 0 {
		return nil
	}
	early, err := t.takeEarly(ctx, account, holders)
	for _, r := range early {
		if err == nil {
			_, err = t.noteReturn(ctx, account, holders[r.SessionID], r)
		}
	}
	return wrap("note what was told of sessions", err)
}

// takeEarly takes out what was told of sessions, the first first.
func (t *Tx) takeEarly(ctx context.Context, account int64, of map[string]Key) ([]Return, error) {
	ids := make([][]any, 0, len(of))
	for id := range of {
		ids = append(ids, []any{id})
	}
	arg, err := recordsArg(len(ids), func(i int) []any { return ids[i] })
	if err != nil {
		return nil, err
	}
	type early struct {
		id int64
		Return
	}
	all, err := collect(ctx, t.queries, `
DELETE FROM early_returns
WHERE account_id = $2 AND session_id IN (SELECT k_id FROM `+t.d.records([]col{{"k_id", text}})+` AS k)
RETURNING id, session_id, status, told_at`, []any{arg, account}, func(r rows) (e early, err error) {
		e.Source = ToldByProvider
		return e, r.Scan(&e.id, &e.SessionID, &e.Status, timeOf(&e.At))
	})
	slices.SortFunc(all, func(a, b early) int { return cmp.Compare(a.id, b.id) })
	told := make([]Return, len(all))
	for i, e := range all {
		told[i] = e.Return
	}
	return told, err
}

// keepEarly keeps what the provider told of a session that is taken from somebody,
// for whoever has it.
func (t *Tx) keepEarly(ctx context.Context, account int64, k Key, session string) error {
	_, err := t.conn.exec(ctx, `
INSERT INTO early_returns (account_id, session_id, status, told_at)
SELECT $4, session_id, status, told_at
FROM returns
WHERE batch_id = $1 AND row_no = $2 AND session_id = $3 AND source = $5
ORDER BY n
ON CONFLICT DO NOTHING`, k.Batch, k.Row, session, account, ToldByProvider)
	return wrap("keep what was told of a session", err)
}
