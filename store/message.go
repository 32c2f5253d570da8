package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// MessageState is where a message is on its way.
type MessageState string

// The states of a message.
const (
	MessageWaiting MessageState = "waiting" // to be sent, or tried again
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"  // it was tried for as long as it was to be
	MessageStopped MessageState = "stopped" // its target wants nothing more
)

// Message is what a target of the settings is told. Its events are of one kind.
type Message struct {
	ID      int64
	Account int64
	Key     string // by which the target knows it, however often it is sent
	Target  string // its name in the settings
	Kind    string // webhook, email or command
	What    EventName
	Events  []int64 // the first of them
	Count   int     // how many there are
	State   MessageState
	Tries   int    // since it was last asked for
	Answer  string // what came of the last try, in words of ours; names nobody
	// By the database's clock. GiveUpAt is after when it is tried no more.
	CreatedAt, NextAt, GiveUpAt, TriedAt, EndedAt time.Time
}

const messageColumns = `id, account_id, message_id, target, kind, what, events, event_count, state, tries, answer,
created_at, next_at, give_up_at, tried_at, ended_at`

func scanMessage(r rows) (m Message, err error) {
	var events string
	err = r.Scan(&m.ID, &m.Account, &m.Key, &m.Target, &m.Kind, &m.What, &events, &m.Count, &m.State, &m.Tries, &m.Answer,
		timeOf(&m.CreatedAt), timeOf(&m.NextAt), timeOf(&m.GiveUpAt), timeOf(&m.TriedAt), timeOf(&m.EndedAt))
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(events), &m.Events)
}

// InsertMessage adds a message in its state, which is made at this moment, is due at
// once and is tried for so long, and returns its id.
func (q queries) InsertMessage(ctx context.Context, m Message, patience time.Duration) (id int64, err error) {
	events, err := json.Marshal(m.Events)
	if err != nil {
		return 0, fmt.Errorf("insert message: %w", err)
	}
	if m.Events == nil {
		events = []byte("[]")
	}
	err = q.queryOne(ctx, `
INSERT INTO messages (account_id, message_id, target, kind, what, events, event_count, state, tries, answer,
    created_at, next_at, give_up_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, `+q.d.now+`, `+q.d.now+`, `+q.d.after("$10")+`,
    CASE WHEN $8 = 'waiting' THEN NULL ELSE `+q.d.now+` END)
RETURNING id`,
		[]any{m.Account, m.Key, m.Target, m.Kind, string(m.What), string(events), m.Count, string(m.State), m.Answer, patience.Seconds()}, &id)
	return id, wrap("insert message", err)
}

// Message is the message with this id, or [ErrNotFound].
func (q queries) Message(ctx context.Context, account, id int64) (Message, error) {
	all, err := q.messages(ctx, `WHERE account_id = $1 AND id = $2`, account, id)
	return first(all, err)
}

// LockMessage is [queries.Message], for a transaction that changes it.
func (t *Tx) LockMessage(ctx context.Context, account, id int64) (Message, error) {
	return first(t.messages(ctx, `WHERE account_id = $1 AND id = $2 `+t.d.forUpdate, account, id))
}

// MessageFilter says which messages are listed. A zero field does not filter.
type MessageFilter struct {
	Target string
	State  MessageState
	Before int64 // older than the message with this id
	Limit  int
}

// Messages lists the messages of an account, the newest first.
func (q queries) Messages(ctx context.Context, account int64, f MessageFilter) ([]Message, error) {
	before, limit := int64(math.MaxInt64), int64(math.MaxInt64)
	if f.Before > 0 {
		before = f.Before
	}
	if f.Limit > 0 {
		limit = int64(f.Limit)
	}
	return q.messages(ctx, `
WHERE account_id = $1 AND id < $2 AND (CAST($3 AS TEXT) = '' OR target = $3) AND (CAST($5 AS TEXT) = '' OR state = $5)
ORDER BY id DESC
LIMIT $4`, account, before, f.Target, limit, string(f.State))
}

func (q queries) messages(ctx context.Context, where string, args ...any) ([]Message, error) {
	all, err := collect(ctx, q, `SELECT `+messageColumns+` FROM messages `+where, args, scanMessage)
	return all, wrap("read messages", err)
}

// DueMessages are the ids of an account's messages that are to be sent by now and that
// nobody is sending.
func (q queries) DueMessages(ctx context.Context, account int64) ([]int64, error) {
	all, err := collect(ctx, q, `
SELECT id
FROM messages
WHERE account_id = $1 AND state = 'waiting' AND next_at <= `+q.d.now+`
  AND (held_until IS NULL OR held_until <= `+q.d.now+`)
ORDER BY id
LIMIT 1000`, []any{account}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	return all, wrap("read messages", err)
}

// ClaimMessage takes a message to be sent, for hold at most, and counts the try. If it
// is not due, or somebody else is sending it, claimed is false and wait says how long
// that is so; a wait of 0 means that it is to be sent no more.
func (t *Tx) ClaimMessage(ctx context.Context, account, id int64, hold time.Duration) (m Message, claimed bool, wait time.Duration, err error) {
	var heldUntil, now time.Time
	err = t.queryOne(ctx, `
SELECT state, next_at, held_until, `+t.d.now+`
FROM messages
WHERE account_id = $1 AND id = $2 `+t.d.forUpdate, []any{account, id}, &m.State, timeOf(&m.NextAt), timeOf(&heldUntil), timeOf(&now))
	if err != nil {
		return m, false, 0, wrap("claim message", err)
	}
	if m.State != MessageWaiting {
		return m, false, 0, nil
	}
	if from := later(m.NextAt, heldUntil); from.After(now) {
		return m, false, from.Sub(now), nil
	}
	_, err = t.conn.exec(ctx, `
UPDATE messages
SET tries = tries + 1, tried_at = `+t.d.now+`, held_until = `+t.d.after("$2")+`
WHERE id = $1`, id, hold.Seconds())
	if err != nil {
		return m, false, 0, wrap("claim message", err)
	}
	m, err = t.Message(ctx, account, id)
	return m, err == nil, 0, err
}

// MessageTry is what came of a try.
type MessageTry struct {
	ID     int64
	N      int // which try it was
	State  MessageState
	Answer string
	Again  time.Duration // if it is still waiting
}

// SettleMessage writes what came of a try, unless another one has begun since.
func (q queries) SettleMessage(ctx context.Context, y MessageTry) error {
	_, err := q.conn.exec(ctx, `
UPDATE messages
SET state = $3, answer = $4, held_until = NULL, next_at = `+q.d.after("$5")+`,
    ended_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE `+q.d.now+` END
WHERE id = $1 AND tries = $2 AND state = 'waiting'`, y.ID, y.N, string(y.State), y.Answer, y.Again.Seconds())
	return wrap("settle message", err)
}

// GiveMessageBack lets go of a try that was broken off, as if it had not begun.
func (q queries) GiveMessageBack(ctx context.Context, id int64, n int) error {
	_, err := q.conn.exec(ctx, `
UPDATE messages
SET tries = tries - 1, held_until = NULL
WHERE id = $1 AND tries = $2 AND state = 'waiting'`, id, n)
	return wrap("give a message back", err)
}

// SendMessageAgain has a message sent at once, whatever became of it, and tried for so
// long. It reports whether it could be: not while it is being sent.
func (q queries) SendMessageAgain(ctx context.Context, account, id int64, patience time.Duration) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE messages
SET state = 'waiting', tries = 0, next_at = `+q.d.now+`, give_up_at = `+q.d.after("$3")+`, ended_at = NULL
WHERE account_id = $1 AND id = $2 AND (held_until IS NULL OR held_until <= `+q.d.now+`)`, account, id, patience.Seconds())
	return n == 1, wrap("send a message again", err)
}

// StopTarget notes that a target wants nothing more as long as it has these settings,
// of which a fingerprint is given, and stops what was to be sent to it.
func (t *Tx) StopTarget(ctx context.Context, account int64, target, settings, why string) error {
	_, err := t.conn.exec(ctx, `
INSERT INTO message_stops (account_id, target, settings, at)
VALUES ($1, $2, $3, `+t.d.now+`)
ON CONFLICT (account_id, target) DO UPDATE
SET settings = excluded.settings, at = excluded.at`, account, target, settings)
	if err != nil {
		return wrap("stop a target", err)
	}
	_, err = t.conn.exec(ctx, `
UPDATE messages
SET state = 'stopped', answer = $3, ended_at = `+t.d.now+`
WHERE account_id = $1 AND target = $2 AND state = 'waiting' AND held_until IS NULL`, account, target, why)
	return wrap("stop a target", err)
}

// StoppedTargets are an account's targets that want nothing more, with the fingerprint
// of the settings that they had when they said so.
func (q queries) StoppedTargets(ctx context.Context, account int64) (map[string]string, error) {
	type stop struct{ target, settings string }
	all, err := collect(ctx, q, `SELECT target, settings FROM message_stops WHERE account_id = $1`, []any{account},
		func(r rows) (s stop, err error) { return s, r.Scan(&s.target, &s.settings) })
	stops := make(map[string]string, len(all))
	for _, s := range all {
		stops[s.target] = s.settings
	}
	return stops, wrap("read the stopped targets", err)
}

// UnstopTarget forgets that a target wanted nothing more: it took a message.
func (q queries) UnstopTarget(ctx context.Context, account int64, target string) error {
	_, err := q.conn.exec(ctx, `DELETE FROM message_stops WHERE account_id = $1 AND target = $2`, account, target)
	return wrap("let a target be told again", err)
}
