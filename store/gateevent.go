package store

import (
	"context"
	"time"
)

// The kinds of a [GateEvent].
const (
	GateEventGate = "gate" // the gate was closed, or opened
	GateEventPace = "pace" // the rate in force has become another
)

// GateEvent is something that became of the gate or of the pace.
type GateEvent struct {
	At     time.Time // by the database's clock
	Kind   string
	Reason string // of a gate that was closed; empty for one that was opened
	Detail string // for people; holds nothing about an applicant
	Until  time.Time
	Rate   float64 // requests a second, of a pace
}

// noteGate notes that the gate is opened, closed, or closed anew. Whoever takes the
// right to probe changes nothing of that.
func (t *Tx) noteGate(ctx context.Context, was, g Gate) error {
	if was.Generation == g.Generation && was.Reason == g.Reason {
		return nil
	}
	if was.Reason != g.Reason { // closed anew for the same reason, it is what people were told already
		if err := t.NoteEvent(ctx, Event{Account: g.Account, What: EventGate, Reason: g.Reason}); err != nil {
			return err
		}
	}
	return t.noteEvent(ctx, g.Account, GateEvent{Kind: GateEventGate, Reason: g.Reason, Detail: g.Detail, Until: g.Until})
}

// noteEvent notes what happens now.
func (t *Tx) noteEvent(ctx context.Context, account int64, e GateEvent) error {
	_, err := t.conn.exec(ctx, `
INSERT INTO gate_events (account_id, at, kind, reason, detail, until, rate)
VALUES ($1, `+t.d.now+`, $2, $3, $4, $5, $6)`, account, e.Kind, e.Reason, e.Detail, e.Until, e.Rate)
	return wrap("note what became of the gate", err)
}

// GateEvents are the last events of an account, so many at most, the newest first.
func (q queries) GateEvents(ctx context.Context, account int64, limit int) ([]GateEvent, error) {
	all, err := collect(ctx, q, `
SELECT at, kind, reason, detail, until, rate
FROM gate_events
WHERE account_id = $1
ORDER BY id DESC
LIMIT $2`, []any{account, limit}, func(r rows) (e GateEvent, err error) {
		return e, r.Scan(timeOf(&e.At), &e.Kind, &e.Reason, &e.Detail, timeOf(&e.Until), &e.Rate)
	})
	return all, wrap("read what became of the gate", err)
}

// SweepGateEvents forgets all but the last events of an account, so many of them.
func (q queries) SweepGateEvents(ctx context.Context, account int64, keep int) error {
	_, err := q.conn.exec(ctx, `
DELETE FROM gate_events
WHERE account_id = $1 AND id <= (
    SELECT id
    FROM gate_events
    WHERE account_id = $1
    ORDER BY id DESC
    LIMIT 1 OFFSET $2)`, account, keep)
	return wrap("sweep what became of the gate", err)
}
