package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// EventName says what people may be told of.
type EventName string

// What people may be told of.
const (
	EventFinished EventName = "finished" // a run of a batch is over
	EventPaused   EventName = "paused"   // a batch was paused
	EventGate     EventName = "gate"     // the gate was closed, or opened
	EventMissed   EventName = "missed"   // a schedule's time passed and it was not run
	EventWaiting  EventName = "waiting"  // a schedule waits for somebody's yes
	EventRefused  EventName = "refused"  // a file in a folder was not taken
	EventTest     EventName = "test"     // somebody tries whether a message arrives
)

// EventNames are those that a rule can ask for.
var EventNames = []EventName{EventFinished, EventPaused, EventGate, EventMissed, EventWaiting, EventRefused}

// Event is something that people may be told of. It holds numbers, words of ours and
// the names of a batch, a schedule or a folder, and nothing about a person.
type Event struct {
	ID        int64
	Account   int64
	What      EventName
	Batch     int64  // 0 when it is about none
	BatchName string // as the batch was called then; not asked when it is noted
	Name      string // of the schedule or the folder; may be empty
	Reason    string // why, in snake_case; empty where there is nothing to say, as of a gate that was opened
	Numbers   map[string]int
	At        time.Time // by the database's clock
}

var reasonWord = regexp.MustCompile(`^([a-z0-9]+(_[a-z0-9]+)*)?$`)

// check refuses an event with words that are not ours. Its errors do not repeat them.
func (e Event) check() error {
	if !slices.Contains(EventNames, e.What) {
		return errors.New("an event has no name of ours")
	}
	if !reasonWord.MatchString(e.Reason) {
		return errors.New("the reason of an event is no word of ours")
	}
	for key := range e.Numbers {
		if !numberWord.MatchString(key) {
			return errors.New("a number of an event has no name of ours")
		}
	}
	return nil
}

// NoteEvent notes something that people may be told of, at this moment by the
// database's clock: in the transaction of what it tells of where there is one. ID,
// BatchName and At are not asked.
func (q queries) NoteEvent(ctx context.Context, e Event) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("note an event: %w", err)
	}
	if e.Numbers == nil {
		e.Numbers = map[string]int{}
	}
	numbers, err := json.Marshal(e.Numbers)
	if err != nil {
		return fmt.Errorf("note an event: %w", err)
	}
	_, err = q.conn.exec(ctx, `
INSERT INTO events (account_id, what, batch_id, batch_name, name, reason, numbers, at)
VALUES ($1, $2, $3, coalesce((SELECT name FROM batches WHERE id = $3), ''), $4, $5, $6, `+q.d.now+`)`,
		e.Account, string(e.What), e.Batch, cleanName(e.Name), e.Reason, string(numbers))
	return wrap("note an event", err)
}

// noteBatch notes what became of a batch, with how many of its people are in which
// state.
func (t *Tx) noteBatch(ctx context.Context, what EventName, id int64, reason string) error {
	b, err := t.Batch(ctx, id)
	if err != nil {
		return wrap("note an event", err)
	}
	counts, err := t.Counts(ctx, id)
	if err != nil {
		return err
	}
	numbers := map[string]int{"run": b.Run, "rows": counts.Total()}
	for state, n := range counts {
		numbers[string(state)] = n
	}
	return t.NoteEvent(ctx, Event{Account: b.Account, What: what, Batch: id, Reason: reason, Numbers: numbers})
}

const eventColumns = `id, account_id, what, batch_id, batch_name, name, reason, numbers, at`

func scanEvent(r rows) (e Event, err error) {
	var numbers string
	err = r.Scan(&e.ID, &e.Account, &e.What, &e.Batch, &e.BatchName, &e.Name, &e.Reason, &numbers, timeOf(&e.At))
	if err != nil {
		return e, err
	}
	e.BatchName = cleanName(e.BatchName)
	return e, json.Unmarshal([]byte(numbers), &e.Numbers)
}

// UntoldEvents are an account's events of which nobody has decided who is told, the
// oldest first.
func (q queries) UntoldEvents(ctx context.Context, account int64, limit int) ([]Event, error) {
	all, err := collect(ctx, q, `
SELECT `+eventColumns+`
FROM events
WHERE account_id = $1 AND told_at IS NULL
ORDER BY id
LIMIT $2`, []any{account, limit}, scanEvent)
	return all, wrap("read events", err)
}

// Events are those of these ids that are still kept, the oldest first.
func (q queries) Events(ctx context.Context, account int64, ids []int64) ([]Event, error) {
	arg, err := idsArg(ids)
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT `+eventColumns+`
FROM events
WHERE account_id = $2 AND id IN (SELECT k_id FROM `+q.d.records([]col{{"k_id", integer}})+` AS k)
ORDER BY id`, []any{arg, account}, scanEvent)
	return all, wrap("read events", err)
}

func idsArg(ids []int64) (string, error) {
	return recordsArg(len(ids), func(i int) []any { return []any{ids[i]} })
}

// TellEvents takes events that nobody has decided on, and reports whether all of them
// were: each is decided on once, and by one transaction.
func (t *Tx) TellEvents(ctx context.Context, ids []int64) (bool, error) {
	arg, err := idsArg(ids)
	if err != nil {
		return false, err
	}
	n, err := t.conn.exec(ctx, `
UPDATE events
SET told_at = `+t.d.now+`
WHERE told_at IS NULL AND id IN (SELECT k_id FROM `+t.d.records([]col{{"k_id", integer}})+` AS k)`, arg)
	return n == int64(len(ids)), wrap("tell events", err)
}

// Telling is a message that was made for a target.
type Telling struct {
	What   EventName
	Target string
	At     time.Time
}

// Tellings are those of an account within the last while, the newest first.
func (q queries) Tellings(ctx context.Context, account int64, within time.Duration) ([]Telling, error) {
	all, err := collect(ctx, q, `
SELECT what, target, created_at
FROM messages
WHERE account_id = $1 AND created_at > `+q.d.after("$2")+`
ORDER BY id DESC`, []any{account, -within.Seconds()}, func(r rows) (t Telling, err error) {
		return t, r.Scan(&t.What, &t.Target, timeOf(&t.At))
	})
	return all, wrap("read messages", err)
}

// SweepEvents forgets an account's messages that are older than age, but for those that
// are still to be sent, and the events that were decided on before then.
func (q queries) SweepEvents(ctx context.Context, account int64, age time.Duration) error {
	for _, statement := range []string{
		`DELETE FROM messages WHERE account_id = $1 AND state <> 'waiting' AND created_at < ` + q.d.after("$2"),
		`DELETE FROM events WHERE account_id = $1 AND coalesce(told_at, at) < ` + q.d.after("$2"),
	} {
		if _, err := q.conn.exec(ctx, statement, account, -age.Seconds()); err != nil {
			return wrap("sweep events", err)
		}
	}
	return nil
}
